"""The body of tests/cpython/run: CPython's test modules under Weft and under python3.11, compared by test method.

The modules are those of /usr/lib/python3.11/test (libpython3.11-testsuite), used where they lie. Without names it runs
the ones that say how whole the language is (CORE below); --quick the short ones of these, --all every one.

For each module it prints: how many methods python3.11 passes; how many of these pass here; how many don't, and the
first line of why. A skip that python3.11 doesn't make counts as a failure, unless the suite itself marks the test as
CPython's own (cpython_only, impl_detail, _testcapi, _testinternalcapi): such methods aren't counted. A test that
crashes the interpreter or hangs fails, and the module goes on with the next one.

tests/cpython/passing.txt lists the methods that pass. One that is listed and doesn't pass makes the exit status 1.
--update adds those that pass now (under every interpreter given) and didn't; nothing takes one away.
"""

import argparse
import ast
import concurrent.futures
import hashlib
import json
import os
import re
import select
import shutil
import signal
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "harness"))
import children  # noqa: E402

SUITE = "/usr/lib/python3.11/test"
DRIVER = os.path.join(HERE, "driver.py")
PASSING = os.path.join(HERE, "passing.txt")
CACHE = os.path.join(ROOT, "build", "cpython")
DOCS = os.path.join(ROOT, "docs", "conformance.md")

CORE = """
    test_grammar test_syntax test_exceptions test_exception_group test_except_star test_raise test_builtin test_int
    test_long test_float test_complex test_bool test_unicode test_bytes test_list test_tuple test_dict test_set
    test_range test_slice test_iter test_generators test_genexps test_listcomps test_coroutines test_asyncgen test_descr
    test_class test_super test_property test_funcattrs test_call test_keywordonlyarg test_positional_only_arg
    test_unpack test_unpack_ex test_scope test_decorators test_with test_contextlib test_patma test_fstring test_format
    test_string test_named_expressions test_augassign test_compare test_richcmp test_hash test_sort test_enumerate
    test_itertools test_functools test_collections test_operator test_math test_cmath test_fractions test_decimal
    test_statistics test_random test_struct test_array test_memoryview test_copy test_pickle test_weakref test_gc
    test_types test_typing test_dataclasses test_enum test_abc test_inspect test_ast test_compile test_code test_frame
    test_traceback test_marshal test_dis test_sys test_sys_settrace test_re test_json test_textwrap test_bisect test_heapq test_context
    test_unittest test_thread test_threading test_threading_local test_queue test_dynamic test_global test_isinstance
    test_subclassinit test_metaclass test_baseexception test_yield_from test_eof test_fstring test_int_literal
    test_longexp test_numeric_tower test_opcodes test_pow test_print test_sundry test_unary test_userdict test_userlist
    test_weakset test_deque test_defaultdict test_ordered_dict test_bigmem test_contains test_dictviews test_index
    test_largefile test_strtod test_time test_string_literals test_tokenize test_utf8source test_unicode_identifiers
""".split()
QUICK = """
    test_grammar test_raise test_except_star test_exception_group test_int test_float test_bool test_list test_tuple
    test_dict test_set test_range test_slice test_iter test_genexps test_listcomps test_class test_super test_property
    test_call test_keywordonlyarg test_positional_only_arg test_unpack test_scope test_decorators test_with test_patma
    test_fstring test_string test_named_expressions test_augassign test_compare test_richcmp test_enumerate
    test_functools test_operator test_bisect test_heapq test_context test_isinstance test_subclassinit test_dictviews
    test_yield_from test_opcodes test_print test_contains test_struct test_textwrap test_deque test_global
""".split()

OWN = re.compile(r"implementation detail|_testcapi|_testinternalcapi|CPython[- ]specific|cpython[- ]only"
                 r"|\"slow\" conversion took only", re.IGNORECASE)  # the last one: too fast to be measured
STALL = 60  # seconds without an event after which a test counts as hanging
HANGS = 4  # so many hanging tests end a module
CRASHES = 50
WHOLE = 1200  # seconds for one module
MEMORY = 8 << 30
REASONS = 6  # so many reasons of a module are told in the docs
WIDTH = 160  # and so many characters of each


