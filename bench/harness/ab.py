"""The body of bench/ab: measures Weft's two builds side by side, prints a table, and stores data and a picture.

Bundled scripts tell how long their parallel phase took, so start-up isn't counted. Each round runs every
configuration once, the order reversed from round to round, so that a drift of the machine hits all alike:

  ft, gil with 1 thread and with N threads      speed-up is the same build's 1-thread time divided by this one's
  ft in N processes side by side                each does the whole work alone, at the same time as the others:
                                                the machine's own ceiling for N threads

"of ceiling" is the throughput of N threads divided by that of the N processes. Figures are medians over the
rounds; the interval beside them holds the true median with the confidence told above the table. "result" tells
whether the output was python3.11's in every run. Each child checks that its GIL is on or off as it should be.

A script of your own is run as it is under both builds and under python3.11, and measured as a whole process.
"""

import argparse
import json
import math
import os
import signal
import sys
import time

import measure
import picture
from measure import children


class Configuration:
    """One line of the table: an interpreter, and how many threads or processes. Holds the samples."""

    def __init__(self, interpreter, threads, processes=1):
        self.interpreter = interpreter
        self.threads = threads
        self.processes = processes
        self.samples = []
        self.verdict = "ok"

    def label(self):
        return f"{self.processes} processes" if self.processes > 1 else str(self.threads or "")

    def walls(self):
        return [sample.wall for sample in self.samples]

    def fault(self):
        return self.verdict if self.verdict != "ok" else None

    def take(self, sample, expected):
        self.samples.append(sample)
        if sample.problem:
            self.verdict = sample.problem
        elif sample.output != expected:
            self.verdict = "output differs from python3.11's"

    def data(self):
        return {"build": self.interpreter.name, "threads": self.threads, "processes": self.processes,
                "result": self.verdict, "wall": [s.wall for s in self.samples], "cpu": [s.cpu for s in self.samples]}


def paired(over, under, factor=1.0):
    """The ratios over/under of runs of the same round, or None where one is missing."""
    if over is None or under is None or over.fault() or under.fault():
        return None
    return [factor * a / b for a, b in zip(over.walls(), under.walls()) if b > 0] or None


def with_interval(values, format):
    low, high = measure.interval(values)
    return f"{measure.median(values):{format}}", f"{low:{format}}…{high:{format}}"


# --- bundled scripts ----------------------------------------------------------------------------------------

HEADER = (f"{'script':<18} {'build':<5} {'threads':>11}  {'wall s':>7} {'interval':>13}  {'CPU s':>7}  "
          f"{'speed-up':>8} {'interval':>11}  {'of ceiling':>10} {'interval':>11}  result")


def configurations(threads):
    ft, gil = measure.weft("ft"), measure.weft("gil")
    chosen = [Configuration(ft, 1), Configuration(gil, 1)]
    if threads > 1:
        chosen += [Configuration(ft, threads), Configuration(gil, threads), Configuration(ft, 1, threads)]
    return chosen


def measure_script(script, options, progress, note):
    """All rounds of one bundled script; returns its configurations, samples taken."""
    arguments = ["--time", "--scale", str(options.scale)]
    chosen = configurations(options.threads)
    progress.tell(f"{note} {script.name}: python3.11's result")
    oracle = children.run([children.ORACLE, "-B", script.path, *arguments], options.timeout)
    if oracle.complaint():
        for configuration in chosen:
            configuration.verdict = f"python3.11 itself: {oracle.complaint()}"
        return chosen
    for turn in range(options.rounds):
        for configuration in chosen if turn % 2 == 0 else reversed(chosen):
            if configuration.fault():
                continue  # what is broken isn't run again
            progress.tell(f"{note} {script.name}: round {turn + 1} of {options.rounds}, "
                          f"{configuration.interpreter.name} {configuration.label()}")
            command = configuration.interpreter.command(script.path, *arguments)
            if configuration.processes > 1:
                sample = measure.run_side_by_side(command + ["--wait"], configuration.processes, options.timeout)
            else:
                sample = measure.run_phase(command + ["--threads", str(configuration.threads)], options.timeout)
            configuration.take(sample, oracle.stdout)
    progress.clear()
    return chosen


def find(chosen, build, threads, processes=1):
    return next((c for c in chosen if (c.interpreter.name, c.threads, c.processes) == (build, threads, processes)), None)


def ratios(chosen, threads):
    """{(build, threads, processes): (speed-ups, shares of the ceiling)}, None for what can't be told."""
    ceiling = find(chosen, "ft", 1, threads) if threads > 1 else None
    told = {}
    for c in chosen:
        one = find(chosen, c.interpreter.name, 1)
        speedups = paired(one, c, c.processes)
        shares = paired(ceiling, c, 1 / threads) if c.threads == threads > 1 else None
        told[c.interpreter.name, c.threads, c.processes] = speedups, shares
    return told


