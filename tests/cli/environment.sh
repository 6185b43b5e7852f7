# Environment variables that change how it starts.
mkdir lib && echo 'print("found on PYTHONPATH")' >lib/there.py
PYTHONPATH=lib "$PYTHON" -c 'import there, sys; print("lib" in [p[-3:] for p in sys.path])'
PYTHONPATH=lib "$PYTHON" -E -c 'import there' 2>&1 | tail -n 1
PYTHONHASHSEED=0 "$PYTHON" -c 'print(hash("a") == hash("a"), hash(5))'
test "$(PYTHONHASHSEED=1 "$PYTHON" -c 'print(hash("abc"))')" = "$(PYTHONHASHSEED=1 "$PYTHON" -c 'print(hash("abc"))')" && echo same seed, same hash
test "$(PYTHONHASHSEED=1 "$PYTHON" -c 'print(hash("abc"))')" != "$(PYTHONHASHSEED=2 "$PYTHON" -c 'print(hash("abc"))')" && echo other seed, other hash
PYTHONHASHSEED=x "$PYTHON" -c 'pass' 2>&1 | head -n 1; PYTHONHASHSEED=x "$PYTHON" -c 'pass' 2>/dev/null; echo "status $?"
PYTHONOPTIMIZE=1 "$PYTHON" -c 'print(__debug__)'
PYTHONDONTWRITEBYTECODE=1 "$PYTHON" -c 'import sys; print(sys.dont_write_bytecode)'
PYTHONIOENCODING=latin-1 "$PYTHON" -c 'print("\xe9")' | od -An -tx1
PYTHONWARNINGS=error "$PYTHON" -c 'import warnings; warnings.warn("w")' 2>&1 | tail -n 1
PYTHONSAFEPATH=1 "$PYTHON" -c 'import sys; print("" in sys.path)'
PYTHONINSPECT= "$PYTHON" -c 'print("no inspect")'
echo 'print("startup")' >startup.py
PYTHONSTARTUP=startup.py "$PYTHON" -c 'print("not for -c")'
PYTHONINTMAXSTRDIGITS=1000 "$PYTHON" -c 'import sys; print(sys.get_int_max_str_digits()); str(10 ** 1000)' 2>&1 | tail -n 2
LC_ALL=C "$PYTHON" -c 'import sys; print(sys.stdout.encoding, sys.getfilesystemencoding())'
mkdir -p home/lib && ln -s /usr/lib/python3.11 home/lib/python3.11
PYTHONHOME=$PWD/home "$PYTHON" -c 'import os, sys, json; print([os.path.basename(p) for p in (sys.prefix, sys.exec_prefix, sys.base_prefix)], json.__file__ == sys.prefix + "/lib/python3.11/json/__init__.py")'
PYTHONHOME=$PWD/home:/usr "$PYTHON" -c 'import sys; print(sys.prefix == sys.exec_prefix, sys.base_exec_prefix)'
