# Callbacks from our threads, attached and in foreign calls, and from threads that the runtime doesn't know, while others collect; shared memory and types.
import ctypes
import gc
import threading

import _stress
from _stress import THREADS, check, together, turns

libc = ctypes.CDLL(None, use_errno=True)
Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
Body = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
pthread_create, pthread_join = libc.pthread_create, libc.pthread_join
pthread_create.argtypes = [ctypes.POINTER(ctypes.c_ulong), ctypes.c_void_p, Body, ctypes.c_void_p]
pthread_join.argtypes = [ctypes.c_ulong, ctypes.POINTER(ctypes.c_void_p)]
TURNS = turns(8)


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_longlong), ("b", ctypes.c_longlong)]


@Compare
def compare(x, y):
    return x[0] - y[0]


seen = []
lock = threading.Lock()


@Body
def foreign(argument):
    mine = {"n": argument, "name": threading.current_thread().name}
    with lock:
        seen.append(mine["n"] or 0)
    return (argument or 0) + 1


shared_pair = Pair()
numbers = ctypes.c_int * 200


def work(number, random):
    for turn in range(TURNS):
        values = numbers(*(random.randrange(10**6) for _ in range(200)))
        wanted = sorted(values)
        libc.qsort(values, 200, ctypes.sizeof(ctypes.c_int), compare)
        check(list(values) == wanted, "qsort")
        own = Compare(lambda x, y: y[0] - x[0])
        libc.qsort(values, 200, ctypes.sizeof(ctypes.c_int), own)
        check(list(values) == wanted[::-1], "qsort down")
        if number < 8:
            handle, result = ctypes.c_ulong(), ctypes.c_void_p()
            check(pthread_create(ctypes.byref(handle), None, foreign, number * 1000 + turn) == 0, "pthread_create")
            check(pthread_join(handle, ctypes.byref(result)) == 0, "pthread_join")
            check(result.value == number * 1000 + turn + 1, "result of a foreign thread", result.value)
        elif number == 8:
            gc.collect()
        shared_pair.a = number
        shared_pair.b = turn
        check(0 <= shared_pair.a < THREADS and 0 <= shared_pair.b < TURNS, "fields")
        ctypes.set_errno(number)
        libc.close(-1)
        check(ctypes.get_errno() == 9, "errno", ctypes.get_errno())
        kind = ctypes.c_short * (turn % 5 + 1)
        check(ctypes.POINTER(kind) is ctypes.POINTER(ctypes.c_short * (turn % 5 + 1)), "types are cached once")
        keep = (ctypes.c_char_p * 3)(b"a", b"b", b"c")
        check(keep[:] == [b"a", b"b", b"c"], "kept")


together(work)
check(sorted(seen) == sorted(n * 1000 + turn for n in range(min(8, THREADS)) for turn in range(TURNS)), "foreign threads")
_stress.done()
