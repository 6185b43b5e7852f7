"""Every module written in C can be imported, those in shared objects of their own too."""

import importlib
import sys

for name in sys.builtin_module_names:
    module = importlib.import_module(name)
    assert module.__spec__.name == name and module.__name__ in (name, name.lstrip("_")), (name, module)
    assert module.__spec__.origin in ("built-in", "frozen", None), module.__spec__
    file = getattr(module, "__file__", None)
    assert file is None or file.endswith("/lib/weft/" + name + ".so"), file
assert "zlib" in sys.builtin_module_names
print("ok")
