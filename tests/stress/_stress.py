"""What the stress scripts share: options, threads that start together, checks, and a watchdog.

    script.py [--threads 64] [--scale 1] [--seed N] [--watchdog SECONDS]

The seed is printed, so that a run can be repeated as far as the scheduler allows. If the script isn't done when the
watchdog's time is over, the stack of every thread is dumped to stderr and the process ends with status 1.
"""

import random
import sys
import threading
import time

try:
    import faulthandler
except ImportError:  # an interpreter that has none yet: only the caller's time-out is left
    faulthandler = None


def _option(name, default):
    if f"--{name}" in sys.argv:
        return type(default)(sys.argv[sys.argv.index(f"--{name}") + 1])
    return default


THREADS = _option("threads", 64)
SCALE = _option("scale", 1.0)
SEED = _option("seed", time.time_ns() % 1_000_000)

print(f"seed {SEED}, {THREADS} threads, scale {SCALE:g}", flush=True)
if faulthandler:
    faulthandler.enable()
    faulthandler.dump_traceback_later(_option("watchdog", 300.0), exit=True)

_problems = []


def turns(count):
    """So many turns, scaled."""
    return max(1, int(count * SCALE))


def check(condition, *what):
    """Notes a broken invariant; the script then ends with status 1."""
    if not condition:
        _problems.append(" ".join(map(str, what)))


def together(work, threads=None):
    """Runs work(number, random) in so many threads, which begin at the same moment; returns when all have ended.

    An exception in one of them is a broken invariant too.
    """
    threads = threads or THREADS
    gate = threading.Barrier(threads)

    def body(number):
        try:
            own = random.Random(SEED * 1000 + number)
            gate.wait()
            work(number, own)
        except BaseException as error:
            _problems.append(f"thread {number}: {type(error).__name__}: {error}")
            gate.abort()

    started = [threading.Thread(target=body, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def done():
    """Ends the script: with status 1 if an invariant was broken."""
    if faulthandler:
        faulthandler.cancel_dump_traceback_later()
    for problem in _problems[:20]:
        print("BROKEN:", problem)
    print(f"{len(_problems)} broken" if _problems else "all invariants hold")
    sys.exit(1 if _problems else 0)