class Results:
    """What one interpreter made of one module: {id: (outcome, why)}, and what happened to the module itself."""

    def __init__(self):
        self.tests = {}
        self.fixtures = {}
        self.module = None  # (outcome, why) if it couldn't be run as a whole

    def note(self, test, outcome, why):
        # A method that runs twice (some suites do) passes if it passes each time.
        if self.tests.get(test, ("passed",))[0] == "passed":
            self.tests[test] = outcome, why

    def data(self):
        return {"tests": self.tests, "fixtures": self.fixtures, "module": self.module}

    @classmethod
    def of(cls, data):
        results = cls()
        results.tests = {test: tuple(outcome) for test, outcome in data["tests"].items()}
        results.fixtures = {name: tuple(outcome) for name, outcome in data["fixtures"].items()}
        results.module = data["module"] and tuple(data["module"])
        return results

    def passed(self):
        return {test for test, (outcome, _) in self.tests.items() if outcome == "passed"}

    def why_missing(self, test):
        """Why a test that should have run didn't: (outcome, why)."""
        if self.module:
            return self.module
        owner = test.rpartition(".")[0]
        for name, outcome in self.fixtures.items():
            inside = re.search(r"\((.+)\)", name)
            if inside and (owner == inside[1] or owner.startswith(inside[1] + ".")):
                return outcome[0], f"{name.partition(' ')[0]}: {outcome[1]}"
        return "failed", "it didn't run"


def read_events(path, results):
    """Takes in the events of one process; returns (the test that was running at the end or None, finished?)."""
    running, finished = None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                event = ast.literal_eval(line)
            except (ValueError, SyntaxError):
                continue  # cut off in the middle
            if event[0] == "start":
                running = event[1]
            elif event[0] == "end":
                results.note(*event[1:])
                running = None
            elif event[0] == "fixture":
                results.fixtures[event[1]] = event[2:]
            elif event[0] == "module":
                results.module = event[1:]
                finished = True
            elif event[0] == "finished":
                finished = True
    return running, finished


def run_process(interpreter, module, folder, events, done, deadline):
    """One process of a module. Returns (exit status, None if stopped; last line on stderr)."""
    with tempfile.TemporaryFile() as output:
        child = children.start([interpreter, "-B", DRIVER, module, events, done], cwd=folder, stdin=-3, stdout=output,
                               stderr=output, env=children.environment(HOME=folder), data_limit=MEMORY)
        handle = os.pidfd_open(child.pid)
        size, changed = 0, time.monotonic()
        try:
            while not select.select([handle], [], [], 0.5)[0]:
                now = time.monotonic()
                if os.path.getsize(events) != size:
                    size, changed = os.path.getsize(events), now
                if now - changed > STALL or now > deadline:
                    break
        finally:
            os.close(handle)
        status, _ = children.finish(child, 0)
        output.seek(0, os.SEEK_END)
        output.seek(max(0, output.tell() - 4000))
        lines = output.read().decode("utf-8", "backslashreplace").strip().splitlines()
    return status, lines[-1][:200] if lines else ""


