"""The body of tests/run: finds the tests, builds what they need, runs them on all cores, and reports.

A test is one (file, build) pair and is called GROUP/FILE@BUILD, with the number of threads after it in the group
"bench". Groups:

  unit         tests/unit: C tests, through ctest
  scripts      tests/scripts/*.py: output and exit status must equal python3.11's; of *.err.py stderr too
  programs     tests/programs/*.py: the same for whole programs: processes, network, files, many threads
  cli          tests/cli/*.sh: shell scripts that use "$PYTHON"; output and exit status must equal python3.11's
  bench        bench/scripts at small scale, with 1, 2 and 16 threads: output must equal python3.11's
  stress       tests/stress/*.py: threads against each other; must end well, without a report by a sanitizer
  own          tests/own: what python3.11 doesn't have; each script checks itself
  fuzz         the fuzzers of tests/fuzz/targets: their corpora, with a look for leaks, and some thousand new inputs each
  conformance  CPython's own tests (tests/cpython/run, with --quick for gil): those of tests/cpython/passing.txt must pass

A script may say, in comment lines of its first ten lines:

  # compare: stderr     stderr must be equal too
  # timeout: 20         seconds, for the ft build (slower builds get more)
  # builds: ft gil      only under these builds

tests/known-failures.txt lists tests that fail today, "NAME reason" on each line; NAME without @… means under
every build. A listed test that fails isn't counted as a failure; one that passes is, until it's taken off the list.
"""

import argparse
import concurrent.futures
import difflib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import children

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(ROOT, "tests")
BUILD = os.path.join(ROOT, "build")
RESULTS = os.path.join(BUILD, "tests")
KNOWN = os.path.join(TESTS, "known-failures.txt")

# Build: how many times longer than ft a test may take there.
SLOWNESS = {"ft": 1, "gil": 1, "debug": 4, "asan": 5, "tsan": 12,
            "fuzz": 5, "stats": 2, "refcount-atomic": 1, "locks-always": 1, "alloc-system": 1}
GROUPS = {  # group: the builds that it runs under
    "unit": ("ft", "debug", "asan", "tsan"),
    "scripts": ("ft", "gil", "debug", "asan", "tsan"),
    "programs": ("ft", "gil"),
    "cli": ("ft", "gil", "debug"),
    "bench": ("ft", "gil"),
    "conformance": ("ft", "gil"),
    "stress": ("ft", "gil", "debug", "asan", "tsan"),
    "own": ("ft", "gil", "debug", "asan", "stats"),
    "fuzz": ("fuzz",),
}
# Builds that are tested when --builds names them, and the groups that then run.
ON_REQUEST = ("refcount-atomic", "locks-always", "alloc-system")
ON_REQUEST_GROUPS = ("scripts", "bench", "stress")
THREADS = (1, 2, 16)
SMALL = "0.05"
FUZZ_RUNS = 4000
TIMEOUT = 60
MEMORY = 8 << 30
REPORT = re.compile(rb"==\d+==ERROR: |WARNING: ThreadSanitizer|: runtime error: |^weft: (?:audit|fatal)", re.MULTILINE)


class Test:
    """One test under one build. run() returns None if it passes, else why it doesn't (first line: in short)."""

    def __init__(self, group, file, build, variant=""):
        self.group = group
        self.file = file
        self.build = build
        self.name = f"{group}/{file}@{build}{variant}"
        self.timeout = TIMEOUT * SLOWNESS[build]
        self.weight = SLOWNESS[build]

    def interpreter(self):
        return os.path.join(BUILD, self.build, "weft")

    def base(self):
        return os.path.join(RESULTS, self.name.replace("/", "."))

    def forget(self):
        """Removes the outputs of an earlier run."""
        for kind in ("out", "err", "expected"):
            try:
                os.remove(f"{self.base()}.{kind}")
            except FileNotFoundError:
                pass

    def keep(self, **outputs):
        """Stores outputs below build/tests, and returns where."""
        base = self.base()
        for kind, content in outputs.items():
            with open(f"{base}.{kind}", "wb") as file:
                file.write(content)
        return os.path.relpath(base, ROOT)

    def child(self, command, stdin=b"", **more):
        """Runs a command for this test in an empty folder that goes afterwards."""
        with tempfile.TemporaryDirectory(prefix="weft-test-") as folder:
            outcome = children.run(command, self.timeout, cwd=folder, stdin=stdin,
                                   env=children.environment(HOME=folder, **more),
                                   data_limit=None if self.build in ("asan", "tsan") else MEMORY)
        outcome.stdout = outcome.stdout.replace(folder.encode(), b"FOLDER")
        outcome.stderr = outcome.stderr.replace(folder.encode(), b"FOLDER")
        return outcome


