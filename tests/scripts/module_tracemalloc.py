# tracemalloc while it isn't tracing
import tracemalloc


def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as e:
        print(type(e).__name__, e)


print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_traceback_limit(), tracemalloc.get_object_traceback([]))
for args in [(0,), (-1,), (70000,), ("a",)]:
    attempt(tracemalloc.start, *args)
attempt(tracemalloc.take_snapshot)
tracemalloc.stop()
tracemalloc.clear_traces()
tracemalloc.reset_peak()
