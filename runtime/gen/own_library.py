# Stands behind importlib._bootstrap_external in its frozen form (freeze.py): the installed library's folder on sys.path is searched together with the folder
# of Weft's own modules (_imp.own_library), which go first. So sys.path reads as CPython's does, and may be handed to another Python.


class _LibraryFinder(FileFinder):
    def __init__(self, path, *loader_details):
        super().__init__(path, *loader_details)
        self._own = FileFinder(_imp.own_library, *loader_details)

    def find_spec(self, fullname, target=None):
        return self._own.find_spec(fullname, target) or super().find_spec(fullname, target)

    def invalidate_caches(self):
        super().invalidate_caches()
        self._own.invalidate_caches()


def _with_own_library(install):
    def _install(_bootstrap_module):
        install(_bootstrap_module)
        if _imp.own_library is None:
            return
        library, theirs, loaders = _imp.library, sys.path_hooks[-1], _get_supported_file_loaders()

        def path_hook_for_FileFinder(path):
            return _LibraryFinder(path, *loaders) if path == library else theirs(path)

        path_hook_for_FileFinder.__doc__, path_hook_for_FileFinder.__qualname__ = theirs.__doc__, theirs.__qualname__
        sys.path_hooks[-1] = path_hook_for_FileFinder

    _install.__doc__, _install.__qualname__ = install.__doc__, install.__qualname__
    return _install


_install = _with_own_library(_install)
del _with_own_library