def directives(path):
    with open(path, "rb") as file:
        head = b"".join(file.readlines()[:10]).decode("latin-1")
    return dict(re.findall(r"^# (compare|timeout|builds): (.+?)\s*$", head, re.MULTILINE))


def difference(what, expected, found):
    """A short account of how two outputs differ."""
    def lines(content):
        return content[:200_000].decode("utf-8", "backslashreplace").splitlines()
    diff = list(difflib.unified_diff(lines(expected), lines(found), "python3.11", "weft", lineterm="", n=2))
    if len(diff) > 24:
        diff[24:] = [f"… and {len(diff) - 24} more lines"]
    return "\n".join([f"{what} differs"] + ["    " + line[:200] for line in diff])


def sanitizer_report(stderr):
    match = REPORT.search(stderr)
    if not match:
        return None
    lines = stderr[match.start():].decode("utf-8", "backslashreplace").splitlines()
    return "\n".join([lines[0]] + ["    " + line for line in lines[1:25]])


class Oracle:
    """What python3.11 makes of a command; asked once, and kept below build/oracle while nothing changes."""

    def __init__(self):
        self.folder = os.path.join(BUILD, "oracle")
        self.locks = {}
        self.lock = threading.Lock()
        found = shutil.which(children.ORACLE)
        if not found:
            sys.exit("tests/run: there is no python3.11 to compare with")
        status = os.stat(found)
        # The leading number changes when what is kept does.
        self.identity = f"2 {found} {status.st_mtime_ns} {status.st_size}"

    def outcome(self, test, command, sources, **more):
        digest = hashlib.sha256("\0".join([self.identity, *command]).encode())
        for source in sources:
            with open(source, "rb") as file:
                digest.update(file.read() + b"\0")
        path = os.path.join(self.folder, digest.hexdigest()[:32] + ".json")
        with self.lock:
            lock = self.locks.setdefault(path, threading.Lock())
        with lock:
            try:
                with open(path, encoding="utf-8") as file:
                    kept = json.load(file)
                return children.Outcome(kept["status"], kept["stdout"].encode("latin-1"),
                                        kept["stderr"].encode("latin-1"), 0, 0, 0)
            except (OSError, ValueError, KeyError):
                pass
            outcome = test.child(command, **more)
            if outcome.status is not None:
                # Written aside and moved: two runs at once, or an interrupt, leave no half-written file.
                with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False, encoding="utf-8") as file:
                    json.dump({"status": outcome.status, "stdout": outcome.stdout.decode("latin-1"),
                               "stderr": outcome.stderr.decode("latin-1")}, file)
                os.replace(file.name, path)
            return outcome


class ComparedTest(Test):
    """A command whose output and exit status must equal python3.11's."""

    oracle = None  # set in main()
    compare_stderr = False

    def compare(self, expected, found):
        if expected.status is None:
            return f"python3.11 itself: {expected.complaint()}"
        base = self.keep(out=found.stdout, err=found.stderr, expected=expected.stdout)
        shown = "\n".join("    " + line for line in
                          found.stderr.decode("utf-8", "backslashreplace").splitlines()[-8:])
        report = sanitizer_report(found.stderr)
        if report:
            return report
        if found.status != expected.status:
            why = found.complaint() or "exit status 0"
            return f"{why}, python3.11: {expected.complaint() or 'exit status 0'}\n{shown}\n    (output in {base}.*)"
        if found.stdout != expected.stdout:
            return difference("output", expected.stdout, found.stdout) + ("\n" + shown if shown else "")
        if self.compare_stderr and found.stderr != expected.stderr:
            return difference("stderr", expected.stderr, found.stderr)
        return None


