# A callback goes on as it was made, whatever its attributes say later.
import ctypes

made = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
qsort = ctypes.CDLL(None).qsort
qsort.restype = None
calls = []


def compare(*args):
    calls.append(len(args))
    a, b = args
    return a[0] - b[0]


for change in (lambda f: None, lambda f: setattr(f, "argtypes", [ctypes.c_int] * 5), lambda f: setattr(f, "argtypes", None),
               lambda f: setattr(f, "restype", ctypes.POINTER(ctypes.c_int)), lambda f: setattr(f, "restype", None)):
    f = made(compare)
    change(f)
    numbers = (ctypes.c_int * 5)(3, 1, 2, 5, 4)
    qsort(numbers, 5, 4, f)
    print(list(numbers), set(calls))
