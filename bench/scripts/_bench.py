"""The command line and the clock that all bundled scripts share.

    script.py [--threads N] [--scale S] [--time] [--wait]

--threads  how many threads share the work (1); the total work stays the same
--scale    how much work there is, 1.0 being a second or two under CPython 3.11
--time     write wall and CPU seconds of the timed phase to stderr, as one line "bench: wall=… cpu=…"
--wait     write "bench: ready" to stderr and wait for a line on stdin before the timed phase begins, so that
           several processes can be measured side by side

A script hands its main(threads, scale) to run(), and encloses its parallel phase in "with timed():", so
that neither start-up nor the preparation of the input is counted.
"""

import sys
import time

_options = {"threads": 1, "scale": 1.0, "time": False, "wait": False}


def _usage(problem):
    sys.stderr.write(f"{sys.argv[0]}: {problem}\n"
                     f"usage: {sys.argv[0]} [--threads N] [--scale S] [--time] [--wait]\n")
    sys.exit(2)


def _parse(arguments):
    position = 0
    while position < len(arguments):
        name = arguments[position].removeprefix("--")
        if name in ("time", "wait"):
            _options[name] = True
        elif name in ("threads", "scale"):
            position += 1
            if position == len(arguments):
                _usage(f"--{name} needs a number")
            try:
                value = int(arguments[position]) if name == "threads" else float(arguments[position])
            except ValueError:
                value = 0
            if value <= 0:
                _usage(f"--{name} needs a number above 0, not {arguments[position]!r}")
            _options[name] = value
        else:
            _usage(f"unknown argument {arguments[position]!r}")
        position += 1


def run(main):
    """Calls main(threads, scale) with what the command line says."""
    _parse(sys.argv[1:])
    main(_options["threads"], _options["scale"])


class timed:
    """Measures the enclosed block: wall time, and CPU time of all threads."""

    def __enter__(self):
        if _options["wait"]:
            sys.stderr.write("bench: ready\n")
            sys.stderr.flush()
            sys.stdin.readline()
        self.cpu = time.process_time()
        self.wall = time.perf_counter()
        return self

    def __exit__(self, kind, value, traceback):
        wall = time.perf_counter() - self.wall
        cpu = time.process_time() - self.cpu
        if _options["time"] and kind is None:
            sys.stderr.write(f"bench: wall={wall:.6f} cpu={cpu:.6f}\n")
        return False


def remark(text):
    """Tells what depends on chance, and so must stay out of the result: to stderr, with --time only."""
    if _options["time"]:
        sys.stderr.write(f"remark: {text}\n")


def split(total, parts):
    """Cuts range(total) into at most `parts` ranges of nearly equal length, without empty ones."""
    bounds = [total * i // parts for i in range(parts + 1)]
    return [range(a, b) for a, b in zip(bounds, bounds[1:]) if a < b]
