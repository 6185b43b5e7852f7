# An exception that can't be shown on sys.stderr is described on the process's own standard error; sys.stderr = None keeps quiet.
try() {
    "$PYTHON" -c "$1" 2>&1 | sed 's/0x[0-9a-f]*/ADDRESS/; s/^object refcount : .*/object refcount/'
}
try 'import sys; del sys.stderr; 1/0'
try 'import sys; sys.stderr = None; 1/0'
try 'import sys
class W:
    def write(self, s): raise ValueError("w")
sys.stderr = W(); 1/0'
try 'import sys; sys.stderr = 5; 1/0'
try 'import sys; sys.stderr.close(); 1/0'
try 'import sys; del sys.excepthook; 1/0'
try 'import sys; sys.excepthook = None; 1/0'
try 'import sys; del sys.stderr; del sys.excepthook; 1/0'
