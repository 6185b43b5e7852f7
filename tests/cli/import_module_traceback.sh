# importlib stands in its file: tracebacks show its lines.
"$PYTHON" -c 'import importlib; importlib.import_module("")' 2>&1
"$PYTHON" -c 'import importlib; print(importlib.__spec__.origin, importlib.import_module.__code__.co_filename)'