def run_module(interpreter, module):
    """All methods of a module under an interpreter, in as many processes as crashes and hangs make necessary."""
    results, hangs, crashes = Results(), 0, 0
    deadline = time.monotonic() + WHOLE
    folder = tempfile.mkdtemp(prefix="weft-cpython-")
    events, done = os.path.join(folder, "events"), os.path.join(folder, "done")
    try:
        while True:
            work = os.path.join(folder, "work")
            shutil.rmtree(work, ignore_errors=True)
            os.mkdir(work)
            open(events, "w").close()
            with open(done, "w", encoding="utf-8") as file:
                file.write("\n".join(results.tests))
            before = len(results.tests)
            status, last = run_process(interpreter, module, work, events, done, deadline)
            running, finished = read_events(events, results)
            if finished:
                return results
            if status is None:
                hangs += 1
                why = f"hangs: stopped after {STALL} s without progress"
            else:
                crashes += 1
                why = children.Outcome(status, b"", b"", 0, 0, 0).complaint() or "the process ended with status 0"
                why = f"crash: {why}" + (f": {last}" if last else "")
            if running:
                results.note(running, "failed", why)
            else:
                if len(results.tests) == before:
                    results.module = "failed", why
                    return results
            if hangs >= HANGS or crashes >= CRASHES or time.monotonic() > deadline:
                results.module = "failed", f"given up after {hangs} hanging and {crashes} crashed tests"
                return results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def oracle(module):
    """python3.11's results, kept below build/ while neither it nor the module's file nor the driver changes."""
    digest = hashlib.sha256()
    for path in (children.ORACLE, os.path.join(SUITE, module + ".py"), os.path.join(SUITE, module, "__init__.py")):
        if os.path.exists(path):
            digest.update(f"{path} {os.stat(path).st_mtime_ns} {os.stat(path).st_size}\0".encode())
    with open(DRIVER, "rb") as file:
        digest.update(file.read())
    path = os.path.join(CACHE, f"{module}-{digest.hexdigest()[:16]}.json")
    try:
        with open(path, encoding="utf-8") as file:
            return Results.of(json.load(file))
    except (OSError, ValueError, KeyError):
        pass
    results = run_module(children.ORACLE, module)
    with tempfile.NamedTemporaryFile("w", dir=CACHE, delete=False, encoding="utf-8") as file:
        json.dump(results.data(), file)
    os.replace(file.name, path)
    return results


def guarded(module):
    """The names at the top of a module that the suite defines only `if check_impl_detail(cpython=True)`: marked as CPython's own, too."""
    try:
        with open(os.path.join(SUITE, module + ".py"), "rb") as file:
            tree = ast.parse(file.read())  # which minds the file's own encoding
    except (OSError, SyntaxError, ValueError):
        return set()
    checks = lambda node: isinstance(node, ast.Call) and ast.unparse(node.func).endswith("check_impl_detail") and (
        not node.keywords or any(word.arg == "cpython" and getattr(word.value, "value", False) for word in node.keywords))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and any(map(checks, ast.walk(node.test)))]
    return {inner.name for block in blocks for inner in block.body if isinstance(inner, ast.ClassDef)}


class Comparison:
    """One module under one interpreter, held against python3.11."""

    def __init__(self, module, expected, found):
        self.module = module
        self.expected = expected.passed()
        self.passed, self.own, self.failed = set(), set(), {}
        theirs = guarded(module)
        for test in self.expected:
            outcome, why = found.tests.get(test) or found.why_missing(test)
            if outcome == "passed":
                self.passed.add(test)
            elif outcome == "skipped" and OWN.search(why) or test not in found.tests and theirs.intersection(test.split(".")):
                self.own.add(test)
            else:
                self.failed[test] = f"skipped: {why}" if outcome == "skipped" else why
        self.note = f"python3.11: {expected.module[1]}" if expected.module else ""

    def accept(self, other):
        """Takes over what passed in another run of the module."""
        self.passed |= other.passed
        for test in other.passed & self.failed.keys():
            del self.failed[test]

    def reasons(self):
        """[(why, the methods that fail for it)], the most frequent first."""
        grouped = {}
        for test, why in sorted(self.failed.items()):
            grouped.setdefault(why, []).append(short(test).partition(".")[2])
        return sorted(grouped.items(), key=lambda item: -len(item[1]))

    def counted(self):
        return len(self.expected) - len(self.own)

    def share(self):
        return len(self.passed) / self.counted() if self.counted() else 1.0

    def line(self):
        return (f"{self.module:<28} {self.counted():>6} {len(self.passed):>6} {len(self.failed):>6}  "
                f"{self.share():>6.1%}  {self.note}").rstrip()


# Why modules don't pass as a whole: what is left is about CPython's insides, or isn't meant to be.
EXTENSIONS = "What is left builds or loads modules in CPython's binary interface, which Weft doesn't have."
LATE = ("What is left asks, the moment the last name is deleted, whether an object is gone that another thread, or a closure, has held: what was shared dies at the "
        "next quiescent states of its threads, closures by the collector (`docs/decisions/lending.md`).")
