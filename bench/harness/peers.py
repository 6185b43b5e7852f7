"""The body of bench/peers: the bundled scripts with one thread under any interpreters, compared with the first.

An interpreter is a path, a name on PATH, or "ft" or "gil" for Weft's own builds (whose GIL each child then checks).
All are run by turns in the same session, the order reversed from round to round. Times are those of the scripts'
timed phase, medians over the rounds; a ratio is this interpreter's figure divided by the first one's, taken
within each round, so below 1 is faster. The last line, start-up, is "-c pass" as a whole process.

--instructions counts user-space instructions instead of time, with perf where it's allowed, else with valgrind at
small scale: those of a run at full scale less those of one at a tenth of it, which leaves start-up out.

--limit R makes the exit status 1 if some interpreter's geometric mean against the first is above R:
bench/peers --limit 1.03 gil ft.
"""

import argparse
import json
import math
import os
import re
import shutil
import signal
import sys
import tempfile
import time

import measure
from measure import children

STARTS = 5  # start-ups in each round
WORDS = {"seconds": (1, "s", "{:.3f}"), "instructions": (1e6, "million", "{:.1f}")}


def named(name):
    """The Interpreter that a word on the command line means."""
    if name in ("ft", "gil") and not os.path.isfile(name):
        return measure.weft(name)
    if name == "python3.11":
        return measure.Interpreter(name, children.ORACLE)
    path = shutil.which(name)
    if not path:
        sys.exit(f"bench/peers: there is no interpreter {name}")
    return measure.Interpreter(name, os.path.abspath(path))


# --- instructions -------------------------------------------------------------------------------------------

class Perf:
    """Counts instructions by the processor's own counter."""

    name = "perf"
    small = 0.3

    @staticmethod
    def works():
        if not shutil.which("perf"):
            return False
        outcome = children.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], 10)
        return outcome.status == 0 and re.search(rb"^\d+,", outcome.stderr, re.MULTILINE) is not None

    @staticmethod
    def count(command, timeout):
        with tempfile.NamedTemporaryFile() as file:
            outcome = children.run(["perf", "stat", "-x,", "-e", "instructions:u", "-o", file.name, *command], timeout)
            found = re.search(rb"^(\d+),", file.read(), re.MULTILINE)
        return outcome, int(found[1]) if found else None


class Callgrind:
    """Counts instructions by simulation: about fifty times slower, but allowed everywhere."""

    name = "valgrind --tool=callgrind"
    small = 0.05

    @staticmethod
    def works():
        return bool(shutil.which("valgrind"))

    @staticmethod
    def count(command, timeout):
        with tempfile.TemporaryDirectory() as folder:
            outcome = children.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
                                    "--trace-children=no", *command], timeout)
        found = re.search(rb"refs:\s+([\d,]+)", outcome.stderr)
        return outcome, int(found[1].replace(b",", b"")) if found else None


class Instructions:
    """The measure "instructions"."""

    unit = "instructions"

    def __init__(self, options):
        self.counter = next((counter for counter in (Perf, Callgrind) if counter.works()), None)
        if not self.counter:
            sys.exit("bench/peers: neither perf nor valgrind can count instructions here")
        self.scale = options.scale or self.counter.small
        self.timeout = options.timeout
        self.source = f"instructions counted by {self.counter.name}"

    def one(self, command):
        outcome, count = self.counter.count(command, self.timeout)
        problem = outcome.complaint()
        if not problem and count is None:
            problem = f"{self.counter.name} told no count"
        return outcome.stdout, count, problem

    def script(self, interpreter, script, scale):
        output, all_of_it, problem = self.one(interpreter.command(script.path, "--scale", str(scale)))
        if problem:
            return output, math.nan, problem
        _, tenth, problem = self.one(interpreter.command(script.path, "--scale", str(scale / 10)))
        return output, (math.nan if problem else all_of_it - tenth), problem

    def start(self, interpreter):
        _, count, problem = self.one([interpreter.path, "-c", "pass"])
        return count, problem