class ScriptTest(ComparedTest):
    def __init__(self, file, build, head, group="scripts"):
        super().__init__(group, file, build)
        self.path = os.path.join(TESTS, group, file)
        self.compare_stderr = file.endswith(".err.py") or head.get("compare") == "stderr"
        if "timeout" in head:
            self.timeout = float(head["timeout"]) * SLOWNESS[build]

    def run(self):
        expected = self.oracle.outcome(self, [children.ORACLE, "-B", self.path], [self.path])
        return self.compare(expected, self.child([self.interpreter(), "-B", self.path]))


class ProgramTest(ScriptTest):
    def __init__(self, file, build, head):
        super().__init__(file, build, head, "programs")
        self.weight *= 2


class CommandLineTest(ComparedTest):
    def __init__(self, file, build, head):
        super().__init__("cli", file, build)
        self.path = os.path.join(TESTS, "cli", file)
        if "timeout" in head:
            self.timeout = float(head["timeout"]) * SLOWNESS[build]

    def run(self):
        command = ["/bin/sh", self.path]
        expected = self.oracle.outcome(self, command, [self.path], PYTHON=children.ORACLE)
        found = self.child(command, PYTHON=self.interpreter())
        for outcome, own in (expected, children.ORACLE), (found, self.interpreter()):
            outcome.stdout = outcome.stdout.replace(own.encode(), b"PYTHON")
        return self.compare(expected, found)


class BenchTest(ComparedTest):
    def __init__(self, file, build, threads):
        super().__init__("bench", file, build, f"@{threads}")
        self.path = os.path.join(ROOT, "bench", "scripts", file)
        self.arguments = ["-B", self.path, "--scale", SMALL, "--threads"]
        self.threads = str(threads)

    def run(self):
        folder = os.path.dirname(self.path)
        sources = [self.path] + sorted(os.path.join(folder, name) for name in os.listdir(folder)
                                       if name.startswith("_") and name.endswith(".py"))
        expected = self.oracle.outcome(self, [children.ORACLE, *self.arguments, "1"], sources)
        return self.compare(expected, self.child([self.interpreter(), *self.arguments, self.threads]))


class StressTest(Test):
    def __init__(self, file, build, head):
        super().__init__("stress", file, build)
        self.path = os.path.join(TESTS, "stress", file)
        self.timeout = 60 + 10 * SLOWNESS[build] * float(head.get("timeout", 6))
        self.weight *= 4

    def run(self):
        # Sanitizers make everything slower: less work there, the same number of threads.
        scale = {"asan": "0.2", "tsan": "0.1", "debug": "0.3"}.get(self.build, "1")
        # In the debug build threads also yield where others could come between.
        hard = {"WEFT_HARD": f"yield:{time.time_ns() % 1_000_000}"} if self.build == "debug" else {}
        found = self.child([self.interpreter(), "-B", self.path, "--scale", scale,
                            "--watchdog", str(self.timeout * 0.9)], **hard)
        base = self.keep(out=found.stdout, err=found.stderr)
        report = sanitizer_report(found.stderr)
        if report or found.complaint():
            shown = (found.stdout + found.stderr).decode("utf-8", "backslashreplace").splitlines()[-20:]
            return (report or "\n".join([found.complaint()] + ["    " + line[:200] for line in shown])
                    ) + f"\n    (output in {base}.*{''.join(f', {name}={value}' for name, value in hard.items())})"
        return None


class OwnTest(Test):
    """A script (shell or Python) that checks what python3.11 doesn't have; it says what is wrong, and exits with 1."""

    def __init__(self, file, build, head):
        super().__init__("own", file, build)
        self.path = os.path.join(TESTS, "own", file)
        if "timeout" in head:
            self.timeout = float(head["timeout"]) * SLOWNESS[build]

    def run(self):
        runner = ["/bin/sh"] if self.file.endswith(".sh") else [self.interpreter(), "-B"]
        found = self.child([*runner, self.path], PYTHON=self.interpreter(), BUILD=self.build)
        self.keep(out=found.stdout, err=found.stderr)
        if found.complaint():
            shown = (found.stdout + found.stderr).decode("utf-8", "backslashreplace").splitlines()[-20:]
            return "\n".join([found.complaint()] + ["    " + line[:200] for line in shown])
        return None


