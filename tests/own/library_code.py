# The standard library needn't be compiled by whoever has no cache: release builds bring its code. Never for others' files, and never when it is stale.
import os
import subprocess
import sys
import tempfile

has_library = os.path.isdir(os.path.join(os.path.dirname(sys.executable), "library"))
assert has_library == (os.environ["BUILD"] in ("ft", "gil")), "a library of code beside the binary: %s" % has_library


def origin(module, folder, **environment):
    """Where the module's code came from, as -v tells it."""
    done = subprocess.run([sys.executable, "-v", "-c", "import " + module], capture_output=True, text=True, cwd=folder,
                          env={"HOME": folder, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"], **environment})
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if line.startswith("# code object from") and "/" + module in line]


with tempfile.TemporaryDirectory() as folder:
    for home in {}, {"XDG_CACHE_HOME": folder + "/no/where"}, {"PYTHONPYCACHEPREFIX": folder + "/other"}:
        [line] = origin("colorsys", folder, **home)
        assert line.endswith(".pyc'") == has_library, line
    with open(folder + "/mine.py", "w") as f:
        f.write("x = 1\n")
    [line] = origin("mine", folder)
    assert line.endswith("/mine.py"), line
    # a copy of the library's file elsewhere is another file
    os.mkdir(folder + "/colorsys")
    open(folder + "/colorsys/__init__.py", "w").close()
    [line] = origin("colorsys", folder)
    assert line.endswith("/colorsys/__init__.py"), line
    assert not os.path.exists(folder + "/.cache")

    # what another build has left in the cache is no code
    os.remove(folder + "/colorsys/__init__.py")
    os.rmdir(folder + "/colorsys")
    where = subprocess.run([sys.executable, "-c", "import colorsys; print(colorsys.__cached__)"], env={"HOME": folder, "PATH": os.environ["PATH"]},
                           check=True, cwd=folder, capture_output=True, text=True).stdout.strip()
    assert where.startswith(folder + "/.cache/"), where
    os.makedirs(os.path.dirname(where), exist_ok=True)
    with open(where, "wb") as f:
        f.write(b"old!" * 8)
    [line] = origin("colorsys", folder)
    assert line.endswith(".pyc'") == has_library, line
