"""What the measuring programs share: the bundled scripts, one measured run, and the statistics."""

import math
import os
import re
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = os.path.join(ROOT, "bench", "scripts")
RESULTS = os.path.join(ROOT, "bench", "results")
CHILD = os.path.join(ROOT, "bench", "harness", "child.py")
WRONG_MODE = 97  # child.py's exit status

sys.path.insert(0, os.path.join(ROOT, "tests", "harness"))
import children  # noqa: E402


class Script:
    """A bundled script: its name, path and group (numeric, data, text or contended)."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-3]
        with open(path, encoding="utf-8") as file:
            found = re.search(r"^# group: (\w+)$", file.read(), re.MULTILINE)
        self.group = found[1] if found else "data"


def bundled(only=None):
    """The bundled scripts, or those named in the comma-separated `only`."""
    scripts = [Script(os.path.join(SCRIPTS, name)) for name in sorted(os.listdir(SCRIPTS))
               if name.endswith(".py") and not name.startswith("_")]
    if only:
        names = [name.removesuffix(".py") for name in only.split(",")]
        unknown = set(names) - {script.name for script in scripts}
        if unknown:
            sys.exit(f"no bundled script is called {', '.join(sorted(unknown))}; there are: "
                     + ", ".join(script.name for script in scripts))
        scripts = [script for script in scripts if script.name in names]
    return scripts


class Interpreter:
    """An interpreter to measure. mode says what its GIL must be, "on" or "off", None for whatever it is."""

    def __init__(self, name, path, mode=None):
        self.name = name
        self.path = path
        self.mode = mode

    def command(self, script, *arguments):
        checked = [CHILD, self.mode] if self.mode else []
        return [self.path, "-B", *checked, script, *arguments]


def weft(build):
    """Weft's own build "ft" or "gil"."""
    path = os.path.join(ROOT, "build", build, "weft")
    if not os.access(path, os.X_OK):
        sys.exit(f"there is no build/{build}/weft: run tests/prepare {build}")
    return Interpreter(build, path, {"ft": "off", "gil": "on"}[build])


class Sample:
    """One measured run: seconds of wall time and of CPU, the output, and what went wrong (None if nothing)."""

    def __init__(self, wall, cpu, output, problem):
        self.wall = wall
        self.cpu = cpu
        self.output = output
        self.problem = problem


def _phase(stderr):
    """The (wall, cpu) that a bundled script tells with --time, or None."""
    found = re.search(rb"^bench: wall=([\d.]+) cpu=([\d.]+)$", stderr, re.MULTILINE)
    return (float(found[1]), float(found[2])) if found else None


def _problem(status, stderr, timeout):
    outcome = children.Outcome(status, b"", stderr, 0, 0, timeout)
    why = outcome.complaint()
    if why is None:
        return None
    lines = stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    if status == WRONG_MODE:
        lines = [line for line in lines if line.startswith("bench: the GIL")][-1:]
    return f"{why}: {lines[-1]}" if lines else why


def run_phase(command, timeout):
    """Runs a bundled script, which measures its own parallel phase (the command must have --time)."""
    outcome = children.run(command, timeout)
    problem = _problem(outcome.status, outcome.stderr, timeout)
    phase = _phase(outcome.stderr)
    if not problem and not phase:
        problem = "it told no time"
    wall, cpu = phase or (math.nan, math.nan)
    return Sample(wall, cpu, outcome.stdout, problem)


def run_whole(command, timeout):
    """Runs any command, and measures the process from start to end."""
    outcome = children.run(command, timeout)
    return Sample(outcome.wall, outcome.cpu, outcome.stdout,
                  _problem(outcome.status, outcome.stderr, timeout))


