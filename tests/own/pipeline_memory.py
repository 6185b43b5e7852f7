"""What one thread makes and another drops is freed soon, however few objects it is. (python3.11 frees it at once.)"""
import queue
import resource
import subprocess
import sys
import threading

SIZE = 2_000_000
SHAPES = {
    "bytes": lambda i: bytes(SIZE),
    "list": lambda i: [i] * (SIZE // 8),
    "dict": lambda i: dict.fromkeys(range(SIZE // 64), i),
    "strings": lambda i: [str(j) for j in range(SIZE // 64)],
    "in a tuple": lambda i: (i, {"frame": bytearray(SIZE)}),
}


def pipeline(shape):
    results, free = queue.SimpleQueue(), threading.Semaphore(3)

    def make():
        for i in range(150):
            free.acquire()
            results.put(shape(i))

    thread = threading.Thread(target=make)
    thread.start()
    for _ in range(150):
        results.get()
        free.release()
    thread.join()


if len(sys.argv) > 1:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipeline(SHAPES[sys.argv[1]])
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
else:
    found = {name: int(subprocess.run([sys.executable, __file__, name], stdout=subprocess.PIPE).stdout) for name in SHAPES}
    if max(found.values()) > 60:
        sys.exit(f"MB in use, of 10 that are needed: {found}")
