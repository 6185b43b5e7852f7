# tracemalloc: limits, where blocks come from, sizes, snapshots
import linecache
import os
import subprocess
import sys
import tracemalloc


def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as e:
        print(type(e).__name__, e)


def short(traceback):
    return traceback and [(os.path.basename(f.filename), f.lineno) for f in traceback], traceback and traceback.total_nframe


print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_traceback_limit(), tracemalloc.get_object_traceback([]))
for args in [(0,), (-1,), (70000,), ("a",)]:
    attempt(tracemalloc.start, *args)
attempt(tracemalloc.take_snapshot)
tracemalloc.stop()
tracemalloc.clear_traces()
tracemalloc.reset_peak()


class C:
    __slots__ = "data",

    def __init__(self, n):
        self.data = bytes(n)


def make(n):
    return C(n)


tracemalloc.start(3)
tracemalloc.start(7)  # it runs: nothing happens
print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())
a = make(100_000)
print(short(tracemalloc.get_object_traceback(a)))
print(short(tracemalloc.get_object_traceback(a.data)))
pair = {
    a,
    frozenset([a]),
}
print(*(short(tracemalloc.get_object_traceback(x)) for x in [pair, *pair] if x is not a))
print(tracemalloc.get_object_traceback(C), tracemalloc.get_object_traceback(1))
now, peak = tracemalloc.get_traced_memory()
print(100_000 < now < 200_000, now <= peak)
b = bytearray(1000)
for i in range(300):
    b += bytes(1000)  # moves
print(300_000 < tracemalloc.get_traced_memory()[0] - now < 800_000, len(b))
del b
print(tracemalloc.get_traced_memory()[0] - now < 5000, tracemalloc.get_traced_memory()[1] > now + 300_000)
tracemalloc.reset_peak()
print(tracemalloc.get_traced_memory()[1] < now + 100_000, tracemalloc.get_tracemalloc_memory() > 0)


def leak():
    return [str(i) * 50 for i in range(10_000, 11_000)]


before = tracemalloc.take_snapshot()
kept = leak()
after = tracemalloc.take_snapshot()
top = after.compare_to(before, "lineno")[0]
print(top.traceback[0].lineno, top.count_diff in range(1000, 1010), top.size_diff >= 250 * 1000)
print([linecache.getline(f.filename, f.lineno).strip() for f in tracemalloc.get_object_traceback(kept[3])][-1])
mine = after.filter_traces([tracemalloc.Filter(True, __file__)])
print(0 < len(mine.traces) < len(after.traces) + 1, {os.path.basename(s.traceback[0].filename) for s in mine.statistics("filename")})
tracemalloc.clear_traces()
print(tracemalloc.get_object_traceback(a), tracemalloc.is_tracing())
del kept
tracemalloc.stop()
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_traceback_limit())

show = "import tracemalloc; print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())"
for options, env in [([], {}), (["-X", "tracemalloc"], {}), (["-X", "tracemalloc=9"], {}), (["-X", "tracemalloc=0"], {}), ([], {"PYTHONTRACEMALLOC": "4"}),
                     (["-E"], {"PYTHONTRACEMALLOC": "4"}), ([], {"PYTHONTRACEMALLOC": "0"}), (["-X", "tracemalloc=-1"], {}), ([], {"PYTHONTRACEMALLOC": "x"})]:
    p = subprocess.run([sys.executable, *options, "-c", show], env={**os.environ, **env}, capture_output=True, text=True)
    print(options, env, p.returncode, p.stdout.strip(), p.stderr.strip().splitlines()[:1])
