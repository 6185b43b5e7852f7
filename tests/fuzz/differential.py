#!/usr/bin/env python3
"""Random programs, run by Weft and by python3.11, many at once: what they print must be the same.

    differential.py [--interpreter build/ft/weft] [--seconds 60] [--programs N] [--seed N] [--keep FOLDER]   makes programs until the time is over
    differential.py --wide …                                                                                 … of more kinds, where differences are still open
    differential.py --corpus                                                                                 runs those of tests/fuzz/corpus/differential
    differential.py --differences                                                                            runs those of tests/differences

tests/differences holds what may differ: in each file a program that shows it, whose docstring says why, what both print, and how to know it again:
"programs" is searched in the text of a program, "lines" tells how the differing lines are to be unlike (any; reordered; numbers: in these alone;
memory: python3.11 has none left; refused: only Weft refuses the keywords; events: in "line" events just before others). A program that fits is counted by the file's name, and not reported.

A program catches its own exceptions and shows results by type and repr. Many run in one process, as starting costs more than they do; what each prints is
compared by itself, and each that differs, crashes or hangs is looked at alone: made smaller by leaving out statements as long as the difference stays, and
kept in FOLDER (build/differential) under the seed of its batch. The rest of the batch then runs again without it, so that no difference hides another.
Exit status 1 if there was one.
"""

import argparse
import ast
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import grammar_library
import grammar_wide

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ORACLE = "/usr/bin/python3.11"
BATCH = 150  # programs in one process
HEAD = grammar_wide.HEAD
MARK = "=== program "
NO_END = "no end"


