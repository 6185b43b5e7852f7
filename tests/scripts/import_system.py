# import: packages, relative imports, __all__, reload, circular ones, errors, sys.modules, __import__.
import importlib
import importlib.util
import os
import sys
import tempfile

folder = tempfile.mkdtemp()
sources = {
    "pack/__init__.py": "from .one import value\n__all__ = ['one', 'shown']\nshown = 1\nhidden = 2\nprint('init', __name__, __package__)\n",
    "pack/one.py": "value = 'one'\nfrom . import two\nfrom .sub.deep import depth\nprint('one', __name__, __package__, __spec__.parent)\n",
    "pack/two.py": "from . import one\nlate = lambda: one.value\n",
    "pack/sub/__init__.py": "",
    "pack/sub/deep.py": "from ..two import late\ndepth = 3\n",
    "plain.py": "a = 1\n_b = 2\nimport sys\n",
    "broken.py": "x = 1\n1 / 0\n",
    "syntax.py": "def f(:\n",
    "circle_a.py": "import circle_b\nx = 1\n",
    "circle_b.py": "from circle_a import x\n",
    "main_test/__main__.py": "print('main of a package', __name__)\n",
    "namespace/inner.py": "who = __name__\n",
}
for name, text in sources.items():
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
import pack
import pack.sub.deep as deep
from pack import *

print(
    pack.value,
    deep.depth,
    pack.two.late(),
    shown,
    "hidden" in globals(),
    one.value,
    pack.__name__,
    os.path.basename(pack.__file__),
    pack.__path__ == [os.path.join(folder, "pack")],
)
from plain import *

print(a, "_b" in globals(), "plain" in sys.modules)
for name in ("broken", "syntax", "circle_a", "nothing_here", "pack.nothing", "plain.x"):
    try:
        __import__(name)
    except BaseException as error:
        print(name, type(error).__name__, str(error).replace(folder, "FOLDER"), name in sys.modules)
for statement in (
    "from pack import zilch",
    "from . import x",
    "from .. import y",
    "import pack.one.value",
    "from plain import nope",
):
    try:
        exec(statement, {"__name__": "__main__"})
    except ImportError as error:
        print(statement, "->", type(error).__name__, str(error).replace(folder, "FOLDER"))
with open(os.path.join(folder, "plain.py"), "a") as file:
    file.write("a = 'reloaded'\n")
import plain

importlib.invalidate_caches()
print(
    importlib.reload(plain).a,
    importlib.import_module(".two", "pack").__name__,
    importlib.import_module("namespace.inner").who,
    importlib.util.find_spec("nothing_here"),
)
sys.modules["fake"] = 42
import fake

print(fake, __import__("pack.sub.deep").__name__, __import__("pack.sub", fromlist=["deep"]).__name__)
sys.modules["blocked"] = None
try:
    import blocked
except ModuleNotFoundError as error:
    print(error)
import runpy

print(sorted(k for k in runpy.run_path(os.path.join(folder, "plain.py")) if k[0] != "_"))
runpy.run_module("main_test", run_name="__main__")


class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "virtual":
            return importlib.util.spec_from_loader(name, Finder)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.answer = 42


sys.meta_path.append(Finder)
import virtual

print(virtual.answer, virtual.__spec__.name)
import shutil

shutil.rmtree(folder)