def table_lines(script, chosen, threads):
    told = ratios(chosen, threads)
    lines = []
    for c in sorted(chosen, key=lambda c: (c.processes, c.interpreter.name, c.threads)):
        name = script.name if not lines else ""
        line = f"{name:<18} {c.interpreter.name:<5} {c.label():>11}  "
        if c.fault():
            lines.append(f"{line}{c.fault()}")
            continue
        speedups, shares = told[c.interpreter.name, c.threads, c.processes]
        wall, wall_interval = with_interval(c.walls(), ".3f")
        line += f"{wall:>7} {wall_interval:>13}  {measure.median([s.cpu for s in c.samples]):>7.3f}  "
        for values, width in ((speedups if c.label() != "1" else None, 8), (shares, 10)):
            middle, around = with_interval(values, ".2f") if values else ("", "")
            line += f"{middle:>{width}} {around:>11}  "
        lines.append(line + "ok")
    return lines


def summary(results, threads):
    """Geometric means over the scripts without a fault."""
    lines = []
    compute = [(script, chosen) for script, chosen in results
               if script.group != "contended" and not any(c.fault() for c in chosen)]
    contended = [script.name for script, _ in results if script.group == "contended"]
    if not compute:
        return lines
    if threads > 1:
        for build in ("ft", "gil"):
            told = [ratios(chosen, threads)[build, threads, 1] for _, chosen in compute]
            speedup = measure.geometric_mean(measure.median(speedups) for speedups, _ in told)
            share = measure.geometric_mean(measure.median(shares) for _, shares in told)
            lines.append(f"{build}, {threads} threads: {speedup:.2f} times the speed of 1 thread, "
                         f"{share:.3f} of the ceiling")
        lowest, name = min((measure.median(ratios(chosen, threads)["ft", threads, 1][1]), script.name)
                           for script, chosen in compute)
        lines.append(f"ft, {threads} threads, lowest share of the ceiling: {lowest:.3f} ({name})")
    one = measure.geometric_mean(measure.median(paired(find(chosen, "ft", 1), find(chosen, "gil", 1)))
                                 for _, chosen in compute)
    lines.append(f"1 thread: ft takes {one:.3f} times as long as gil")
    excluded = f", without {', '.join(contended)}, whose threads contend on purpose" if contended else ""
    return [f"Geometric means over {len(compute)} scripts{excluded}:"] + ["  " + line for line in lines]


