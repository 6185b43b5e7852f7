# os.path.normpath: any character may stand in a path, NUL and lone surrogates too.
import os
import posix

for p in ("a\0b", "\0", "a/../b\0/../c", "\ud800/x/..", "//a", "///a/", "", b"a\0b", b"\xff/..", "é/../\ud801", "./a//b/./c/../..", 1, "/..", "../..//x", "a/..", "/a/../../b",
          "//..//b", "a/../../b/../c", ".", "..", "./..", "x/./.", "a/b/../../../c", "./.", "./", "././", "/.", "a/.", "a/./"):  # fmt: skip
    for f in (os.path.normpath, posix._path_normpath):
        try:
            print(ascii(p), ascii(f(p)))
        except Exception as e:
            print(ascii(p), type(e).__name__, e)