class UnitTest(Test):
    """One test of ctest; the environment is as ctest's, since CMake may have set what it needs."""

    def run(self):
        found = children.run(["ctest", "--test-dir", os.path.join(BUILD, self.build), "-R", f"^{re.escape(self.file)}$",
                              "--output-on-failure", "--timeout", str(int(self.timeout)), "--no-tests=error"],
                             self.timeout + 30)
        if found.complaint():
            base = self.keep(out=found.stdout + found.stderr)
            shown = found.stdout.decode("utf-8", "backslashreplace").splitlines()
            return "\n".join([found.complaint()] + ["    " + line[:200] for line in shown[-40:]]
                             + [f"    (output in {base}.out)"])
        return None


class FuzzTest(Test):
    """A fuzzer: the inputs that are stored, then FUZZ_RUNS new ones, the same each time: luck is for the long runs by hand."""

    def run(self):
        command = [os.path.join(TESTS, "fuzz", "run"), self.file, "--no-build"]
        for what in ["--corpus"], ["--runs", str(FUZZ_RUNS)]:
            found = children.run(command + what, self.timeout)
            if found.complaint():
                return "\n".join([found.complaint()] + ["    " + line[:200] for line in found.stdout.decode("utf-8", "backslashreplace").splitlines()[:40]])
        return None


class ConformanceTest(Test):
    """tests/cpython/run for one build, ft with all modules that tell how whole the language is: it compares with passing.txt by itself."""

    def __init__(self, build):
        super().__init__("conformance", "core" if build == "ft" else "quick", build)
        self.timeout = 1800
        self.weight = 500 if build == "ft" else 100

    def run(self):
        found = children.run([os.path.join(TESTS, "cpython", "run"), *(["--quick"] if self.file == "quick" else []),
                              "--jobs", "1", "--retry", "--interpreter", self.interpreter()], self.timeout)
        base = self.keep(out=found.stdout + found.stderr)
        if found.complaint():
            shown = found.stdout.decode("utf-8", "backslashreplace").splitlines()[-15:]
            return "\n".join([found.complaint()] + ["    " + line[:200] for line in shown]
                             + [f"    (output in {base}.out)"])
        return None


# --- what there is ------------------------------------------------------------------------------------------

def files(folder, suffix):
    path = os.path.join(TESTS, folder)
    if not os.path.isdir(path):
        return []
    return [name for name in sorted(os.listdir(path)) if name.endswith(suffix) and not name.startswith("_")]


def unit_tests(build):
    """Unit tests of a build that is there, as ctest knows them."""
    if not os.path.exists(os.path.join(BUILD, build, "CTestTestfile.cmake")):
        return []
    listed = subprocess.run(["ctest", "--test-dir", os.path.join(BUILD, build), "--show-only=json-v1"],
                            capture_output=True, text=True)
    try:
        return [UnitTest("unit", test["name"], build) for test in json.loads(listed.stdout)["tests"]]
    except (ValueError, KeyError):
        return []


def all_tests(builds):
    """Every test under the given builds; unit tests only of those already built."""
    tests = []
    for group, chosen in GROUPS.items():
        for build in builds:
            if build not in chosen and not (build in ON_REQUEST and group in ON_REQUEST_GROUPS):
                continue
            if group == "unit":
                tests += unit_tests(build)
            elif group == "bench":
                folder = os.path.join("..", "bench", "scripts")
                tests += [BenchTest(file, build, threads) for file in files(folder, ".py") for threads in THREADS]
            elif group == "fuzz":
                targets = files(os.path.join("fuzz", "targets"), ".py")
                tests += [FuzzTest("fuzz", name[len("fuzz_"):-len(".py")], build) for name in targets if name.startswith("fuzz_")]
            elif group == "conformance":
                if os.path.exists(os.path.join(TESTS, "cpython", "run")):
                    tests.append(ConformanceTest(build))
            else:
                kind = {"scripts": ScriptTest, "programs": ProgramTest, "cli": CommandLineTest, "stress": StressTest, "own": OwnTest}[group]
                suffix = {"cli": ".sh", "own": (".sh", ".py")}.get(group, ".py")
                for file in files(group, suffix):
                    head = directives(os.path.join(TESTS, group, file))
                    if build in head.get("builds", "ft gil" if group == "own" else build).split():
                        tests.append(kind(file, build, head))
    return tests


