"""zipfile whose archives many threads may read at once: opening and closing members count the file's users under the archive's lock."""
import _weft_overlay

_weft_overlay.run("zipfile", globals())
del _weft_overlay


def _patch():
    from functools import wraps

    def locked(method):
        @wraps(method)
        def under_lock(self, *args, **kwargs):
            with self._lock:
                return method(self, *args, **kwargs)
        return under_lock

    ZipFile._lock = threading.RLock()  # for one whose __init__ fails before it makes its own
    for name in "open", "close", "_fpclose":
        setattr(ZipFile, name, locked(getattr(ZipFile, name)))


_patch()
del _patch