class Seconds:
    """The measure "seconds"."""

    unit = "seconds"
    source = "times of the timed phase"

    def __init__(self, options):
        self.scale = options.scale or 1.0
        self.timeout = options.timeout

    def script(self, interpreter, script, scale):
        sample = measure.run_phase(interpreter.command(script.path, "--time", "--scale", str(scale)), self.timeout)
        return sample.output, sample.wall, sample.problem

    def start(self, interpreter):
        samples = [measure.run_whole([interpreter.path, "-c", "pass"], self.timeout) for _ in range(STARTS)]
        problem = next((sample.problem for sample in samples if sample.problem), None)
        return measure.median([sample.wall for sample in samples]), problem


# --- the table ----------------------------------------------------------------------------------------------

class Row:
    """A script's (or start-up's) figures: for each interpreter one value a round, or a fault."""

    def __init__(self, name, group, count):
        self.name = name
        self.group = group
        self.values = [[] for _ in range(count)]
        self.faults = [None] * count

    def ratios(self, index):
        """This interpreter's values divided by the first one's, or None."""
        if self.faults[0] or self.faults[index]:
            return None
        return [mine / first for mine, first in zip(self.values[index], self.values[0]) if first > 0 and mine > 0] or None

    def line(self, unit):
        factor, _, shape = WORDS[unit]
        text = f"{self.name:<18}"
        for index, values in enumerate(self.values):
            if self.faults[index] or not values:
                text += f"  {'failed':>9}" + (f" {'':>19}" if index else "")
                continue
            text += f"  {shape.format(measure.median(values) / factor):>9}"
            if index:
                ratios = self.ratios(index)
                low, high = measure.interval(ratios) if ratios else (0, 0)
                text += f" {measure.median(ratios):>6.3f} {f'{low:.3f}…{high:.3f}':>12}" if ratios else f" {'':>19}"
        return text


def fill(row, interpreters, rounds, take):
    """Runs take(interpreter) -> (value, fault) for each interpreter in each round."""
    for turn in range(rounds):
        order = range(len(interpreters))
        for index in order if turn % 2 == 0 else reversed(order):
            if row.faults[index] is None:
                value, row.faults[index] = take(interpreters[index])
                if row.faults[index] is None:
                    row.values[index].append(value)


def means(rows, interpreters):
    """[(title, [geometric mean against the first, None without one]), …]"""
    scripts = [row for row in rows if row.group != "start"]
    lines = []
    for title, chosen in (("all", scripts), ("numeric", [row for row in scripts if row.group == "numeric"])):
        line = []
        for index in range(len(interpreters)):
            told = [measure.median(ratios) for ratios in (row.ratios(index) for row in chosen) if ratios]
            line.append((measure.geometric_mean(told), len(told)) if told else None)
        if any(line):
            lines.append((title, line))
    return lines


def markdown(rows, interpreters, unit, caption):
    """The medians as a table for a document."""
    factor, word, shape = WORDS[unit]
    names = [os.path.basename(interpreter.name) for interpreter in interpreters]
    head = ["script", *(f"{name}, {word}" for name in names), *(f"{name} / {names[0]}" for name in names[1:])]
    lines = [caption, "", f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for row in rows:
        cells = [row.name]
        cells += [shape.format(measure.median(values) / factor) if values else "failed" for values in row.values]
        told = [row.ratios(index) for index in range(1, len(names))]
        cells += [f"{measure.median(ratios):.3f}" if ratios else "" for ratios in told]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(line + "  " for line in mean_lines(rows, interpreters))]) + "\n"


def mean_lines(rows, interpreters):
    return [f"geometric mean, {title}: " + "; ".join(
                f"{os.path.basename(interpreter.name)} {told[0]:.3f} ({told[1]} scripts)" if told else f"{interpreter.name} none"
                for interpreter, told in list(zip(interpreters, line))[1:])
            for title, line in means(rows, interpreters) if len(interpreters) > 1]


