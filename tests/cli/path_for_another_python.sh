# sys.path is CPython's, and does no harm where it's handed to another Python as PYTHONPATH.
"$PYTHON" -S -c 'import sys; print(sys.path, len(sys.path_hooks))'
PYTHONPATH=$("$PYTHON" -c 'import os, sys; print(os.pathsep.join(sys.path))') python3.11 -c 'import dis, dataclasses, zipfile, opcode; print(dis.__file__, zipfile.__file__, opcode.opmap["POP_TOP"])'
mkdir lib; echo 'print("mine")' >lib/zipfile.py; echo 'mine = 1' >lib/opcode.py
PYTHONPATH=lib "$PYTHON" -c 'import zipfile, opcode; print(opcode.mine)'
"$PYTHON" -c 'import sys; sys.path[:] = [p for p in sys.path if __import__("os").path.isdir(p)]; import dis, zipfile; print(zipfile.__file__); dis.dis' 
"$PYTHON" -c 'import pkgutil; print(sorted(m.name for m in pkgutil.iter_modules(["/usr/lib/python3.11"]) if m.name[:3] in ("zip", "_we", "dis", "opc")))'
"$PYTHON" -c 'import sys; sys.path_importer_cache.clear(); sys.path_hooks[-1]("/usr/lib/python3.11").invalidate_caches(); import importlib; importlib.invalidate_caches(); import zipfile; print(zipfile.ZipFile.__module__)'
