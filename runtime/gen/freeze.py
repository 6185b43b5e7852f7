"""Writes the file of frozen modules (runtime/frozen.c): run by the freshly built weft, without site."""
import marshal
import sys

import _weft

LIBRARY = sys._stdlib_dir
# name in sys.modules, module whose source it is, whether a package[, origin as importlib sees it[, whether the source is a package's]]
MODULES = [
    ("_frozen_importlib", "importlib._bootstrap", False),
    ("_frozen_importlib_external", "importlib._bootstrap_external", False),
    ("zipimport", "zipimport", False),
    ("abc", "abc", False),
    ("codecs", "codecs", False),
    ("io", "io", False),
    ("_collections_abc", "_collections_abc", False),
    ("_sitebuiltins", "_sitebuiltins", False),
    ("genericpath", "genericpath", False),
    ("posixpath", "posixpath", False),
    ("os.path", "posixpath", False),
    ("os", "os", False),
    ("site", "site", False),
    ("stat", "stat", False),
    ("importlib.util", "importlib.util", False),
    ("importlib.machinery", "importlib.machinery", False),
    ("runpy", "runpy", False),
    # for tests of importing, as CPython has them
    ("__hello__", "__hello__", False),
    ("__hello_alias__", "__hello__", False),
    ("__phello_alias__", "__hello__", True, "__hello__", False),
    ("__phello_alias__.spam", "__hello__", False),
    ("__phello__", "__phello__", True),
    ("__phello__.__init__", "__phello__", False, "<__phello__", True),
    ("__phello__.spam", "__phello__.spam", False),
    ("__phello__.ham", "__phello__.ham", True),
    ("__phello__.ham.__init__", "__phello__.ham", False, "<__phello__.ham", True),
    ("__phello__.ham.eggs", "__phello__.ham.eggs", False),
    ("__hello_only__", "__hello_only__", False, ""),
]
# those without a file
SOURCES = {"__phello__.ham": b"", "__phello__.ham.eggs": b"", "__hello_only__": b"initialized = True\nprint('Hello world!')\n"}
# what of ours stands behind a module's own source
ADDED = {"importlib._bootstrap_external": ("cache_place.py", "own_library.py")}


def frozen(name, module, package, origin=None, folder=None):
    origin = module if origin is None else origin
    path = LIBRARY + "/" + module.replace(".", "/") + ("/__init__.py" if (package if folder is None else folder) else ".py")
    if module in SOURCES:
        source = SOURCES[module]
    else:
        with open(path, "rb") as f:
            source = f.read()
    for added in ADDED.get(module, ()):
        with open(__file__.rpartition("/")[0] + "/" + added, "rb") as f:
            source += b"\n\n" + f.read()
    code = marshal.dumps(compile(source, f"<frozen {module}>", "exec", dont_inherit=True, optimize=0))
    texts = [name.encode() + b"\0", origin.encode() + b"\0", code]
    head = b"".join(n.to_bytes(4, "little") for n in [*map(len, texts), package])
    record = head + b"".join(texts)
    return record + bytes(-len(record) % 4)


def main():
    records = [frozen(*row) for row in MODULES]
    head = b"WEFTFRZ1" + _weft.build_id.to_bytes(4, "little") + len(records).to_bytes(4, "little")
    with open(sys.argv[1], "wb") as f:
        f.write(head + b"".join(records))


main()
