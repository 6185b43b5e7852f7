"""Runs a module of the installed library in the namespace of a module of ours with the same name, which then replaces what only a GIL makes safe."""
import _imp
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location


def run(name, namespace):
    """Afterwards the namespace tells the installed file's name, as tracebacks and inspect do."""
    path = f"{_imp.library}/{name}.py"
    theirs = spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    exec(theirs.loader.get_code(name), namespace)
    spec = namespace["__spec__"]  # this object tells other threads that the module isn't whole yet
    spec.loader, spec.origin, spec.cached = theirs.loader, theirs.origin, theirs.cached
    namespace.update(__loader__=theirs.loader, __file__=theirs.origin, __cached__=theirs.cached)
