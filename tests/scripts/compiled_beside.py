# Compiled code stands beside its source, under the interpreter's own tag; a tree compiled ahead of time works without its sources.
import compileall
import importlib.util
import os
import py_compile
import subprocess
import sys
import tempfile
import zipfile

tag = sys.implementation.cache_tag
env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(*args, cwd):
    print(subprocess.run([sys.executable, *args], cwd=cwd, env=env, capture_output=True, text=True).stdout.replace(tag, "TAG"), end="")


print(sys.pycache_prefix, importlib.util.cache_from_source("a/b.py").replace(tag, "TAG"), importlib.util.source_from_cache(f"a/__pycache__/b.{tag}.pyc"))
print(importlib.util.cache_from_source("/no/where/b.py", optimization=2).replace(tag, "TAG"))
for wrong in "a/b.pyc", f"__pycache__/b.{tag}.other.pyc", "__pycache__/b.pyc":
    try:
        importlib.util.source_from_cache(wrong)
    except ValueError as e:
        print(str(e).replace(tag, "TAG"))
with tempfile.TemporaryDirectory() as folder:
    os.mkdir(folder + "/p")
    for name, text in ("p/__init__.py", ""), ("p/m.py", "print(__name__, __cached__[len(__file__.rpartition('/')[0]):])"), ("main.py", "import p.m; print('main', __name__)"):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    run("main.py", cwd=folder)
    print(sorted(name.replace(tag, "TAG") for name in os.listdir(folder + "/p/__pycache__")))
    print(py_compile.compile(folder + "/main.py").replace(tag, "TAG")[len(folder):])
    print(compileall.compile_dir(folder, quiet=2, legacy=True))
    for name in "p/__init__.py", "p/m.py", "main.py":
        os.remove(f"{folder}/{name}")
    run("main.pyc", cwd=folder)
    with zipfile.ZipFile(folder + "/z.zip", "w") as archive:
        archive.write(folder + "/main.pyc", "__main__.pyc")
        archive.write(folder + "/p/__init__.pyc", "p/__init__.pyc")
        archive.write(folder + "/p/m.pyc", "p/m.pyc")
    run("z.zip", cwd="/")
