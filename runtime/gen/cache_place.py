# Stands behind importlib._bootstrap_external in its frozen form (freeze.py): where compiled code is kept while sys.pycache_prefix is None.
#
# It is __pycache__ beside the source, as in CPython, but for what is installed with the system, whose folders aren't ours to fill, and for sources in folders
# that we may not write to and that hold no such file: their code is in the user's cache (_imp.user_cache), under the source's path.


def _kept_by_user(head, beside):
    if sys.pycache_prefix is not None or _imp.user_cache is None or not _path_isabs(head):
        return False
    if (head + path_sep).startswith(_imp.installed):
        return True
    return not _os.access(head, 2) and _path_isdir(head) and not _path_isfile(beside)


def _with_user_cache(cache_from, source_from):
    def cache_from_source(path, debug_override=None, *, optimization=None):
        beside = cache_from(path, debug_override, optimization=optimization)
        folder, name = _path_split(beside)
        head = _path_split(_os.fspath(path))[0]
        if not _kept_by_user(head, beside):
            return beside
        return _path_join(_imp.user_cache, head.lstrip(path_separators), name)

    def source_from_cache(path):
        if sys.pycache_prefix is None and _imp.user_cache is not None:
            head, name = _path_split(_os.fspath(path))
            if head.startswith(_imp.user_cache + path_sep):
                path = _path_join(head[len(_imp.user_cache):], _PYCACHE, name)
        return source_from(path)

    for ours, theirs in (cache_from_source, cache_from), (source_from_cache, source_from):
        ours.__doc__, ours.__qualname__ = theirs.__doc__, theirs.__qualname__
    return cache_from_source, source_from_cache


cache_from_source, source_from_cache = _with_user_cache(cache_from_source, source_from_cache)
del _with_user_cache