def run_side_by_side(command, count, timeout):
    """Runs a bundled script (with --time --wait) in several processes whose timed phases begin together.

    The Sample's wall time is that of the one that took longest; CPU is their sum; output is that of one which
    differs from the first, if any does.
    """
    started, samples = [], []
    stopped = threading.Event()

    def stop():
        stopped.set()
        for child, _ in started:
            children.kill(child)

    timer = threading.Timer(timeout, stop)
    timer.start()
    try:
        for _ in range(count):
            out = tempfile.TemporaryFile()
            started.append((children.start(command, stdin=-1, stdout=out, stderr=-1), out))
        heads = []
        for child, _ in started:
            head = b""
            for line in child.stderr:
                head += line
                if line == b"bench: ready\n":
                    break
            heads.append(head)
        for child, _ in started:
            try:
                child.stdin.write(b"\n")
                child.stdin.close()
            except BrokenPipeError:
                pass  # it died before; its exit status tells
        for (child, out), head in zip(started, heads):
            stderr = head + child.stderr.read()
            status, _ = children.finish(child, timeout)
            out.seek(0)
            phase = _phase(stderr) or (math.nan, math.nan)
            problem = _problem(None if stopped.is_set() else status, stderr, timeout)
            samples.append(Sample(*phase, out.read(), problem))
    finally:
        timer.cancel()
        for child, out in started:
            out.close()
            child.stdin.close()
            child.stderr.close()
            if child.returncode is None:
                children.kill(child)
                children.finish(child, 5)
    problem = next((sample.problem for sample in samples if sample.problem), None)
    output = next((sample.output for sample in samples if sample.output != samples[0].output), samples[0].output)
    return Sample(max(sample.wall for sample in samples), sum(sample.cpu for sample in samples), output, problem)


# --- statistics ---------------------------------------------------------------------------------------------

def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _interval_rank(count):
    """How many order statistics to leave out at each end, and the interval's coverage.

    The interval from the (k+1)th smallest to the (k+1)th largest of n values holds the median of what they were
    drawn from with probability 1 - 2 * P(Binomial(n, 1/2) <= k), whatever their distribution.
    """
    rank, tail = 0, 0.5 ** count
    while True:
        more = tail + math.comb(count, rank + 1) * 0.5 ** count
        if rank + 1 >= (count + 1) // 2 or 1 - 2 * more < 0.95:
            return rank, max(0.0, 1 - 2 * tail)
        rank, tail = rank + 1, more


def interval(values):
    """The confidence interval (low, high) of the median: 95 % or more with six values or more, else all of them."""
    ordered = sorted(values)
    rank, _ = _interval_rank(len(ordered))
    return ordered[rank], ordered[-1 - rank]


def coverage(count):
    """The confidence of interval() for so many values."""
    return _interval_rank(count)[1]


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


# --- telling ------------------------------------------------------------------------------------------------

class Progress:
    """One line on stderr that tells what runs now; on a terminal it is overwritten."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()

    def tell(self, text):
        if self.terminal:
            sys.stderr.write(f"\r\033[K{text[:78]}")
            sys.stderr.flush()

    def clear(self):
        if self.terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def machine():
    """What the figures were measured on, in words."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            found = re.search(r"^model name\s*: (.+)$", file.read(), re.MULTILINE)
            model = found[1] if found else model
    except OSError:
        pass
    return {"processor": model, "cores": len(os.sched_getaffinity(0)), "kernel": os.uname().release,
            "load": os.getloadavg()[0]}


def warn_if_busy():
    cores = len(os.sched_getaffinity(0))
    if os.getloadavg()[0] > 0.5 * cores:
        print(f"note: this machine is busy (load {os.getloadavg()[0]:.1f} on {cores} cores); "
              "that disturbs the figures", file=sys.stderr)


def store(kind, stamp, content):
    """Writes a file of results, whole or not at all, and returns its path."""
    os.makedirs(RESULTS, exist_ok=True)
    path = os.path.join(RESULTS, f"{stamp}.{kind}")
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(path + ".part", path)
    return os.path.relpath(path)
