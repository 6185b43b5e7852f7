# With little address space, MemoryError is raised, and may be caught.
ulimit -v 1500000 2>/dev/null || exit 0
run() { "$PYTHON" -c "$1" >out 2>&1; echo "status $?: $(tail -n 1 out | cut -c 1-60)"; }
run 'x = "a" * (1 << 33)'
run 'x = bytearray(1 << 33)'
run 'x = [0] * (1 << 31)'
run 'x = []
try:
    while True: x.append(bytes(1 << 24))
except MemoryError:
    n = len(x) > 10
    del x
    print("caught", n)'
run 'x = 1
try:
    x = 1 << (1 << 36)
except MemoryError:
    print("caught")'
run 'd = {}
try:
    for i in range(1 << 40): d[i] = [i] * 1000
except MemoryError:
    d = None
    print("caught")'
run 's = "x"
try:
    while True: s += s
except MemoryError:
    s = ""
    print("caught")'