def run(interpreter, source, folder, limit):
    """The exit status (or NO_END after so many seconds of processor time) and what was printed."""
    path = os.path.join(folder, "program.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONWARNINGS="ignore", LC_ALL="C.UTF-8", PYTHONIOENCODING="utf-8:backslashreplace", TZ="UTC")
    sanitized = os.path.basename(os.path.dirname(interpreter)) in ("asan", "tsan")  # they reserve terabytes
    command = f"ulimit -t {limit:.0f}; {'' if sanitized else 'ulimit -v 4000000; '}exec '{interpreter}' '{path}'"
    try:
        done = subprocess.run(["/bin/sh", "-c", command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit * 20, cwd=folder)
        status, output = NO_END if -done.returncode in (signal.SIGXCPU, signal.SIGKILL) else done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, output = NO_END, late.stdout or b""
    text = re.sub(rb"0x[0-9a-f]+|(?<= id=')\d+", b"ADDRESS", output)
    return status, re.sub(rb"object at ADDRESS|at ADDRESS", b"ADDRESS", text).decode("utf-8", "backslashreplace")


def batch(pieces):
    """The source of a process that runs them all, and tells where each begins."""
    return HEAD + "".join(f"print('\\n{MARK}{i}', flush=True)\n{piece}" for i, piece in enumerate(pieces))


def parts(output):
    """What each of a batch's programs printed, as far as they were begun."""
    return re.split(f"\n{MARK}[0-9]+\n", "\n" + output)[1:]


def bad_end(status):
    return status == NO_END or status < 0


def differs(options, pieces, folder):
    """Whether the two interpreters disagree; None if the oracle itself doesn't end well."""
    source = batch(pieces)
    expected = run(ORACLE, source, folder, options.limit)
    if bad_end(expected[0]):
        return None
    return run(options.interpreter, source, folder, options.limit * 3) != expected


def unsteady(options, program, folder):
    """Whether python3.11 doesn't always print the same: the digits of an address, sorted, say."""
    return len({run(ORACLE, HEAD + program, folder, options.limit) for _ in range(3)}) > 1


def first_difference(options, pieces, folder):
    """The first lines that aren't the same, of python3.11's output and of Weft's."""
    outputs = [run(interpreter, HEAD + "".join(pieces), folder, options.limit * 3) for interpreter in (ORACLE, options.interpreter)]
    lines = [text.split("\n") + [f"status {status}"] for status, text in outputs]
    return next(([a[:160], b[:160]] for a, b in zip(*lines) if a != b), [])


def accepted_differences():
    """{name: fields of the docstring} of tests/differences."""
    found = {}
    folder = os.path.join(ROOT, "tests", "differences")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = ast.get_docstring(ast.parse(file.read()))
        found[name.removesuffix(".py")] = dict(re.findall(r"^([a-z0-9.]+): (.*)", text, re.MULTILINE))
    return found


def lines_more(a, b):
    """Whether b is a without some "line" events that stand after "exception" events or just before a frame is left; both may be cut off."""
    a, b = (re.findall(r"\('\w', (?:False|-?\d+)\)|[^()]+$", text) for text in (a, b))
    k = 0
    for i, event in enumerate(a):
        if k < len(b) and event == b[k]:
            k += 1
        elif event[:4] != "('l'" or (a[i - 1][:4] != "('e'" and "".join(a[i + 1:i + 2])[:4] not in ("('r'", "('e'")):
            return k == len(b) or i == len(a) - 1
    return True


UNLIKE = {
    "any": lambda a, b: True,
    "reordered": lambda a, b: a != b and sorted(re.findall(r"\w+|\S", a)) == sorted(re.findall(r"\w+|\S", b)) and re.search(r"None|nan|<|ADDRESS|Thing|coerce", a),
    "numbers": lambda a, b: re.sub(r"-?\d+", "0", a) == re.sub(r"-?\d+", "0", b),
    "memory": lambda a, b: "MemoryError" in a,
    "refused": lambda a, b: "keywords must be strings" in b,
    "events": lines_more,
}


def accepted(options, program, folder):
    """The name of the accepted difference that a program shows, or None."""
    outputs = [run(interpreter, HEAD + program, folder, options.limit * 3) for interpreter in (ORACLE, options.interpreter)]
    if outputs[0][0] == NO_END or outputs[0][0] != outputs[1][0]:
        return None
    lines = [text.split("\n") for status, text in outputs]
    unlike = [(a, b) for a, b in zip(*lines) if a != b]
    if not unlike or len(lines[0]) != len(lines[1]):
        return None
    for name, fields in accepted_differences().items():
        if re.search(fields.get("programs", ""), program) and all(UNLIKE[fields["lines"]](a, b) for a, b in unlike):
            return name
    return None


def without_statements(source):
    """The source with one statement of any body left out, each in turn."""
    tree = ast.parse(source)
    places = [(node, name, i) for node in ast.walk(tree) for name in ("body", "orelse", "finalbody", "handlers", "cases") if isinstance(getattr(node, name, None), list)
              for i in range(len(getattr(node, name)))]
    for node, name, i in places:
        kept = getattr(node, name)
        body = kept[:i] + kept[i + 1:]
        if not body and name == "body":
            if isinstance(node, ast.Module) or isinstance(kept[i], ast.Pass):
                continue
            body = [ast.Pass()]
        setattr(node, name, body)
        try:
            yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        except Exception:
            pass
        setattr(node, name, kept)


def shrink(options, pieces, folder, until):
    """The last of the pieces, made smaller; after those of the others that it needs to differ."""
    needed = [] if differs(options, pieces[-1:], folder) else pieces[:-1]
    part = len(needed)
    while part and time.monotonic() < until:
        part = (part + 1) // 2
        for start in range(0, len(needed), part):
            fewer = needed[:start] + needed[start + part:]
            if differs(options, fewer + pieces[-1:], folder):
                needed = fewer
                break
        else:
            part = part if part > 1 else 0
    piece, smaller = "".join(needed + pieces[-1:]), True
    while smaller and time.monotonic() < until:
        smaller = False
        for candidate in without_statements(piece):
            if time.monotonic() > until:
                break
            if differs(options, [candidate], folder):
                piece, smaller = candidate, True
                break
    return piece


def first_unlike(expected, got):
    """Which program of a batch is the first that differs, or None."""
    ours, theirs = parts(got[1]), parts(expected[1])
    unlike = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), None)
    if unlike is None and (expected[0] != got[0] or len(ours) != len(theirs)):
        return max(min(len(ours), len(theirs)) - 1, 0)
    return unlike


