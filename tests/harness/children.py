"""Child processes for the harnesses: each has a time-out, a group of its own, and leaves nothing behind.

Used from many threads at once. A child's output goes to temporary files, so that one that prints without end
fills no memory here and isn't blocked either.
"""

import os
import resource
import select
import signal
import subprocess
import tempfile
import threading
import time

OUTPUT_LIMIT = 8 << 20  # more than this of a child's output isn't looked at
ORACLE = "/usr/bin/python3.11" if os.path.exists("/usr/bin/python3.11") else "python3.11"

_running = set()
_lock = threading.Lock()
_ended = False


class Outcome:
    """What became of a child. status is the exit status, negative for a signal, None if it was stopped."""

    def __init__(self, status, stdout, stderr, wall, cpu, timeout):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr
        self.wall = wall
        self.cpu = cpu
        self.timeout = timeout

    def complaint(self):
        """None if the child ended by itself with status 0, else how it ended, in words."""
        if self.status is None:
            return f"no end after {self.timeout:g} s, stopped"
        if self.status < 0:
            return f"killed by {signal_name(-self.status)}"
        return f"exit status {self.status}" if self.status else None


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def environment(**more):
    """The environment that children get: this one, without what would change how a Python behaves."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "WEFT", "LC_", "COLUMNS", "LINES", "LS_COLORS"))}
    kept.update(LC_ALL="C.UTF-8", TERM="dumb", COLUMNS="80", **more)
    return kept


def _kill(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def kill(child):
    """Ends a child at once; it is still to be handed to finish()."""
    if child.returncode is None:
        _kill(child.pid)


def kill_all():
    """Ends every child that still runs, and lets no new one start. For the way out after an interrupt."""
    global _ended
    with _lock:
        _ended = True
        for pid in _running:
            _kill(pid)


def start(command, cwd=None, env=None, data_limit=None, **files):
    """Starts a child in a process group of its own; it must be handed to finish()."""
    with _lock:
        if _ended:
            raise KeyboardInterrupt
        child = subprocess.Popen(command, cwd=cwd, env=environment() if env is None else env,
                                 start_new_session=True, **files)
        _running.add(child.pid)
    if data_limit:
        try:
            resource.prlimit(child.pid, resource.RLIMIT_DATA, (data_limit, data_limit))
        except (ProcessLookupError, PermissionError):
            pass
    return child


def finish(child, timeout):
    """Waits for the child. Returns (status or None if it had to be stopped, CPU seconds)."""
    handle = os.pidfd_open(child.pid)
    try:
        in_time = bool(select.select([handle], [], [], timeout)[0])
    finally:
        os.close(handle)
    # What the child may have started and left belongs to its group, and goes with it.
    _kill(child.pid)
    _, status, usage = os.wait4(child.pid, 0)
    with _lock:
        _running.discard(child.pid)
    child.returncode = os.waitstatus_to_exitcode(status)
    return (child.returncode if in_time else None), usage.ru_utime + usage.ru_stime


def run(command, timeout, cwd=None, env=None, stdin=b"", data_limit=None):
    """Runs a command to its end or to the time-out, and returns its Outcome."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        begin = time.perf_counter()
        child = start(command, cwd=cwd, env=env, data_limit=data_limit, stdin=given, stdout=out, stderr=err)
        status, cpu = finish(child, timeout)
        wall = time.perf_counter() - begin
        return Outcome(status, _read(out), _read(err), wall, cpu, timeout)


def _read(file):
    file.seek(0)
    return file.read(OUTPUT_LIMIT)
