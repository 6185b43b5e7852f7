# Code of what is installed with the system is kept in the user's cache, other code beside its source (docs/decisions/compiled_code.md).
import importlib.util
import os
import subprocess
import sys
import tempfile

tag = sys.implementation.cache_tag


def child(folder, program, **environment):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, env={"HOME": folder, "PATH": os.environ["PATH"], **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


with tempfile.TemporaryDirectory() as folder:
    json = "import json; print(json.__cached__)"
    assert child(folder, json) == f"{folder}/.cache/weft/usr/lib/python3.11/json/__init__.{tag}.pyc"
    assert child(folder, json, XDG_CACHE_HOME=folder + "/x") == f"{folder}/x/weft/usr/lib/python3.11/json/__init__.{tag}.pyc"
    assert child(folder, json, PYTHONPYCACHEPREFIX=folder + "/y") == f"{folder}/y/usr/lib/python3.11/json/__init__.{tag}.pyc"
    back = "import json, importlib.util as u; print(u.source_from_cache(json.__cached__), u.cache_from_source(json.__file__) == json.__cached__)"
    for environment in {}, {"PYTHONPYCACHEPREFIX": folder + "/y"}:
        assert child(folder, back, **environment) == "/usr/lib/python3.11/json/__init__.py True"
    dis = child(folder, "import dis; print(dis.__cached__)")
    assert dis.startswith(folder + "/.cache/weft/"), dis

    # one's own
    with open(folder + "/mine.py", "w") as file:
        file.write("x = 1\n")
    where = child(folder, "import mine; print(mine.__cached__)")
    assert where == f"{folder}/__pycache__/mine.{tag}.pyc" and os.path.exists(where), where

    # in a folder that can't be written to, unless it's there
    if os.getuid() != 0:
        os.mkdir(folder + "/fixed")
        os.rename(folder + "/mine.py", folder + "/fixed/mine.py")
        os.chmod(folder + "/fixed", 0o555)
        where = child(folder, "import sys; sys.path.insert(0, 'fixed'); import mine; print(mine.__cached__)")
        assert where == f"{folder}/.cache/weft{folder}/fixed/mine.{tag}.pyc" and os.path.exists(where), where
        os.chmod(folder + "/fixed", 0o755)
        os.mkdir(folder + "/fixed/__pycache__")
        os.rename(where, folder + f"/fixed/__pycache__/mine.{tag}.pyc")
        os.chmod(folder + "/fixed", 0o555)
        where = child(folder, "import sys; sys.path.insert(0, 'fixed'); import mine; print(mine.__cached__)")
        assert where == f"{folder}/fixed/__pycache__/mine.{tag}.pyc", where
        os.chmod(folder + "/fixed", 0o755)
print("ok")
