# BLAS through ctypes: dot products, alone and by threads at once
import ctypes
import threading

blas = ctypes.CDLL("libblas.so.3")
ddot = blas.cblas_ddot
ddot.restype = ctypes.c_double
ddot.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_double), ctypes.c_int, ctypes.POINTER(ctypes.c_double), ctypes.c_int]
N = 10_000
Vector = ctypes.c_double * N


def after(v, i):
    """Where v[i] stands."""
    return ctypes.byref(ctypes.c_double.from_buffer(v, 8 * i))


def vector(f):
    v = Vector()
    for i in range(N):
        v[i] = f(i)
    return v


x, y = vector(lambda i: i % 7 - 3), vector(lambda i: i % 5)
print(ddot(N, x, 1, y, 1), sum(a * b for a, b in zip(x, y)))
print(ddot(N // 2, x, 2, y, 2), sum(a * b for a, b in zip(x[::2], y[::2])))
print(ddot(3, after(x, 5), 1, y, 1), ddot(0, x, 1, y, 1), blas.cblas_dasum.restype)

fortran = blas.ddot_  # everything by reference
fortran.restype = ctypes.c_double
n, one = ctypes.c_int(N), ctypes.c_int(1)
print(fortran(ctypes.byref(n), x, ctypes.byref(one), y, ctypes.byref(one)))

results = {}


def work(k):
    part = N // 4
    for _ in range(200):
        results[k] = ddot(part, after(x, part * k), 1, after(y, part * k), 1)


threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print([results[k] for k in range(4)], sum(results.values()))

axpy = blas.cblas_daxpy
axpy.restype = None
axpy.argtypes = [ctypes.c_int, ctypes.c_double, ddot.argtypes[1], ctypes.c_int, ddot.argtypes[1], ctypes.c_int]
total = Vector()
lock = threading.Lock()


def add():
    for _ in range(50):
        with lock:
            axpy(N, 0.5, x, 1, total, 1)


threads = [threading.Thread(target=add) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
try:
    ddot(3, ctypes.byref(x), 1, y, 1)
except ctypes.ArgumentError as e:
    print(e)
print(total[:8], ddot(N, total, 1, x, 1))
try:
    ddot(N, "x", 1, y, 1)
except ctypes.ArgumentError as e:
    print(e)
