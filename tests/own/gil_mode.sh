# Whether the GIL is on: by build, by -X gil, by PYTHON_GIL; and what the interpreter calls itself.
mode='import sys; print(sys._is_gil_enabled())'
expect() {
    found=$(shift; "$@" 2>&1)
    test "$found" = "$1" || { echo "expected $1, found $found: $*"; exit 1; }
}
if test "$BUILD" = gil; then
    expect True "$PYTHON" -c "$mode"
else
    expect False "$PYTHON" -c "$mode"
    expect True "$PYTHON" -X gil=1 -c "$mode"
    expect True env PYTHON_GIL=1 "$PYTHON" -c "$mode"
    expect False env PYTHON_GIL=1 "$PYTHON" -X gil=0 -c "$mode"
    expect False env PYTHON_GIL=1 "$PYTHON" -E -c "$mode"
fi
expect True "$PYTHON" -X gil=1 -c "$mode"
expect weft "$PYTHON" -c 'import sys; print(sys.implementation.name)'
expect '3 11' "$PYTHON" -c 'import sys; print(*sys.version_info[:2])'
"$PYTHON" -X gil=7 -c pass 2>/dev/null && { echo '-X gil=7 is taken'; exit 1; }
# Threads work in each mode.
for option in 0 1; do
    test "$BUILD$option" = gil0 && continue
    expect 8000 "$PYTHON" -X gil=$option -c '
import threading
lock, total = threading.Lock(), 0
def add():
    global total
    for _ in range(1000):
        with lock: total += 1
threads = [threading.Thread(target=add) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(total)'
done
exit 0
