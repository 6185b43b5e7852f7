#!/usr/bin/env python3.11
"""What built-in types and the library's C modules cost, one thread, under any interpreters, compared with the first:

    bench/library.py python3.11 build/ft/weft build/gil/weft
    bench/library.py --only json,pickle --rounds 9 python3.11 build/ft/weft
    bench/library.py --threads 2 build/ft/weft

Each kind is a function of KINDS, called in a loop of some hundredths of a second. The interpreters take turns, the order reversed from
round to round; told are medians over the rounds, microseconds a call, and this interpreter's time divided by the first one's: below 1
is faster. The last line is the geometric mean of those ratios.

With --threads N, N threads of one process are compared with N processes that run side by side, each thread on data of its own: told is
the threads' throughput divided by the processes', the machine's own ceiling.
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

SECONDS = 0.03  # of a kind's loop
LOOPS = 3  # of which the quickest counts: the first one finds caches cold
KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


# --- the kinds: each makes what it needs and returns the function to be timed ------------------------------------------

TEXT = "the quick brown fox jumps over the lazy dog 123 foo@bar.com 2020-01-02\n" * 200
RECORDS = [{"id": i, "name": f"name {i}", "tags": ["a", "b", "c"], "v": i * 1.5, "ok": True, "n": None} for i in range(100)]


class Point:
    def __init__(self):
        self.x, self.name, self.items = 1, "x", [1, 2]


@kind
def json_dumps():
    import json
    return lambda: json.dumps(RECORDS)

@kind
def json_loads():
    import json
    text = json.dumps(RECORDS)
    return lambda: json.loads(text)

@kind
def json_loads_strings():
    import json
    text = json.dumps([f"word{i}" for i in range(1000)])
    return lambda: json.loads(text)

@kind
def pickle_dumps():
    import pickle
    return lambda: pickle.dumps(RECORDS, -1)

@kind
def pickle_loads():
    import pickle
    data = pickle.dumps(RECORDS, -1)
    return lambda: pickle.loads(data)

@kind
def pickle_dumps_instances():
    import pickle
    points = [Point() for _ in range(200)]
    return lambda: pickle.dumps(points, -1)

@kind
def pickle_loads_instances():
    import pickle
    data = pickle.dumps([Point() for _ in range(200)], -1)
    return lambda: pickle.loads(data)

@kind
def regex_findall():
    import re
    return lambda: re.findall(r"\w+", TEXT)

@kind
def regex_groups():
    import re
    return lambda: [match.groups() for match in re.finditer(r"(\d{4})-(\d\d)-(\d\d)", TEXT)]

@kind
def regex_sub():
    import re
    return lambda: re.sub(r"(\w+)@(\w+)", r"\2", TEXT)

@kind
def struct_pack():
    import struct
    return lambda: [struct.pack("<IHdq", k, 3, 2.5, -k) for k in range(100)]

@kind
def struct_unpack():
    import struct
    data = struct.pack("<IHdq", 1, 2, 3.0, 4)
    return lambda: [struct.unpack("<IHdq", data) for _ in range(100)]

@kind
def struct_iter_unpack():
    import struct
    data = struct.pack("<IH", 1, 2) * 500
    return lambda: list(struct.iter_unpack("<IH", data))

@kind
def csv_reader():
    import csv, io
    text = "\n".join(",".join(f"f{k}" for k in range(8)) for _ in range(500))
    return lambda: list(csv.reader(io.StringIO(text)))

@kind
def csv_dict_reader():
    import csv, io
    text = "\n".join(",".join(f"f{k}" for k in range(8)) for _ in range(500))
    return lambda: list(csv.DictReader(io.StringIO(text)))

@kind
def csv_writer():
    import csv, io
    rows = [["a", 1, 2.5, "b c"]] * 500
    return lambda: csv.writer(io.StringIO()).writerows(rows)

@kind
def zlib_both_ways():
    import zlib
    data = TEXT.encode()
    return lambda: zlib.decompress(zlib.compress(data))

@kind
def hash_short():
    import hashlib
    return lambda: [hashlib.sha256(b"abc").hexdigest() for _ in range(50)]

@kind
def hash_long():
    import hashlib
    data = bytes(range(250)) * 80
    return lambda: hashlib.sha256(data).digest()

def shuffled(n):
    import random
    return random.Random(1).sample(range(10 * n), n)

@kind
def sort_floats():
    values = [number * 0.37 for number in shuffled(5000)]
    return lambda: sorted(values)

@kind
def sort_strings():
    values = [f"k{number}" for number in shuffled(5000)]
    return lambda: sorted(values)

@kind
def sort_tuples():
    values = [(number % 50, number * 0.37) for number in shuffled(5000)]
    return lambda: sorted(values)

@kind
def sort_by_key():
    values = [(number % 50, number * 0.37) for number in shuffled(5000)]
    return lambda: sorted(values, key=lambda pair: pair[1])

@kind
def text_join():
    return lambda: ",".join([str(k) for k in range(1000)])

@kind
def text_fstring():
    return lambda: [f"{k}:{k * 2} x" for k in range(1000)]

@kind
def text_percent():
    return lambda: ["%d %s" % (k, "a") for k in range(1000)]

@kind
def text_format():
    return lambda: ["{} {:>5}".format(k, "a") for k in range(1000)]

@kind
def text_split():
    return lambda: (TEXT.split(), TEXT.split(" "), TEXT.splitlines())

@kind
def text_replace():
    return lambda: (TEXT.replace("fox", "cat"), TEXT.replace("o", "0"))

@kind
def text_search():
    return lambda: (TEXT.find("zzz"), TEXT.count("dog"), "bears" in TEXT, TEXT.rfind("zzz"))

@kind
def text_case():
    return lambda: (TEXT.upper(), TEXT.lower(), TEXT.title())

@kind
def text_codecs():
    cyrillic = "Съешь ещё этих мягких французских булок " * 100
    return lambda: (TEXT.encode().decode(), cyrillic.encode().decode(), cyrillic.upper())

def with_lines(mode):
    import tempfile
    file = tempfile.NamedTemporaryFile()
    file.write(b"some line of text here 5\n" * 5000)
    file.flush()

    def read():
        with open(file.name, mode) as lines:
            for _ in lines:
                pass
    return read

@kind
def file_lines():
    return with_lines("r")

@kind
def file_lines_binary():
    return with_lines("rb")

def with_attributes(point):
    def run():
        for _ in range(1000):
            point.x = point.x + 1
            point.name
    return run

@kind
def attributes():
    return with_attributes(Point())

@kind
def attributes_after_dict():
    point = Point()
    point.__dict__
    return with_attributes(point)

@kind
def instances():
    return lambda: [Point() for _ in range(1000)]

@kind
def set_algebra():
    a, b = set(range(0, 1000)), set(range(500, 1500))
    return lambda: (a | b, a & b, a - b, a ^ b)

@kind
def dict_methods():
    def run():
        groups = {}
        for i in range(1000):
            groups.setdefault(i & 63, []).append(i)
        return list(groups.items()), groups.get(7), groups.copy()
    return run

@kind
def exceptions():
    def run():
        for _ in range(1000):
            try:
                raise ValueError("x")
            except ValueError:
                pass
    return run

@kind
def generators():
    def count(n):
        for i in range(n):
            yield i
    return lambda: [sum(count(100)) for _ in range(10)]


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
    """Runs in an interpreter of --threads: for each "kind calls threads" on stdin tells the seconds that so many threads take for so many calls each."""
    for line in sys.stdin:
        name, calls, threads = line.split()
        gate = threading.Barrier(int(threads) + 1)

        def body():
            function = KINDS[name]()
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


def side_by_side(interpreter, names, rounds, count):
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
            samples.append(alone / ask_servers(servers[:1], name, calls, count))
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
    side_by_side(found[0], names, options.rounds, options.threads)


if __name__ == "__main__":
    sys.exit(main())
