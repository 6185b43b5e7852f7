# _opcode.stack_effect over all opcodes, and tracemalloc while it isn't tracing
import opcode
import tracemalloc
import _opcode

for op in range(-11, 256):
    row = []
    for arg in [None] if op < opcode.HAVE_ARGUMENT else [0, 1, 2, 3, 4, 5, 17, 258]:
        for jump in (None, True, False):
            try:
                row.append(_opcode.stack_effect(op, arg, jump=jump))
            except ValueError as e:
                row.append(str(e))
    print(op, *(row if len(set(row)) > 1 else row[:1]))


def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as e:
        print(type(e).__name__, e)


for args in [(30000,), (100,), (1, 5), (256,), (-1,), ("a",), (100, "x"), (), (1, 2, 3), (100, None), (2**40,), (255, 0), (1, None), (100, 2**40), (102, 2**32 + 5), (102, 2**70)]:
    attempt(_opcode.stack_effect, *args)
attempt(_opcode.stack_effect, 110, 1, jump=3)
attempt(_opcode.stack_effect, 110, 1, jump=None)
print(_opcode.get_specialization_stats())
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_traceback_limit(), tracemalloc.get_object_traceback(args))
for args in [(0,), (-1,), (70000,), ("a",)]:
    attempt(tracemalloc.start, *args)
attempt(tracemalloc.take_snapshot)
tracemalloc.stop()
tracemalloc.clear_traces()
tracemalloc.reset_peak()
