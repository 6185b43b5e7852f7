#!/usr/bin/env python3.11
"""What built-in types and the library's C modules cost, one thread, under any interpreters, compared with the first:

    bench/library.py /usr/bin/python3.11 build/ft/weft build/gil/weft
    bench/library.py --only json,pickle --rounds 9 /usr/bin/python3.11 build/ft/weft
    bench/library.py --threads 2 build/ft/weft
    bench/library.py --threads 2 --shared build/ft/weft

The kinds are in library_kinds.py. Each is called in a loop of some hundredths of a second. The interpreters take turns, the order reversed from
round to round; told are medians over the rounds, microseconds a call, and this interpreter's time divided by the first one's: below 1
is faster. The last line is the geometric mean of those ratios.

With --threads N, N threads of one process are compared with N processes that run side by side, each thread on data of its own: told is
the threads' throughput divided by the processes', the machine's own ceiling. With --shared the threads read the same data, which the
main thread made.
"""

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time

from library_kinds import KINDS, WRITERS

SECONDS = 0.03  # of a kind's loop
LOOPS = 3  # of which the quickest counts: the first one finds caches cold


# --- measuring ---------------------------------------------------------------------------------------------------------

def loop(function, calls):
    began = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - began


def measure(names):
    """Runs in each interpreter: tells the seconds that one call of each kind takes."""
    for name in names:
        function = KINDS[name]()
        began = time.perf_counter()
        function()
        calls = max(1, int(SECONDS / max(time.perf_counter() - began, 1e-7)))
        print(name, min(loop(function, calls) for _ in range(LOOPS)) / calls, flush=True)


def ask(interpreter, names):
    output = subprocess.run([interpreter, __file__, "--measure", ",".join(names)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: float(seconds) for name, seconds in map(str.split, output.splitlines())}


def compare(interpreters, names, rounds):
    samples = {name: [[] for _ in interpreters] for name in names}
    for turn in range(rounds):
        order = range(len(interpreters))
        for index in order if turn % 2 == 0 else reversed(order):
            for name, seconds in ask(interpreters[index], names).items():
                samples[name][index].append(seconds)
    print(f"{'microseconds a call':<24}" + "".join(f"{os.path.basename(path)[-12:]:>13}{'' if i == 0 else '  ratio'}" for i, path in enumerate(interpreters)))
    ratios = [[] for _ in interpreters]
    for name in names:
        line = f"{name:<24}"
        for index, values in enumerate(samples[name]):
            line += f"{statistics.median(values) * 1e6:>13.2f}"
            if index:
                ratios[index].append(statistics.median(a / b for a, b in zip(values, samples[name][0])))
                line += f"{ratios[index][-1]:>7.2f}"
        print(line)
    for path, told in list(zip(interpreters, ratios))[1:]:
        print(f"geometric mean, {path}: {math.exp(statistics.fmean(map(math.log, told))):.3f}")


def serve():
    """Runs in an interpreter of --threads: for each "kind calls threads" on stdin tells the seconds that so many threads take for so many calls each
    (or "kind calls threads shared")."""
    for line in sys.stdin:
        name, calls, threads, *shared = line.split()
        gate = threading.Barrier(int(threads) + 1)
        common = KINDS[name]() if shared else None

        def body():
            function = common or KINDS[name]()
            gate.wait()
            loop(function, int(calls))
            gate.wait()

        workers = [threading.Thread(target=body) for _ in range(int(threads))]
        for worker in workers:
            worker.start()
        gate.wait()
        began = time.perf_counter()
        gate.wait()
        print(time.perf_counter() - began, flush=True)
        for worker in workers:
            worker.join()


def side_by_side(interpreter, names, rounds, count, shared):
    servers = [subprocess.Popen([interpreter, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]

    def ask_servers(some, *words):
        for server in some:
            print(*words, file=server.stdin, flush=True)
        return max(float(server.stdout.readline()) for server in some)

    shares = []
    for name in names:
        calls = max(1, int(20 * SECONDS / max(ask_servers(servers[:1], name, 5, 1), 1e-7)))
        samples = []
        for turn in range(rounds):
            alone = ask_servers(servers, name, calls, 1)
            samples.append(alone / ask_servers(servers[:1], name, calls, count, *shared))
        shares.append(statistics.median(samples))
        print(f"{name:<24}{shares[-1]:>7.2f}", flush=True)
    print(f"geometric mean: {math.exp(statistics.fmean(map(math.log, shares))):.3f} of the throughput of {count} processes")
    for server in servers:
        server.stdin.close()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="*", metavar="INTERPRETER", help="a path or a name on PATH; the others are compared with the first")
    parser.add_argument("--only", metavar="PREFIX,…", help="kinds whose names begin so")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, metavar="N", help="compare N threads with N processes; one interpreter")
    parser.add_argument("--shared", action="store_true", help="with --threads: on the same data")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", metavar="NAME,…", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure.split(","))
    if options.serve:
        return serve()
    names = [name for name in KINDS if name.startswith(tuple(options.only.split(",")) if options.only else "")]
    found = [shutil.which(name) for name in options.interpreters]
    if not names or None in found or not found or options.rounds < 1:
        parser.error("there is no such kind, or no such interpreter")
    if options.threads is None:
        return compare(found, names, options.rounds)
    if len(found) != 1 or options.threads < 1:
        parser.error("--threads takes a number of threads and one interpreter")
    if options.shared:
        names = [name for name in names if name not in WRITERS]
    side_by_side(found[0], names, options.rounds, options.threads, ["shared"] if options.shared else [])


if __name__ == "__main__":
    sys.exit(main())
