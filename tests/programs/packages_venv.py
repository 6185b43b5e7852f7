"""A virtual environment of the running interpreter: pip installs a wheel from a file, what it brings works, and is gone when it is taken off."""
# timeout: 240
import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

METADATA = "Metadata-Version: 2.1\nName: greet\nVersion: 1.2\nSummary: test\nRequires-Python: >=3.8\n"
FILES = {
    "greet/__init__.py": "from .words import hello\n__version__ = '1.2'\n",
    "greet/words.py": "def hello(name):\n    return f'hello, {name}'\n",
    "greet/__main__.py": "import sys\nfrom . import hello\ndef main():\n    print(hello(sys.argv[1]))\nif __name__ == '__main__':\n    main()\n",
    "greet-1.2.dist-info/METADATA": METADATA,
    "greet-1.2.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "greet-1.2.dist-info/entry_points.txt": "[console_scripts]\ngreet = greet.__main__:main\n",
}


def make_wheel(folder):
    path = os.path.join(folder, "greet-1.2-py3-none-any.whl")
    record = "greet-1.2.dist-info/RECORD"
    lines = []
    with zipfile.ZipFile(path, "w") as z:
        for name, text in FILES.items():
            data = text.encode()
            z.writestr(name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(data)}")
        z.writestr(record, "\n".join(lines + [f"{record},,"]) + "\n")
    return path


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    if done.returncode:
        print("failed:", command[1:], done.returncode, done.stdout, done.stderr)
    return done.stdout.strip()


with tempfile.TemporaryDirectory() as folder:
    env = os.path.join(folder, "env")
    run(sys.executable, "-m", "venv", env)
    python = os.path.join(env, "bin", "python")
    print(run(python, "-c", "import sys; print(sys.prefix == sys.argv[1], sys.base_prefix != sys.prefix)", env))
    print(run(python, "-c", "import site, os, sys; print([os.path.relpath(p, sys.prefix) for p in site.getsitepackages()])"))
    print(run(python, "-c", "import sysconfig, sys, os; print({k: os.path.relpath(v, sys.prefix) for k, v in sysconfig.get_paths('venv').items()"
                            " if k in ('purelib', 'scripts', 'data')})"))
    print(run(python, "-m", "pip", "install", "--no-index", make_wheel(folder)).splitlines()[-1])
    print(run(python, "-m", "greet", "world"))
    print(run(os.path.join(env, "bin", "greet"), "script"))
    print(run(python, "-m", "pip", "list", "--format=freeze").splitlines()[0])
    print(run(python, "-c", "import importlib.metadata as m; print(m.version('greet'), [str(f) for f in m.files('greet') if f.suffix == '.py'])"))
    print(run(python, "-m", "pip", "check"))
    print(run(python, "-m", "pip", "uninstall", "-y", "greet").splitlines()[-1].strip())
    print(run(python, "-c", "import importlib.util as u; print(u.find_spec('greet'))"))
    print(run(sys.executable, "-c", "import importlib.util as u; print(u.find_spec('greet'))"))