TEST_MODULE = "What is left needs CPython's module for tests of its insides."
NOTES = {
    "test__opcode": "Stack effects are those of CPython's instructions; Weft has a register machine.",
    "test__xxsubinterpreters": "There are no subinterpreters: threads are parallel without them.",
    "test_asyncio": LATE,
    "test_audit": TEST_MODULE,
    "test_buffer": "Its exporter of buffers, `_testbuffer`, is an extension module of CPython's.",
    "test_bytes": "`bytearray.__init__` takes all items first, then stores them in one step: other threads never see half of them.",
    "test_cmd_line": TEST_MODULE,
    "test_code": "What is left names the instructions of CPython's compiler.",
    "test_compile": "What is left names or counts CPython's instructions.",
    "test_cppext": EXTENSIONS,
    "test_ctypes": "What is left compares exact reference counts, looks for CPython's symbols in the program, or needs `_testbuffer`.",
    "test_descr": "Two methods that CPython marks as failing pass here; the third wants a class's namespace searched with `__eq__` of keys that aren't str.",
    "test_dis": "The module takes CPython's constants by their places and its instructions by their numbers while it's loaded; Weft has a register machine "
                "(`vm/opcodes.def`), whose `dis` shows its own instructions.",
    "test_distutils": EXTENSIONS,
    "test_doctest": "It counts the examples in CPython's own docstrings.",
    "test_faulthandler": "What is left needs `_testcapi`, or a list of the extension modules that are loaded: there are none.",
    "test_fstring": "Backslashes within an f-string's expressions are allowed, as in Python 3.12.",
    "test_gc": "What is left counts the objects of a collection, or looks into CPython's generations; functions are finalized in another order.",
    "test_getpath": "It runs CPython's `getpath.py` with `_testinternalcapi`.",
    "test_import": "It replaces a constant of a module's code by place; small ints aren't constants here.",
    "test_importlib": "What is left loads extension modules of CPython's, or takes the magic number of compiled code from importlib's source, which is CPython's there; Weft's is a number "
                      "of the build.",
    "test_interpreters": "There are no subinterpreters: threads are parallel without them.",
    "test_marshal": "Small ints and floats are no objects that two places could share; the third counts bytes of CPython's line table.",
    "test_multiprocessing_fork": LATE,
    "test_multiprocessing_forkserver": LATE,
    "test_multiprocessing_spawn": LATE,
    "test_ordered_dict": "CPython's OrderedDict keeps its order beside the dict, and notices when dict's own methods change one without the other; here they change both.",
    "test_peepholer": "What is left names CPython's instructions.",
    "test_picklebuffer": "Its exporter of buffers, `_testbuffer`, is an extension module of CPython's.",
    "test_pickletools": "NumPy is an extension module of CPython's.",
    "test_positional_only_arg": "It names CPython's instructions.",
    "test_pydoc": "It takes the compiled file of `os`, which is in the build's library, not in the user's cache.",
    "test_site": "What is left is about `._pth` files beside the program, which Weft doesn't read.",
    "test_stable_abi_ctypes": "It looks for the functions of CPython's binary interface.",
    "test_sys": "`_current_exceptions()` is asked before the other thread, which runs at the same time, has raised; the other one needs `_testcapi`.",
    "test_sysconfig": "There are no extension modules, so they have no suffix.",
    "test_threading": LATE + " The others need `_testcapi`.",
    "test_tracemalloc": "CPython gives `b'x' * -1` memory of its own, and leaves out the frame of a function that is just being called.",
    "test_type_comments": "`feature_version` below 3.5 doesn't make `async` a name again.",
    "test_unicode": "It adds up the sizes of CPython's structures.",
    "test_unicodedata": "Of Unicode 3.2 Weft knows which characters there were, not each property that has changed since; `\\N{…}` needs no module `unicodedata`.",
    "test_utf8_mode": "Arguments and file names are UTF-8 in every locale.",
    "test_venv": "It builds the folders of a CPython that isn't installed.",
    "test_xxlimited": EXTENSIONS,
    "test_xxtestfuzz": EXTENSIONS,
}


