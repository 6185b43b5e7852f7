# Settings that it refuses to start with, and what it says then.
try() { env "$@" "$PYTHON" -c 'print("started")' 2>&1 | sed 's/thread 0x[0-9a-f]*/thread/'; env "$@" "$PYTHON" -c 0 2>/dev/null; echo "$*: $?"; }
for value in nosuch hex rot13 'a b' :nosuch utf-8:nosuch ascii; do try "PYTHONIOENCODING=$value"; done
for value in zzz debug malloc; do try PYTHONMALLOC=$value; done
for value in zz -1 65536 99999999999; do try PYTHONTRACEMALLOC=$value; done
PYTHONMALLOC=zzz "$PYTHON" -E -c 'print("ignored")'
for option in frozen_modules=zz frozen_modules=on frozen_modules tracemalloc=70000 tracemalloc=x; do
    "$PYTHON" -X $option -c 'print("started")' 2>&1 | sed 's/thread 0x[0-9a-f]*/thread/'
done
PYTHONEXECUTABLE=/elsewhere "$PYTHON" -c 'import sys; print(sys.executable)'
# Standard input that can't be read
"$PYTHON" <&-; echo "closed: $?"
"$PYTHON" - 2>&1 </ | sed 's/thread 0x[0-9a-f]*/thread/'
# A folder by its short names
mkdir folder; cd folder
for name in . '' ./ ..; do "$PYTHON" "$name" 2>&1 | sed 's/.*can.t find/cannot find/'; done
echo 'import sys; print(__file__, sys.path[0], sys.argv)' >__main__.py
for name in . '' ./; do "$PYTHON" "$name"; done
exit 0
