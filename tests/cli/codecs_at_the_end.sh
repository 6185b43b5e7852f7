# Text streams made while the interpreter ends.
cat >end.py <<'END'
import codecs, sys, _pyio
if len(sys.argv) > 1: codecs.lookup(sys.argv[1])
class C:
    def __init__(self):
        self.buffer = _pyio.BytesIO()
    def __del__(self):
        _pyio.TextIOWrapper(self.buffer, encoding="ascii")
        print("ok")
c = C()
END
"$PYTHON" end.py ascii 2>&1
"$PYTHON" end.py 2>&1 | tail -n 1