def parse():
    parser = argparse.ArgumentParser(prog="bench/peers", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="+", metavar="INTERPRETER")
    parser.add_argument("-i", "--instructions", action="store_true", help="count instructions instead of time")
    parser.add_argument("-r", "--rounds", type=int, help="default: 6, with --instructions 1")
    parser.add_argument("-s", "--scale", type=float, help="how much work a script has (default: 1, or what the "
                                                          "instruction counter can bear)")
    parser.add_argument("--only", metavar="NAME,…", help="these bundled scripts only")
    parser.add_argument("--limit", type=float, metavar="R", help="the highest geometric mean that is good enough")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one run (default: %(default)g)")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.instructions else 6)
    if options.rounds < 1 or (options.scale is not None and not options.scale > 0):
        parser.error("rounds and scale must be above 0")
    return options


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    options = parse()
    signal.signal(signal.SIGTERM, interrupt)
    interpreters = [named(name) for name in options.interpreters]
    kind = (Instructions if options.instructions else Seconds)(options)
    scripts = measure.bundled(options.only)
    machine = measure.machine()
    print(f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}; {kind.source}; "
          f"scale {kind.scale:g}; {options.rounds} rounds, intervals of {measure.coverage(options.rounds):.1%} confidence")
    measure.warn_if_busy()
    for interpreter in interpreters:
        print(f"  {interpreter.name}: {interpreter.path}")
    unit = WORDS[kind.unit][1]
    print(f"{'script':<18}" + "".join(
        f"  {unit:>9}" if index == 0 else f"  {os.path.basename(interpreter.name)[-9:]:>9} {'ratio':>6} {'interval':>12}"
        for index, interpreter in enumerate(interpreters)))

    progress = measure.Progress()
    rows, interrupted = [], False
    try:
        for script in scripts:
            row = Row(script.name, script.group, len(interpreters))
            oracle = children.run([children.ORACLE, "-B", script.path, "--scale", str(kind.scale)], options.timeout)

            def take(interpreter):
                progress.tell(f"[{len(rows) + 1}/{len(scripts)}] {script.name}: {interpreter.name}")
                output, value, fault = kind.script(interpreter, script, kind.scale)
                if not fault and output != oracle.stdout:
                    fault = "output differs from python3.11's"
                return value, fault

            fill(row, interpreters, options.rounds, take)
            rows.append(row)
            progress.clear()
            print(row.line(kind.unit), flush=True)
        row = Row("start-up", "start", len(interpreters))
        fill(row, interpreters, options.rounds, kind.start)
        rows.append(row)
        print(row.line(kind.unit))
    except KeyboardInterrupt:
        children.kill_all()
        progress.clear()
        interrupted = True

    status = 0
    for line in mean_lines(rows, interpreters):
        print(line)
    for title, line in means(rows, interpreters):
        if options.limit and title == "all" and any(told is None or told[0] > options.limit for told in line[1:]):
            print(f"above the limit of {options.limit:g}", file=sys.stderr)
            status = 1
    for row in rows:
        for interpreter, fault in zip(interpreters, row.faults):
            if fault:
                print(f"{row.name}, {interpreter.name}: {fault}", file=sys.stderr)
                status = 1
    stamp = time.strftime("peers-%Y%m%d-%H%M%S-") + str(os.getpid())
    try:
        print("raw data:", measure.store("json", stamp, json.dumps({
            "kind": "peers", "unit": kind.unit, "options": vars(options), "machine": machine, "scale": kind.scale,
            "scripts": [{"name": row.name, "group": row.group, "values": row.values, "faults": row.faults}
                        for row in rows]}, indent=1)))
        caption = (f"{machine['processor']}, {machine['cores']} cores; {kind.source}; medians of {options.rounds} rounds; "
                   f"scale {kind.scale:g}.")
        print("table:   ", measure.store("md", stamp, markdown(rows, interpreters, kind.unit, caption)))
    except OSError as problem:
        print(f"bench/peers: the results can't be stored: {problem}", file=sys.stderr)
        status = 1
    if interrupted:
        print("interrupted: the table holds what was measured until then", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
