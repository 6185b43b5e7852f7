# Tracebacks that programs make: by TracebackType, and as libraries did before that could be called, by writing to one through ctypes (trio 0.22).
import _ctypes
import ctypes
import sys
import traceback
import types


def fail():
    return [][1]


def caught():
    try:
        fail()
    except IndexError as e:
        return e.__traceback__


for lasti in (0, 1, 2, 7, -1, -2):
    made = types.TracebackType(None, caught().tb_frame, lasti, 12)
    print(made.tb_lasti, made.tb_lineno, made.tb_next)
made = types.TracebackType(caught(), sys._getframe(), -1, 5)
print([(frame.name, frame.lineno) for frame in traceback.extract_tb(made)])


class Fields(ctypes.Structure):
    _fields_ = [("head", ctypes.c_byte * object().__sizeof__()), ("tb_next", ctypes.c_void_p), ("tb_frame", ctypes.c_void_p),
                ("tb_lasti", ctypes.c_int), ("tb_lineno", ctypes.c_int)]


def copy(base, following):
    try:
        raise ValueError
    except ValueError as e:
        new = e.__traceback__
    fields = Fields.from_address(id(new))
    print(fields.tb_next, fields.tb_frame is None)
    if following is not None:
        _ctypes.Py_INCREF(following)
        fields.tb_next = id(following)
    _ctypes.Py_INCREF(base.tb_frame)
    old = new.tb_frame
    fields.tb_frame = id(base.tb_frame)
    _ctypes.Py_DECREF(old)
    fields.tb_lasti, fields.tb_lineno = base.tb_lasti, base.tb_lineno
    return new


base = caught()
new = copy(base.tb_next, copy(base, None))
print(new.tb_lasti == base.tb_next.tb_lasti, new.tb_lineno == base.tb_next.tb_lineno, new.tb_frame is base.tb_next.tb_frame, new.tb_next.tb_frame is base.tb_frame)
print("".join(traceback.format_tb(new)).replace(__file__, "FILE"))