def short(test):
    """The id without the package, as passing.txt has it."""
    return test.removeprefix("test.")


def read_passing():
    if not os.path.exists(PASSING):
        return set()
    with open(PASSING, encoding="utf-8") as file:
        return {line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")}


def write_passing(tests):
    with open(PASSING + ".part", "w", encoding="utf-8") as file:
        file.write("# Methods of CPython's test suite that pass under Weft (ft and gil). Written by tests/cpython/run\n"
                   "# --update; the list may only grow.\n")
        file.writelines(f"{test}\n" for test in sorted(tests))
    os.replace(PASSING + ".part", PASSING)


def docs_reasons(comparison):
    """One line of Markdown on what fails in a module."""
    reasons = comparison.reasons()
    parts = [NOTES[comparison.module]] if comparison.module in NOTES else []
    for why, tests in reasons[:REASONS]:
        named = tests[0] if len(tests) == 1 else f"{tests[0]} and {len(tests) - 1} more"
        text = " ".join(why.split()).replace("`", "'").replace("|", "\\|")
        parts.append(f"{named}: `{text[:WIDTH] + ('…' if len(text) > WIDTH else '') or 'no message'}`")
    if len(reasons) > REASONS:
        parts.append(f"{sum(len(tests) for _, tests in reasons[REASONS:])} methods for other reasons")
    return f"- **{comparison.module}** ({len(comparison.failed)}): " + "; ".join(parts)


def write_docs(comparisons):
    total = sum(c.counted() for c in comparisons)
    passed = sum(len(c.passed) for c in comparisons)
    lines = ["# How far Weft behaves as CPython 3.11, by CPython's own tests", "",
             "Generated by `tests/cpython/run --docs`. For each module of the suite: test methods that python3.11 passes (those",
             "that the suite marks as CPython's own left out), and how many of them Weft passes.", "",
             f"**All together: {passed} of {total}, {passed / max(total, 1):.1%}.**", "",
             "| module | passed by python3.11 | passed by Weft | share |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {c.module} | {c.counted()} | {len(c.passed)} | {c.share():.1%} |" for c in comparisons]
    lines += ["", "## What fails, and why", "",
              "The first line of what the method reports, the most frequent first; in parentheses how many methods report it.", ""]
    lines += [docs_reasons(c) for c in comparisons if c.failed]
    os.makedirs(os.path.dirname(DOCS), exist_ok=True)
    with open(DOCS, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def every_module():
    found = []
    for name in sorted(os.listdir(SUITE)):
        stem = name.removesuffix(".py")
        if name.startswith("test_") and (name.endswith(".py") or os.path.exists(os.path.join(SUITE, name, "__init__.py"))):
            found.append(stem)
    return found


def parse():
    parser = argparse.ArgumentParser(prog="tests/cpython/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as test_int, or int")
    parser.add_argument("--quick", action="store_true", help="a short selection")
    parser.add_argument("--all", action="store_true", help="every module of the suite")
    parser.add_argument("--interpreter", action="append", metavar="PATH",
                        help="what to try, several times if wanted (default: build/ft/weft)")
    parser.add_argument("--update", action="store_true", help="add to passing.txt what passes now")
    parser.add_argument("--retry", action="store_true", help="what passing.txt names and fails is tried once more, for busy machines")
    parser.add_argument("--docs", action="store_true", help="write docs/conformance.md")
    parser.add_argument("-v", "--verbose", action="store_true", help="name every failed method")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="processes at once (%(default)s)")
    options = parser.parse_args()
    if not os.path.isdir(SUITE):
        sys.exit(f"tests/cpython/run: there is no {SUITE}: install libpython3.11-testsuite (tests/prepare does)")
    there = every_module()
    chosen = [name if name.startswith("test_") else f"test_{name}" for name in options.modules]
    unknown = [name for name in chosen if name not in there]
    if unknown:
        sys.exit(f"tests/cpython/run: {SUITE} holds no {', '.join(unknown)}")
    options.named = bool(chosen)
    chosen = chosen or (QUICK if options.quick else there if options.all else CORE)
    options.modules = [name for name in dict.fromkeys(chosen) if name in there]
    options.interpreter = options.interpreter or [os.path.join(ROOT, "build", "ft", "weft")]
    for path in options.interpreter:
        if not os.access(path, os.X_OK):
            sys.exit(f"tests/cpython/run: there is no {path}: build it first (tests/prepare ft)")
    options.interpreter = [os.path.abspath(path) for path in options.interpreter]
    return options


def compare_all(interpreter, options, known, lock):
    """Every chosen module under one interpreter; prints each as it is done."""
    terminal, begin, count = sys.stderr.isatty(), time.monotonic(), [0]

    def one(module):
        comparison = Comparison(module, oracle(module), run_module(interpreter, module))
        lost = sorted(test for test in comparison.failed if options.retry and short(test) in known)
        if lost:
            comparison.accept(Comparison(module, oracle(module), run_module(interpreter, module)))
        with lock:
            count[0] += 1
            if terminal:
                sys.stderr.write("\r\033[K")
                sys.stderr.flush()
            print(comparison.line())
            for test in lost:
                print(f"    {short(test)} failed in one run, and {'failed again' if test in comparison.failed else 'passed in a second'}")
            shown = comparison.reasons()
            for why, tests in shown if options.verbose or options.named else shown[:5]:
                listed = tests if options.verbose else tests[:6 if options.named else 1]
                named = ", ".join(listed)
                more = f" and {len(tests) - len(listed)} more" if len(tests) > len(listed) else ""
                print(f"    {named}{more}: {why}")
            if len(shown) > 5 and not options.verbose and not options.named:
                print(f"    … and {len(shown) - 5} other reasons")
            sys.stdout.flush()
            if terminal:
                sys.stderr.write(f"[{count[0]}/{len(options.modules)}] {time.monotonic() - begin:.0f} s")
                sys.stderr.flush()
        return comparison

    print(f"{interpreter}\n{'module':<28} {'python':>6} {'passed':>6} {'failed':>6}")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(one, module) for module in options.modules]
        try:
            comparisons = [task.result() for task in tasks]
        except BaseException:
            for task in tasks:
                task.cancel()
            children.kill_all()
            raise
    if terminal:
        sys.stderr.write("\r\033[K")
    total, passed = sum(c.counted() for c in comparisons), sum(len(c.passed) for c in comparisons)
    print(f"all together: {passed} of {total} methods, {passed / max(total, 1):.1%}; "
          f"{sum(len(c.own) for c in comparisons)} are CPython's own")
    return comparisons


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    options = parse()
    signal.signal(signal.SIGTERM, interrupt)
    os.makedirs(CACHE, exist_ok=True)
    known, lock, status = read_passing(), threading.Lock(), 0
    passing = None
    try:
        for interpreter in options.interpreter:
            comparisons = compare_all(interpreter, options, known, lock)
            passed = {short(test) for c in comparisons for test in c.passed}
            ran = tuple(module + "." for module in options.modules)
            lost = sorted(test for test in known if test.startswith(ran) and test not in passed)
            for test in lost:
                print(f"PASSED BEFORE: {test}")
            if lost:
                print(f"{len(lost)} methods of tests/cpython/passing.txt don't pass any more")
                status = 1
            new = passed - known
            if new:
                print(f"{len(new)} methods pass that aren't in tests/cpython/passing.txt yet")
            passing = passed if passing is None else passing & passed
    except KeyboardInterrupt:
        children.kill_all()
        print("interrupted", file=sys.stderr)
        return 130
    if options.update:
        write_passing(known | passing)
        print(f"passing.txt: {len(known)} methods before, {len(known | passing)} now")
    if options.docs:
        write_docs(comparisons)
    return status


if __name__ == "__main__":
    sys.exit(main())
