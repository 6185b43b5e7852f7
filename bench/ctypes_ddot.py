"""Dot products of BLAS (libblas3) called through ctypes: as many calls by one thread, then by each of several. Prints how long both take.

    weft bench/ctypes_ddot.py [--threads 2] [--length 200000] [--calls 2000]
"""

import argparse
import ctypes
import threading
import time

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--threads", type=int, default=2)
options.add_argument("--length", type=int, default=200_000)
options.add_argument("--calls", type=int, default=2000)
options = options.parse_args()

ddot = ctypes.CDLL("libblas.so.3").cblas_ddot
Pointer = ctypes.POINTER(ctypes.c_double)
ddot.restype = ctypes.c_double
ddot.argtypes = [ctypes.c_int, Pointer, ctypes.c_int, Pointer, ctypes.c_int]
Vector = ctypes.c_double * options.length


def work():
    x = Vector(*[1.5] * options.length)
    ready.wait()
    for _ in range(options.calls):
        ddot(options.length, x, 1, x, 1)


def measure(count):
    global ready
    ready = threading.Barrier(count + 1)
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


measure(1)
one = min(measure(1) for _ in range(3))
many = min(measure(options.threads) for _ in range(3))
print(f"1 thread: {one:.3f} s, {options.threads} threads with as many calls each: {many:.3f} s, ratio {many / one:.2f}")
