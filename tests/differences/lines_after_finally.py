"""An exception inside a finally block that runs because of an exception makes no event for the block's last line.

CPython leaves such a block through an instruction that restores or raises again the exception before, and that it ascribes to the last line of the
block, though that line may not have run. A trace function of CPython's sees a "line" event for it after the "exception" event; one of Weft's doesn't.

programs: lines_of
lines: events
python3.11: ['line 1', 'line 3', 'line 4', 'exception 4', 'line 6', 'exception 6', 'line 7', 'return 6']
weft: ['line 1', 'line 3', 'line 4', 'exception 4', 'line 6', 'exception 6', 'return 6']
"""
import sys

seen = []


def function():
    first = 0

    try:
        1 / 0
    finally:
        None.x
        first = 1


def tracer(frame, event, arg):
    seen.append(f"{event} {frame.f_lineno - function.__code__.co_firstlineno}")
    return tracer


sys.settrace(tracer)
try:
    function()
except AttributeError:
    pass
sys.settrace(None)
print(seen[1:])