def wanted(test, names):
    """Whether a test is among what the user named: a group, a folder, a file, or a test's name or its beginning."""
    if not names:
        return True
    for name in names:
        if as_group(name) == test.group:
            return True
        short = re.sub(r"^(\./)?(tests/|bench/scripts/)?", "", name)
        stem = re.sub(r"(\.err)?\.(py|sh)$", "", test.file)
        if short in (test.file, stem, test.name, f"{test.group}/{test.file}", f"{test.group}/{stem}"):
            return True
        if test.name.startswith(short + "@") or test.name.partition("/")[2].startswith(short + "@"):
            return True
    return False


def needed(build, names):
    """Whether a build may be wanted by what the user named; what isn't a group is taken to be."""
    groups = set(map(as_group, names))
    return not names or None in groups or any(
        build in GROUPS[group] or build in ON_REQUEST and group in ON_REQUEST_GROUPS for group in groups)


def as_group(name):
    """The group that a name on the command line means, or None."""
    short = name.removeprefix("./").rstrip("/").removeprefix("tests/")
    short = {"bench/scripts": "bench", "cpython": "conformance"}.get(short, short)
    return short if short in GROUPS else None


def known_failures():
    """{name: reason} of tests/known-failures.txt."""
    known = {}
    if os.path.exists(KNOWN):
        with open(KNOWN, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                name, _, reason = line.strip().partition(" ")
                if not name or name.startswith("#"):
                    continue
                if not reason.strip():
                    sys.exit(f"tests/run: {KNOWN}:{number}: {name} is listed without a reason")
                known[name] = reason.strip()
    return known


# --- running ------------------------------------------------------------------------------------------------

class Report:
    """Counts and tells what became of the tests, as they end."""

    def __init__(self, total, known):
        self.total = total
        self.known = known
        self.lock = threading.Lock()
        self.begin = self.told = time.monotonic()
        self.passed = self.skipped = 0
        self.failed = []
        self.expected = []
        self.now_passing = []
        self.seen = set()
        self.terminal = sys.stdout.isatty()

    def add(self, name, why):
        listed = name if name in self.known else name.partition("@")[0]
        with self.lock:
            self.seen.add(listed)
            if listed in self.known:
                if why is None:
                    why = "now passes: remove it from tests/known-failures.txt"
                    self.now_passing.append(name)
                else:
                    self.expected.append(name)
                    why = None
            elif why is None:
                self.passed += 1
            if why is not None:
                self.failed.append((name, why.partition("\n")[0]))
                self.clear()
                print(f"FAIL {name}: {why}", flush=True)
            self.progress()

    def done(self):
        return self.passed + self.skipped + len(self.failed) + len(self.expected)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="")

    def progress(self):
        now = time.monotonic()
        if self.terminal:
            print(f"\r\033[K[{self.done()}/{self.total}] {len(self.failed)} failed, {now - self.begin:.0f} s",
                  end="", flush=True)
        elif now - self.told >= 15:
            self.told = now
            print(f"[{self.done()}/{self.total}] {len(self.failed)} failed, {now - self.begin:.0f} s", flush=True)

    def close(self):
        self.clear()
        if self.failed:
            print("\nFailed:")
            for name, why in sorted(self.failed):
                print(f"  {name}: {why}")
        if self.expected:
            print(f"{len(self.expected)} tests failed as tests/known-failures.txt says; they count as skipped.")
        skipped = self.skipped + len(self.expected)
        print(f"{self.passed} passed, {len(self.failed)} failed" + (f", {skipped} skipped" if skipped else ""))
        return 1 if self.failed or not self.passed else 0


