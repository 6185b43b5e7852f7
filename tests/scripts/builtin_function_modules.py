# The modules that functions of C say they are of; programs that replace or pickle functions go by them.
import bz2
import decimal
import io
import pickle
import _decimal
import _io

for f in (open, io.open, io.open_code, io.text_encoding, decimal.getcontext, decimal.localcontext, decimal.setcontext, len, io.BytesIO, decimal.Decimal, decimal.Context):
    print(f.__module__, f.__qualname__, getattr(getattr(f, "__self__", None), "__name__", None), pickle.dumps(f))
print(_io.__name__, _decimal.__name__, _io.__spec__.name, _io, bz2._builtin_open is open)
