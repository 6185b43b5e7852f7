#!/usr/bin/env python3
"""Random programs, run by Weft and by python3.11, many at once: what they print must be the same.

    differential.py [--interpreter build/ft/weft] [--seconds 60] [--programs N] [--seed N] [--keep FOLDER]   makes programs until the time is over
    differential.py --corpus                                                                                 runs those of tests/fuzz/corpus/differential
    differential.py --differences                                                                            runs those of tests/differences

tests/differences holds what may differ: in each file a program that shows it, whose docstring says why, what both print, and how to know it again:
"programs" is searched in the text of a program, "lines" tells how the first differing lines are to be unlike (any; reordered; numbers: in these alone;
memory: python3.11 has none left). A program that fits is counted by the file's name, and not reported.

Each program is made from a seed that is printed, catches its own exceptions and shows results by type and repr. One that differs, crashes or
hangs is made smaller by leaving out statements as long as the difference stays, and kept in FOLDER (build/differential). Exit status 1 if there was one.
"""

import argparse
import ast
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings

import grammar
import grammar_typed

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ORACLE = "/usr/bin/python3.11"
BATCH = 120  # blocks in one program: each start costs more than they do
HEAD = grammar.HEAD + grammar_typed.HEAD

def run(interpreter, source, folder, limit):
    path = os.path.join(folder, "program.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONWARNINGS="ignore", LC_ALL="C.UTF-8", PYTHONIOENCODING="utf-8:backslashreplace")
    sanitized = os.path.basename(os.path.dirname(interpreter)) in ("asan", "tsan")  # they reserve terabytes
    command = f"{'' if sanitized else 'ulimit -v 4000000; '}exec '{interpreter}' '{path}'"
    try:
        done = subprocess.run(["/bin/sh", "-c", command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit, cwd=folder)
    except subprocess.TimeoutExpired:
        return "no end"
    text = re.sub(rb"0x[0-9a-f]+", b"ADDRESS", done.stdout)
    return done.returncode, re.sub(rb"object at ADDRESS|at ADDRESS", b"ADDRESS", text)


def differs(options, pieces, folder):
    """Whether the two interpreters disagree; None if the oracle itself doesn't end well."""
    source = HEAD + "".join(pieces)
    expected = run(ORACLE, source, folder, options.limit)
    if expected == "no end" or expected[0] < 0:
        return None
    return run(options.interpreter, source, folder, options.limit * 3) != expected


def unsteady(options, program, folder):
    """Whether python3.11 doesn't always print the same: the digits of an address, sorted, say."""
    return len({run(ORACLE, HEAD + program, folder, options.limit) for _ in range(3)}) > 1


def first_difference(options, pieces, folder):
    """The first lines that aren't the same, of python3.11's output and of Weft's."""
    outputs = [run(interpreter, HEAD + "".join(pieces), folder, options.limit * 3) for interpreter in (ORACLE, options.interpreter)]
    if "no end" in outputs:
        return ["no end" if output == "no end" else f"status {output[0]}" for output in outputs]
    lines = [output[1].decode("utf-8", "backslashreplace").split("\n") + [f"status {output[0]}"] for output in outputs]
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


UNLIKE = {
    "any": lambda a, b: True,
    "reordered": lambda a, b: a != b and sorted(re.findall(r"\w+|\S", a)) == sorted(re.findall(r"\w+|\S", b)) and re.search(r"None|nan|<|ADDRESS|Thing", a),
    "numbers": lambda a, b: re.sub(r"-?\d+", "0", a) == re.sub(r"-?\d+", "0", b),
    "memory": lambda a, b: "MemoryError" in a,
}


def accepted(options, program, folder):
    """The name of the accepted difference that a program shows, or None."""
    outputs = [run(interpreter, HEAD + program, folder, options.limit * 3) for interpreter in (ORACLE, options.interpreter)]
    if "no end" in outputs or outputs[0][0] != outputs[1][0]:
        return None
    lines = [output[1].decode("utf-8", "backslashreplace").split("\n") for output in outputs]
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
    for piece in pieces:
        if differs(options, [piece], folder):
            break
    else:
        return "".join(pieces)
    smaller = True
    while smaller and time.monotonic() < until:
        smaller = False
        for candidate in without_statements(piece):
            if time.monotonic() > until:
                break
            if differs(options, [candidate], folder):
                piece, smaller = candidate, True
                break
    return piece


def hunt(options):
    found = made = 0
    known = {}
    seed = options.seed
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and made < options.programs:
            pieces = grammar_typed.Typed(seed).program(BATCH)
            made += len(pieces)
            try:
                different = differs(options, pieces, folder)
                while different is None and len(pieces) > 1:  # one of them is too much for python3.11: try a half
                    pieces = pieces[:len(pieces) // 2]
                    different = differs(options, pieces, folder)
            except KeyboardInterrupt:
                break
            if different:
                small = shrink(options, pieces, folder, time.monotonic() + options.shrink)
                name = "no steady output" if unsteady(options, small, folder) else accepted(options, small, folder)
                if name:
                    known[name] = known.get(name, 0) + 1
                    seed += 1
                    continue
                if not differs(options, [small], folder):  # the machine was too busy, say
                    print(f"seed {seed} differed, but doesn't any more", flush=True)
                    seed += 1
                    continue
                found += 1
                os.makedirs(options.keep, exist_ok=True)
                kept = os.path.join(options.keep, f"seed_{seed}.py")
                with open(kept, "w", encoding="utf-8") as file:
                    file.write(HEAD + small)
                print(f"seed {seed} differs: {kept}", *first_difference(options, [small], folder), sep="\n    ", flush=True)
            seed += 1
    print(f"seeds {options.seed} to {seed - 1}, {made} programs, {found} with a difference", *(f"and {n} of {name}" for name, n in sorted(known.items())), sep=", ")
    return found


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
            as_said = [output != "no end" and output[1].decode().strip() == fields[who] for output, who in zip(outputs, ("python3.11", "weft"))]
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
    parser.add_argument("--limit", type=float, default=10)
    parser.add_argument("--keep", default=os.path.join(ROOT, "build", "differential"))
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--differences", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    options.interpreter = os.path.abspath(options.interpreter)
    sys.exit(1 if (corpus(options) if options.corpus else differences(options) if options.differences else hunt(options)) else 0)


if __name__ == "__main__":
    main()