def run_all(tests, report, jobs):
    def run_one(test):
        try:
            test.forget()
            why = test.run()
        except KeyboardInterrupt:
            return
        except Exception as problem:  # a fault in a test's surroundings is that test's failure, not the end
            why = f"{type(problem).__name__}: {problem}"
        report.add(test.name, why)

    # Long ones first, so that no core waits at the end.
    tests = sorted(tests, key=lambda test: -test.weight)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tasks = [pool.submit(run_one, test) for test in tests]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            for task in tasks:
                task.cancel()
            children.kill_all()
            raise


def prepare(build):
    """Builds one preset; None, or what went wrong."""
    status = subprocess.run([os.path.join(TESTS, "prepare"), "--quick", build]).returncode
    if status:
        return f"can't be built (see above, and build/{build}.log)"
    if not os.access(os.path.join(BUILD, build, "weft"), os.X_OK):
        return f"made no build/{build}/weft"
    return None


def parse():
    parser = argparse.ArgumentParser(prog="tests/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="run only these: a group, a folder, a file, a test's name. Files run under ft alone, "
                             "unless --builds says more")
    parser.add_argument("-b", "--builds", help="comma-separated: run under these builds only; those that aren't run "
                        f"without being asked for are: {', '.join(ON_REQUEST)}")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="processes at once (%(default)s)")
    parser.add_argument("-l", "--list", action="store_true", help="print the tests' names, run none")
    parser.add_argument("--no-build", action="store_true", help="test what is built already")
    options = parser.parse_args()
    everything = [build for build in SLOWNESS if build not in ON_REQUEST]
    if options.builds:
        options.builds = options.builds.split(",")
        for build in options.builds:
            if build not in SLOWNESS:
                parser.error(f"unknown build {build!r}; there are: {', '.join(SLOWNESS)}")
    elif options.names and None in map(as_group, options.names):
        options.builds = sorted({match[1] for match in (re.search(r"@(\w+)", name) for name in options.names)
                                 if match and match[1] in SLOWNESS}, key=list(SLOWNESS).index) or ["ft"]
    else:
        options.builds = everything
    return options


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job, and what it starts, ignore it
    options = parse()
    if options.list:
        for test in all_tests(options.builds):
            if wanted(test, options.names):
                print(test.name)
        return 0
    try:
        os.makedirs(RESULTS, exist_ok=True)
        os.makedirs(os.path.join(BUILD, "oracle"), exist_ok=True)
    except OSError as problem:
        sys.exit(f"tests/run: no place for results: {problem}")
    known = known_failures()
    builds = [build for build in options.builds if needed(build, options.names)]
    broken = {}
    for build in builds:
        if options.no_build:
            there = os.access(os.path.join(BUILD, build, "weft"), os.X_OK)
            why = None if there else f"made no build/{build}/weft"
        else:
            why = prepare(build)
        if why:
            broken[build] = why

    ComparedTest.oracle = Oracle()
    # Unit tests need no interpreter, so they run even in a build that has none yet.
    tests = [test for test in all_tests(builds) if wanted(test, options.names)]
    runnable = [test for test in tests if test.build not in broken
                or (test.group == "unit" and broken[test.build].startswith("made no"))]
    if not runnable and not broken:
        sys.exit(f"tests/run: nothing here is called {' or '.join(options.names)}; tests/run --list shows what there is")
    report = Report(len(tests) + len(builds), known)
    for build in builds:
        report.add(f"build/{build}", broken.get(build))
    report.skipped = len(tests) - len(runnable)
    try:
        run_all(runnable, report, options.jobs)
    except KeyboardInterrupt:
        children.kill_all()
        report.clear()
        print(f"interrupted after {report.done()} of {report.total} tests", file=sys.stderr)
        return 130
    if not options.names and set(builds) == set(options.builds):
        for name in sorted(set(known) - report.seen):
            if "@" not in name or name.partition("@")[2].partition("@")[0] in builds:
                report.failed.append((name, "is listed in tests/known-failures.txt, but there is no such test"))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
