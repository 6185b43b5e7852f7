# modulefinder: what a script imports, without running it.
import modulefinder
import os
import tempfile

files = {
    "main.py": "import pkg.one as o, alone\nfrom pkg import two, nothing\nfrom pkg.deep import *\nimport missing_a.b\n"
               "def f():\n    global late\n    from missing_c import thing\n    import late\n    late = 1\n"
               "class C:\n    import in_class\ntry:\n    import gone_too\nexcept ImportError: pass\nfor i in (): import in_loop\n",
    "alone.py": "from sys import path, nothing_there\nvalue = 1\n",
    "late.py": "", "in_class.py": "", "in_loop.py": "lambda: __import__('not_seen')\n",
    "pkg/__init__.py": "from . import one\nfrom .two import name as other\n", "pkg/one.py": "from . import two, gone\n",
    "pkg/two.py": "name = 3\nfrom .deep.deeper import *\n", "pkg/deep/__init__.py": "from . import deeper\nglobal_name = 1\n",
    "pkg/deep/deeper.py": "from ..one import *\nfrom .. import much\nstar: int = 1\n",
}
with tempfile.TemporaryDirectory() as folder:
    for name, text in files.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    finder = modulefinder.ModuleFinder([folder], excludes=["sys"])
    finder.run_script(folder + "/main.py")
    for name, module in sorted(finder.modules.items()):
        print(name, module.__file__.removeprefix(folder), sorted(module.globalnames), sorted(module.starimports))
    print(sorted(finder.badmodules.items()))
    print(finder.any_missing_maybe())
