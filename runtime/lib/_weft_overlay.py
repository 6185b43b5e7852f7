"""Runs a module of the installed library in the namespace of a module of ours with the same name, which then replaces what only a GIL makes safe."""
import sys
from _frozen_importlib_external import PathFinder


def run(name, namespace):
    """The module behind this folder on sys.path; afterwards the namespace tells that file's name, as tracebacks and inspect do."""
    here = __file__.rpartition("/")[0]
    behind = sys.path[sys.path.index(here) + 1:] if here in sys.path else sys.path
    theirs = PathFinder.find_spec(name, behind)
    if theirs is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    exec(theirs.loader.get_code(name), namespace)
    spec = namespace["__spec__"]  # this object tells other threads that the module isn't whole yet
    spec.loader, spec.origin, spec.cached = theirs.loader, theirs.origin, theirs.cached
    namespace.update(__loader__=theirs.loader, __file__=theirs.origin, __cached__=theirs.cached)
