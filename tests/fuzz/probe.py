#!/usr/bin/env python3
"""Every function of builtins and every method of the built-in types, called with many combinations of values: results and messages must be python3.11's.

    probe.py [--interpreter build/ft/weft] [TYPE ...]     shows what differs: how often by name, and the first lines of each

Run under the interpreter itself with --list, it prints a line for each call.
"""
import array
import builtins
import collections
import datetime
import itertools
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ORACLE = "/usr/bin/python3.11"
HUGE = 10 ** 30
VALUES = [0, -1, 2, 1.5, "a", b"a", None, [1], (1,), {}, object, len, HUGE, "", range(3), True, slice(1), iter([])]
KEYWORDS = "x", "key", "sep", "maxsplit", "encoding", "old", "value", "self", "n", "start", "iterable", "default"
UNSAFE = {"input", "exit", "quit", "print", "help", "breakpoint", "open", "id", "copyright", "credits", "license", "exec", "eval", "compile", "globals", "locals", "vars", "dir",
          "__import__", "hash", "__build_class__"}
OWN = {"__subclasshook__", "__init_subclass__", "__sizeof__", "__reduce_ex__", "__reduce__", "__dir__", "__doc__", "__getstate__", "__hash__", "mro", "__subclasses__",
       "__builtins__", "__globals__", "__code__", "today", "now", "utcnow", "buffer_info", "co_lines", "co_positions", "_co_code_adaptive", "_varname_from_oparg"}
BIG = {"__lshift__", "__pow__", "__rpow__", "__round__", "__rlshift__"}
MAKERS = {
    "str": lambda: "abc Abc", "bytes": lambda: b"abc", "bytearray": lambda: bytearray(b"abc"), "list": lambda: [3, 1, 2], "tuple": lambda: (1, 2), "dict": lambda: {"a": 1},
    "set": lambda: {1, 2}, "frozenset": lambda: frozenset({1}), "int": lambda: 5, "float": lambda: 2.5, "complex": lambda: 1 + 2j, "range": lambda: range(5),
    "slice": lambda: slice(1, 2), "memoryview": lambda: memoryview(b"abcd"), "deque": lambda: collections.deque([1, 2]), "Counter": lambda: collections.Counter("ab"),
    "OrderedDict": lambda: collections.OrderedDict(a=1), "defaultdict": lambda: collections.defaultdict(int), "date": lambda: datetime.date(2020, 1, 2),
    "datetime": lambda: datetime.datetime(2020, 1, 2, 3), "timedelta": lambda: datetime.timedelta(1), "time": lambda: datetime.time(1, 2), "array": lambda: array.array("i", [1, 2]),
    "generator": lambda: (x for x in [1]), "property": lambda: property(len), "ValueError": lambda: ValueError(1), "function": lambda: (lambda x: x), "bool": lambda: True,
    "None": lambda: None, "keys": lambda: {"a": 1}.keys(), "items": lambda: {"a": 1}.items(), "enumerate": lambda: enumerate([1]), "zip": lambda: zip([1]), "method": lambda: [].append,
}
CHANGING = {"list", "dict", "set", "bytearray", "deque", "array"}


def shown(x):
    try:
        text = repr(x)
    except Exception as error:
        text = "!" + type(error).__name__
    return re.sub(r" at 0x[0-9a-f]+", "", text)[:80]


def outcome(call):
    try:
        return "gives " + shown(call())
    except BaseException as error:
        return type(error).__name__ + " " + re.sub(r" at 0x[0-9a-f]+", "", str(error))[:140]


def combinations():
    yield ()
    yield from ((value,) for value in VALUES)
    yield from itertools.product(VALUES[::2], repeat=2)
    yield from itertools.product(VALUES[::5], VALUES[::6], VALUES[::7])


def list_functions():
    for name in sorted(vars(builtins)):
        function = getattr(builtins, name)
        if name in UNSAFE or name.startswith("_") or not callable(function) or isinstance(function, type) and issubclass(function, BaseException):
            continue
        for arguments in combinations():
            if HUGE in arguments and name in ("pow", "round"):
                continue
            print("builtins", name, shown(arguments), outcome(lambda: function(*arguments)))
        for word in KEYWORDS:
            print("builtins", name, word, outcome(lambda: function(**{word: 1})))


def list_methods(kind):
    make = MAKERS[kind]
    for name in sorted(set(dir(make())) - OWN):
        member = getattr(make(), name, None)
        if not callable(member):
            continue
        for arguments in combinations():
            if HUGE in arguments and name in BIG:
                continue
            subject = make()
            print(kind, name, shown(arguments), outcome(lambda: getattr(subject, name)(*arguments)), shown(subject) if kind in CHANGING else "")
        for word in KEYWORDS:
            print(kind, name, word, outcome(lambda: getattr(make(), name)(**{word: 1})))


def main(arguments):
    if arguments[:1] == ["--list"]:
        for kind in arguments[1:] or ["builtins", *MAKERS]:
            list_functions() if kind == "builtins" else list_methods(kind)
        return 0
    interpreter = os.path.join(ROOT, "build", "ft", "weft")
    if arguments[:1] == ["--interpreter"]:
        interpreter, arguments = os.path.abspath(arguments[1]), arguments[2:]
    runs = [subprocess.run([command, "-W", "ignore", __file__, "--list", *arguments], stdout=subprocess.PIPE, env=dict(os.environ, PYTHONHASHSEED="0"))
            for command in (ORACLE, interpreter)]
    expected, found = (run.stdout.decode("utf-8", "backslashreplace").splitlines() for run in runs)
    if runs[1].returncode:
        print(f"{interpreter} ends with status {runs[1].returncode} after: {found[-1] if found else 'nothing'}")
    differing = collections.defaultdict(list)
    unlike = set(expected) ^ set(found)
    for line in expected + found:
        if line in unlike:
            differing[" ".join(line.split(" ", 2)[:2])].append(line)
    for name, lines in sorted(differing.items(), key=lambda item: -len(item[1])):
        print(f"{name}: {len(lines)} lines", lines[0], lines[len(lines) // 2], sep="\n    ")
    print(f"{len(expected)} calls, {sum(map(len, differing.values())) // 2} of them differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
