# A virtual environment whose interpreter is a copy, as venv.create() makes by default, has the whole library; one made from there too.
import os
import subprocess
import sys
import tempfile

program = "import sys, zlib, _bz2, dis; print(sys.prefix, sys.base_prefix, sys.executable, len(zlib.compress(b'a' * 1000)))"
with tempfile.TemporaryDirectory() as folder:
    interpreter = sys.executable
    for name in "one", "two":
        subprocess.run([interpreter, "-c", f"import venv; venv.create({folder + '/' + name!r})"], check=True)
        interpreter = f"{folder}/{name}/bin/python"
        assert not os.path.islink(f"{folder}/{name}/bin/{os.path.basename(os.path.realpath(sys.executable))}")
        done = subprocess.run([interpreter, "-c", program], capture_output=True, text=True, cwd=folder)
        print(done.stdout.replace(folder, "FOLDER"), done.stderr)
