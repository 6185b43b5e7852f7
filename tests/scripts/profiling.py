# What cProfile counts: calls, recursive ones, what was called from where; with timers of one's own.
import _lsprof
import cProfile


def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)


def g():
    for i in range(3):
        len([1])
        [].append(1)
    try:
        int("x")
    except ValueError:
        pass
    return f(6) + sum(x for x in (1, 2))


def name(code):
    return code if isinstance(code, str) else code.co_name


def show(profiler):
    for entry in sorted(profiler.getstats(), key=lambda entry: name(entry.code)):
        below = sorted((name(sub.code), sub.callcount, sub.reccallcount) for sub in entry.calls or ())
        print(name(entry.code), entry.callcount, entry.reccallcount, below, entry.totaltime >= entry.inlinetime >= 0)


profiler = cProfile.Profile()
profiler.enable()
g()
profiler.disable()
show(profiler)
profiler.clear()
print(profiler.getstats())
time = 0


def timer():
    global time
    time += 1
    return time


profiler = _lsprof.Profiler(timer, 0.5, subcalls=False, builtins=False)
profiler.enable()
g()
profiler.disable()
for entry in sorted(profiler.getstats(), key=lambda entry: name(entry.code)):
    print(name(entry.code), entry.callcount, entry.totaltime, entry.inlinetime, entry.calls)
print(profiler.runcall(g) if hasattr(profiler, "runcall") else cProfile.Profile().runcall(g))
