# Functions of the C API that programs call through ctypes: exceptions in other threads, capsules
import ctypes
import threading
import time

api = ctypes.pythonapi
set_exc = api.PyThreadState_SetAsyncExc
set_exc.argtypes = [ctypes.c_ulong, ctypes.py_object]
set_exc.restype = ctypes.c_int


class Stop(Exception):
    pass


def loop():
    global looping
    try:
        while True:
            looping = True
    except (Stop, SystemError) as e:
        result.append((type(e).__name__, e.args))


result = []
for exception in Stop, Stop("with", "arguments"):
    looping = False
    thread = threading.Thread(target=loop)
    thread.start()
    while not looping:
        time.sleep(0.01)
    print(set_exc(thread.ident, exception))
    thread.join()
print(result)
print(set_exc(12345, Stop))


def sleeper():
    try:
        time.sleep(1)
        for _ in range(1000):
            pass
        print("not reached")
    except Stop:
        print("after the sleep")


thread = threading.Thread(target=sleeper)
thread.start()
time.sleep(0.1)
print(set_exc(thread.ident, Stop))
thread.join()
try:
    set_exc(threading.get_ident(), Stop)
    for _ in range(1000):
        pass
    print("not reached")
except Stop:
    print("in this thread")

thread = threading.Thread(target=time.sleep, args=(1,))
thread.start()
time.sleep(0.1)  # it sleeps by now, and takes nothing back that it has raised already
print(set_exc(thread.ident, Stop), ctypes.PyDLL(None).PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.c_void_p()))
thread.join()

make = api.PyBytes_FromStringAndSize
make.argtypes, make.restype = [ctypes.c_char_p, ctypes.c_ssize_t], ctypes.py_object
print(make(b"some bytes", 4))
o = object()
api.Py_IncRef(ctypes.py_object(o))
api.Py_DecRef(ctypes.py_object(o))
buffer = ctypes.create_string_buffer(50)
api.PyOS_snprintf(buffer, ctypes.c_size_t(50), b"%d %s", 7, b"text")
print(buffer.value, api.Py_IsInitialized(), ctypes.c_int.in_dll(api, "Py_OptimizeFlag").value)

new = api.PyCapsule_New
new.argtypes, new.restype = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p], ctypes.py_object
get = api.PyCapsule_GetPointer
get.argtypes, get.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
name = ctypes.create_string_buffer(b"a.name")
capsule = new(ctypes.addressof(buffer), ctypes.addressof(name) and ctypes.cast(name, ctypes.c_char_p), None)
print(type(capsule), repr(capsule).startswith('<capsule object "a.name" at 0x'), get(capsule, b"a.name") == ctypes.addressof(buffer))
is_valid = api.PyCapsule_IsValid
is_valid.argtypes = [ctypes.py_object, ctypes.c_char_p]
print(is_valid(capsule, b"a.name"), is_valid(capsule, b"b"), is_valid(5, b"b"))
for f, *args in [(get, capsule, b"other"), (get, 5, b"a.name"), (new, None, b"x", None)]:
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)
try:
    api.PyNo_SuchFunction
except AttributeError as e:
    print(str(e).split(": ")[-1])

import readline
import sys
count, words = ctypes.c_int(), ctypes.POINTER(ctypes.c_wchar_p)()
api.Py_GetArgcArgv(ctypes.byref(count), ctypes.byref(words))
print(words[:count.value] == sys.orig_argv)
library = ctypes.CDLL(readline.__file__)  # what is behind a module of C
readline.set_completer_delims(" xyz")
print(ctypes.c_char_p.in_dll(library, "rl_completer_word_break_characters").value, ctypes.c_int.in_dll(library, "rl_point").value)

class Buffer(ctypes.Structure):
    _fields_ = [('buf', ctypes.c_void_p), ('obj', ctypes.py_object), ('len', ctypes.c_ssize_t), ('itemsize', ctypes.c_ssize_t), ('readonly', ctypes.c_int),
                ('ndim', ctypes.c_int), ('format', ctypes.c_char_p), ('shape', ctypes.POINTER(ctypes.c_ssize_t)), ('strides', ctypes.POINTER(ctypes.c_ssize_t)),
                ('suboffsets', ctypes.POINTER(ctypes.c_ssize_t)), ('internal', ctypes.c_void_p)]


import array
numbers = array.array('i', range(6))
for o, flags in [(b'abc', 0), (bytearray(b'abcd'), 1), (numbers, 0x1c), (memoryview(numbers)[::2], 0x1c), (memoryview(numbers).cast('B').cast('B', [2, 12]), 0x1c),
                 (b'abc', 1), (memoryview(numbers)[::2], 0), ('text', 0), (5, 0), (None, 0)]:
    view = Buffer()
    print(type(o).__name__, flags, api.PyObject_CheckBuffer(ctypes.py_object(o)), end=' ')
    try:
        api.PyObject_GetBuffer(ctypes.py_object(o), ctypes.byref(view), flags)
    except Exception as e:
        print(type(e).__name__, e)
        continue
    print(view.obj is o or view.obj is numbers, view.len, view.itemsize, view.readonly, view.ndim, view.format, bool(view.shape) and view.shape[:view.ndim],
          bool(view.strides) and view.strides[:view.ndim], ctypes.string_at(view.buf, 3))
    if isinstance(o, bytearray):
        (ctypes.c_char * view.len).from_address(view.buf)[1] = b'X'
        try:
            o.append(1)
        except BufferError as e:
            print(e)
    api.PyBuffer_Release(ctypes.byref(view))
    api.PyBuffer_Release(ctypes.byref(view))
    if isinstance(o, bytearray):
        o.append(1)
        print(o)
import importlib.machinery
print('.abi3.so' in importlib.machinery.EXTENSION_SUFFIXES)