def markdown(results, options, machine):
    """The medians as a table for a document."""
    n = options.threads
    lines = [f"{machine['processor']}, {machine['cores']} cores; medians of {options.rounds} rounds; scale {options.scale:g}; seconds of the parallel phase.",
             "", f"| script | ft, 1 thread | ft, {n} | speed-up | of {n} processes | gil, 1 thread | gil, {n} | speed-up |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for script, chosen in results:
        told, cells = ratios(chosen, n), [script.name]
        for build in ("ft", "gil"):
            one, many = find(chosen, build, 1), find(chosen, build, n)
            cells += [c.fault() or f"{measure.median(c.walls()):.3f}" for c in (one, many)]
            speedups, shares = told[build, n, 1]
            cells.append(f"{measure.median(speedups):.2f}" if speedups else "")
            if build == "ft":
                cells.append(f"{measure.median(shares):.2f}" if shares else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines + [""] + [line.strip() + "  " for line in summary(results, n)]) + "\n"


def chart(results, threads):
    """The speed-ups as groups of bars for picture.bars()."""
    groups = []
    for script, chosen in results:
        told = ratios(chosen, threads)
        bars = []
        for c, colour, label in ((find(chosen, "ft", threads), "#2a7f62", f"ft, {threads} threads"),
                                 (find(chosen, "gil", threads), "#c8553d", f"gil, {threads} threads"),
                                 (find(chosen, "ft", 1, threads), "#9aa5b1", f"ft, {threads} processes (the ceiling)")):
            speedups = told[c.interpreter.name, c.threads, c.processes][0]
            if speedups:
                bars.append((label, colour, measure.median(speedups), *measure.interval(speedups)))
        groups.append((script.name, bars))
    return groups


def run_bundled(options):
    scripts = measure.bundled(options.only)
    progress = measure.Progress()
    print(f"{options.rounds} rounds; intervals hold the median with {measure.coverage(options.rounds):.1%} confidence; "
          f"scale {options.scale:g}")
    print(HEADER)
    results = []
    interrupted = False
    try:
        for number, script in enumerate(scripts, 1):
            chosen = measure_script(script, options, progress, f"[{number}/{len(scripts)}]")
            results.append((script, chosen))
            print("\n".join(table_lines(script, chosen, options.threads)), flush=True)
    except KeyboardInterrupt:
        children.kill_all()
        progress.clear()
        interrupted = True
    print("\n".join(summary(results, options.threads)))
    data = {"kind": "bundled", "options": vars(options), "machine": measure.machine(),
            "scripts": [{"name": script.name, "group": script.group, "runs": [c.data() for c in chosen]}
                        for script, chosen in results]}
    images = {}
    if options.threads > 1 and results:
        images["svg"] = picture.bars(
            f"Speed-up over one thread of the same build: {options.threads} threads, {data['machine']['processor']}",
            chart(results, options.threads), "times as fast")
        images["md"] = markdown(results, options, data["machine"])
    return data, images, [f"{script.name}, {c.interpreter.name} {c.label()}: {c.fault()}"
                          for script, chosen in results for c in chosen if c.fault()], interrupted


# --- a script of the user's ---------------------------------------------------------------------------------

def run_own(options):
    if not os.path.isfile(options.script):
        sys.exit(f"bench/ab: there is no file {options.script}")
    progress = measure.Progress()
    chosen = [Configuration(measure.weft("ft"), None), Configuration(measure.weft("gil"), None),
              Configuration(measure.Interpreter("python3.11", children.ORACLE), None)]
    expected = None
    interrupted = False
    try:
        for turn in range(options.rounds):
            # python3.11 goes first in the first round: its output is what the others are held against.
            for c in reversed(chosen) if turn % 2 == 0 else chosen:
                if c.fault():
                    continue
                progress.tell(f"round {turn + 1} of {options.rounds}: {c.interpreter.name}")
                sample = measure.run_whole(c.interpreter.command(options.script, *options.arguments), options.timeout)
                if expected is None and c is chosen[-1]:
                    expected = sample.output
                c.take(sample, expected)
    except KeyboardInterrupt:
        children.kill_all()
        interrupted = True
    progress.clear()
    chosen = [c for c in chosen if c.samples]
    gil = next((c for c in chosen if c.interpreter.name == "gil"), None)
    rounds = min((len(c.samples) for c in chosen if not c.fault()), default=1)
    print(f"{options.script}: whole processes, {rounds} rounds; intervals hold the median with "
          f"{measure.coverage(rounds):.1%} confidence")
    print(f"{'build':<11} {'wall s':>8} {'interval':>15}  {'CPU s':>8}  {'against gil':>11} {'interval':>11}  result")
    for c in chosen:
        line = f"{c.interpreter.name:<11} "
        # Where only the output differs, the times are still worth something.
        if c.fault() and not c.fault().startswith("output"):
            print(f"{line}{c.fault()}")
            continue
        wall, around = with_interval(c.walls(), ".3f")
        line += f"{wall:>8} {around:>15}  {measure.median([s.cpu for s in c.samples]):>8.3f}  "
        values = paired(gil, c) if c is not gil else None
        middle, around = with_interval(values, ".2f") if values else ("", "")
        print(f"{line}{middle:>11} {around:>11}  {c.verdict}")
    data = {"kind": "own", "options": vars(options), "machine": measure.machine(),
            "runs": [c.data() for c in chosen]}
    bars = [(c.interpreter.name, "#2a7f62", measure.median(c.walls()), *measure.interval(c.walls()))
            for c in chosen if not c.fault()]
    images = {"svg": picture.bars(f"{os.path.basename(options.script)}: seconds",
                                  [(bar[0], [("wall time", *bar[1:])]) for bar in bars], "seconds")} if bars else {}
    return data, images, [f"{c.interpreter.name}: {c.fault()}" for c in chosen if c.fault()], interrupted


def parse():
    parser = argparse.ArgumentParser(prog="bench/ab", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)

    def positive(kind):
        def convert(text):
            value = kind(text)
            if not 0 < value < math.inf:
                raise ValueError
            return value
        convert.__name__ = "number above 0"
        return convert

    cores = len(os.sched_getaffinity(0))
    parser.add_argument("-t", "--threads", type=positive(int), default=cores,
                        help="N, for the bundled scripts (default: the cores, %(default)s here)")
    parser.add_argument("-r", "--rounds", type=positive(int), default=6, help="default: %(default)s")
    parser.add_argument("-s", "--scale", type=positive(float), default=1.0,
                        help="how much work a bundled script has (default: %(default)s)")
    parser.add_argument("--only", metavar="NAME,…", help="these bundled scripts only")
    parser.add_argument("--timeout", type=positive(float), help="seconds for one run (default: 300; own scripts: 3600)")
    parser.add_argument("--no-build", action="store_true", help="first word only: measure what is built already")
    parser.add_argument("script", nargs="?", help="a script of yours")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    options = parser.parse_args()
    if options.timeout is None:
        options.timeout = 3600 if options.script else 300
    return options


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    options = parse()
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    machine = measure.machine()
    print(f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}")
    measure.warn_if_busy()
    data, images, faults, interrupted = run_own(options) if options.script else run_bundled(options)
    stamp = time.strftime("ab-%Y%m%d-%H%M%S-") + str(os.getpid())
    try:
        print("raw data:", measure.store("json", stamp, json.dumps(data, indent=1)))
        for kind, image in images.items():
            print("picture: " if kind == "svg" else "table:   ", measure.store(kind, stamp, image))
    except OSError as problem:
        print(f"bench/ab: the results can't be stored: {problem}", file=sys.stderr)
        faults.append(str(problem))
    if faults:
        print("\nWent wrong:\n  " + "\n  ".join(faults), file=sys.stderr)
    if interrupted:
        print("interrupted: the table holds what was measured until then", file=sys.stderr)
        return 130
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
