"""A write that a signal cuts short: what the handler raises arrives where the write stands."""
import os
import signal


def alarm(*args):
    1 / 0


def write(f):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        f(bytes(1 << 20))
    except ZeroDivisionError:
        return "raised"
    return "late"


signal.signal(signal.SIGALRM, alarm)
for kind in "os", "raw", "buffered", "text":
    r, w = os.pipe()
    f = None
    if kind == "os":
        call = lambda data: os.write(w, data)
    else:
        f = open(w, "w" if kind == "text" else "wb", buffering=0 if kind == "raw" else -1, closefd=False)
        call = (lambda data: f.write(data.decode())) if kind == "text" else f.write
    try:
        print(kind, write(call))
    except ZeroDivisionError:
        print(kind, "too late")
    os.close(r)
    os.close(w)
    if f:
        try:
            f.close()
        except OSError as e:
            print(type(e).__name__)
