"""Runs one module of CPython's test suite and tells what becomes of each test method.

    INTERPRETER driver.py MODULE EVENTS DONE

Run by tests/cpython/run under the interpreter that is tried, so it leans on as little as it can. Each event is one
line appended to the file EVENTS at once, so that a crash loses only what comes after; it is the repr of a tuple:

  ("start", id)                    a test begins
  ("end", id, outcome, why)        it ended: passed, failed or skipped
  ("fixture", id, outcome, why)    setUpModule, setUpClass or their counterparts failed or skipped
  ("module", outcome, why)         the module can't be loaded, or skips itself
  ("finished",)                    the end was reached

Tests whose ids are in the file DONE, one in a line, aren't run again.
"""

import os
import sys


def first_line(error):
    try:
        text = str(error).strip().split("\n")[0]
    except BaseException as problem:
        text = f"its text can't be made: {type(problem).__name__}"
    return f"{type(error).__name__}: {text}"[:300]


class StandIn:
    """Stands for _testcapi where a test module can't be loaded without it: a test that comes to use it is skipped."""

    def __init__(self, state):
        self._state = state

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self()

    def __call__(self, *args, **kwargs):
        if self._state.running:
            raise self._state.skip("needs _testcapi")
        return StandIn(self._state)

    def __mro_entries__(self, bases):
        return ()


class StandInState:
    running = False
    skip = None


def load(name, skip):
    """The module test.NAME, if need be with a stand-in for _testcapi. Gives the stand-in's state, too."""
    state = StandInState()
    state.skip = skip
    try:
        __import__("test." + name)
    except AttributeError as error:
        try:
            import _testcapi
        except ImportError:
            if "'NoneType' object has no attribute" not in str(error):
                raise error
        else:
            raise error
        sys.modules["_testcapi"] = StandIn(state)
        __import__("test." + name)
    return sys.modules["test." + name], state


def main():
    name, events, done = sys.argv[1:4]
    target = os.open(events, os.O_WRONLY | os.O_APPEND)
    with open(done, encoding="utf-8") as file:
        finished = set(file.read().split("\n"))
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.getcwd()
    sys.path.append(os.path.join(here, "stand_ins"))  # behind CPython's own
    sys.argv[1:] = []

    def tell(*event):
        os.write(target, (ascii(event) + "\n").encode())

    try:
        import unittest
        from test import support
    except BaseException as error:
        tell("module", "failed", "without unittest: " + first_line(error))
        raise

    class Result(unittest.TestResult):
        """Tells each outcome as it comes; keeps what unittest itself asks for."""

        def startTest(self, test):
            self.testsRun += 1
            self.outcome = "passed", ""
            state.running = True
            tell("start", test.id())

        def stopTest(self, test):
            tell("end", test.id(), *self.outcome)

        def note(self, test, outcome, why):
            if isinstance(test, unittest.suite._ErrorHolder):
                tell("fixture", test.id(), outcome, why)
            elif self.outcome[0] != "failed":
                self.outcome = outcome, why

        def addSuccess(self, test):
            pass

        def addError(self, test, error):
            self.errors.append((test, ""))
            self.note(test, "failed", first_line(error[1]))

        def addFailure(self, test, error):
            self.failures.append((test, ""))
            self.note(test, "failed", first_line(error[1]))

        def addSkip(self, test, reason):
            self.note(test, "skipped", str(reason).split("\n")[0])

        def addExpectedFailure(self, test, error):
            pass

        def addUnexpectedSuccess(self, test):
            self.note(test, "failed", "unexpected success")

        def addSubTest(self, test, subtest, error):
            if error is not None:
                self.note(test, "failed", first_line(error[1]))

    def without_finished(suite):
        kept = []
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                without_finished(test)
                kept.append(test)
            elif test.id() not in finished:
                kept.append(test)
        suite._tests = kept

    def run_suite(suite):
        without_finished(suite)
        suite.run(Result())

    marks = support.impl_detail  # its skips shall say what they are, whatever else they say
    support.impl_detail = lambda msg=None, **guards: marks(msg and "implementation detail: " + msg, **guards)
    support.requires_debug_ranges = lambda reason="": lambda test: test  # it would ask _testinternalcapi, and without one skip whole modules
    support.use_resources = []
    support.verbose = 0
    support._run_suite = run_suite  # what test_main() of older modules comes to
    try:
        module, state = load(name, unittest.SkipTest)
        if hasattr(module, "test_main") and not hasattr(module, "load_tests"):
            module.test_main()
        else:
            run_suite(unittest.defaultTestLoader.loadTestsFromModule(module))
    except unittest.SkipTest as skip:
        tell("module", "skipped", str(skip))
    except BaseException as error:
        tell("module", "failed", first_line(error))
        raise
    tell("finished")
    # Threads and children that tests left behind must not hold this process back.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