class Hunt:
    """What a hunt has seen: how many programs, which finds, and how often which accepted difference."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.found = self.made = self.left_out = 0
        self.known = {}

    def look(self, pieces, seed):
        """At the last of the pieces, which differed when it ran after the others."""
        options, folder = self.options, self.folder
        small = pieces[-1]
        name = accepted(options, small, folder)
        if not name:
            small = shrink(options, pieces, folder, time.monotonic() + options.shrink)
            if not differs(options, [small], folder):  # the machine was too busy, say
                print(f"seed {seed} differed, but doesn't any more", flush=True)
                return
            name = "no steady output" if unsteady(options, small, folder) else accepted(options, small, folder)
        if name:
            self.known[name] = self.known.get(name, 0) + 1
            return
        self.found += 1
        os.makedirs(options.keep, exist_ok=True)
        kept = os.path.join(options.keep, f"seed_{seed}_{len(pieces) - 1}.py")
        with open(kept, "w", encoding="utf-8") as file:
            file.write(HEAD + small)
        print(f"seed {seed} differs: {kept}", *first_difference(options, [small], folder), sep="\n    ", flush=True)

    def batch(self, pieces, seed):
        while pieces:
            source = batch(pieces)
            expected = run(ORACLE, source, self.folder, self.options.limit)
            begun = len(parts(expected[1]))
            if begun == 0:
                print(f"seed {seed}: python3.11 doesn't start: {expected}", flush=True)
                return
            if bad_end(expected[0]):  # the last one is too much for python3.11
                self.left_out += 1
                pieces = pieces[:begun - 1] + pieces[begun:]
                continue
            unlike = first_unlike(expected, run(self.options.interpreter, source, self.folder, self.options.limit * 3))
            if unlike is None:
                self.made += begun
                pieces = pieces[begun:]
            else:
                self.look(pieces[:unlike + 1], seed)
                self.made += 1
                pieces = pieces[:unlike] + pieces[unlike + 1:]


def hunt(options):
    seed = options.seed
    end = time.monotonic() + options.seconds
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a hunt that is stopped tells how far it came
    with tempfile.TemporaryDirectory() as folder:
        seen = Hunt(options, folder)
        grammar = grammar_wide.Wide if options.wide else grammar_library.Library
        try:
            while time.monotonic() < end and seen.made < options.programs:
                seen.batch(grammar(seed).program(BATCH), seed)
                seed += 1
        except KeyboardInterrupt:
            pass
    print(f"seeds {options.seed} to {seed - 1}, {seen.made} programs, {seen.found} with a difference", *(f"and {n} of {name}" for name, n in sorted(seen.known.items())),
          *([f"{seen.left_out} too much for python3.11"] if seen.left_out else []), sep=", ")
    return seen.found


def corpus(options):
    found = 0
    folder = os.path.join(HERE, "corpus", "differential")
    with tempfile.TemporaryDirectory() as work:
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                source = file.read()
            if run(options.interpreter, HEAD + source, work, 60) != run(ORACLE, HEAD + source, work, 60):
                found += 1
                print(f"corpus/differential/{name} differs")
    return found


def differences(options):
    """Whether each program of tests/differences prints what its docstring says."""
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        for name, fields in accepted_differences().items():
            with open(os.path.join(ROOT, "tests", "differences", name + ".py"), encoding="utf-8") as file:
                source = file.read()
            outputs = [run(interpreter, source, work, 60) for interpreter in (ORACLE, options.interpreter)]
            as_said = [output[1].strip() == fields[who] for output, who in zip(outputs, ("python3.11", "weft"))]
            if "varies" not in fields and not all(as_said):
                wrong += 1
                print(f"tests/differences/{name}.py: {outputs}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interpreter", default=os.path.join(ROOT, "build", "ft", "weft"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--programs", type=int, default=10 ** 9, help="how many, if the time allows")
    parser.add_argument("--seed", type=int, default=random.randrange(10 ** 6))
    parser.add_argument("--shrink", type=float, default=20, help="seconds for making a program smaller (%(default)s)")
    parser.add_argument("--limit", type=float, default=5, help="seconds of processor time for a batch, and three times as many for Weft (%(default)s)")
    parser.add_argument("--keep", default=os.path.join(ROOT, "build", "differential"))
    parser.add_argument("--wide", action="store_true", help="of more kinds (grammar_wide.py), where differences are still open")
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--differences", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    options.interpreter = os.path.abspath(options.interpreter)
    sys.exit(1 if (corpus(options) if options.corpus else differences(options) if options.differences else hunt(options)) else 0)


if __name__ == "__main__":
    main()
