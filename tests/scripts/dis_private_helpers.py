# What a program imports and stores is found in its code (modulefinder, private helpers of dis that tools use).
import dis
import modulefinder
import os
import sys
import tempfile

SOURCE = '''
import os.path, sys as system
from a.b import c, d as e
from . import q
from ..z import *
try:
    import json
except ImportError:
    json = None
for i in range(3):
    x = i
class K:
    import re
    y = 1
def f():
    global g
    g = 3
    import struct as s
    from array import array
    from ................................................................................................................................................ import far
    return lambda: s
'''


def walk(code):
    print(code.co_name, list(dis._find_imports(code)), list(dis._find_store_names(code)))
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            walk(constant)


walk(compile(SOURCE, "source", "exec"))
folder = tempfile.mkdtemp()
for name, text in {"main.py": "import pack.one, colorsys\nfrom pack import two\nimport missing_one\ntry:\n    from pack.two import nothing\nexcept ImportError: pass\n",
                   "pack/__init__.py": "flag = 1\n", "pack/one.py": "from . import two\nfrom .two import name\nimport pack.three\n",
                   "pack/two.py": "name = 5\nfrom .sub.deep import *\n", "pack/three.py": "import missing_two.part\n",
                   "pack/sub/__init__.py": "", "pack/sub/deep.py": "value = 1\ndef f():\n    import sched\n"}.items():
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
finder = modulefinder.ModuleFinder([folder])
finder.run_script(os.path.join(folder, "main.py"))
own = [m for m in finder.modules.values() if m.__file__ and m.__file__.startswith(folder)]
print(sorted((m.__name__, sorted(m.globalnames), sorted(m.starimports)) for m in own))
print(finder.any_missing_maybe())
print(len(list(dis._unpack_opargs(walk.__code__.co_code))) == len(list(dis.get_instructions(walk))) if sys.implementation.name != "cpython" else True)
