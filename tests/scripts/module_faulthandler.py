# faulthandler: stacks on demand, on a signal, after a time, at a crash. (Sanitizers have handlers of their own for crashes.)
# builds: ft gil debug
import faulthandler
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time


def shown(file):
    file.seek(0)
    print(re.sub("0x[0-9a-f]{16}", "ID", re.sub('"/.*/', '"', file.read().decode())), end="")


def inner(file):
    faulthandler.dump_traceback(file, all_threads=False)


with tempfile.TemporaryFile() as f:
    inner(f)
    shown(f)
with tempfile.TemporaryFile() as f:
    faulthandler.register(signal.SIGUSR1, f, all_threads=True)
    signal.raise_signal(signal.SIGUSR1)
    print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))
    shown(f)
with tempfile.TemporaryFile() as f:
    faulthandler.dump_traceback_later(0.05, file=f)
    time.sleep(1)
    faulthandler.cancel_dump_traceback_later()
    shown(f)
with tempfile.TemporaryFile() as f:
    ready, done = threading.Event(), threading.Lock()
    done.acquire()

    def waits():
        ready.set()
        done.acquire()

    t = threading.Thread(target=waits)
    t.start()
    ready.wait()
    time.sleep(0.05)
    faulthandler.dump_traceback(f)
    done.release()
    t.join()
    f.seek(0)
    text = f.read().decode()
    print(text.count("most recent call first"), "in waits" in text, text.count("Current thread"))
print(faulthandler.is_enabled(), faulthandler.disable())
faulthandler.enable()
print(faulthandler.is_enabled(), faulthandler.disable(), faulthandler.is_enabled())
for crash in ("_sigsegv()", "_sigabrt()", "_sigfpe()"):
    r = subprocess.run([sys.executable, "-X", "faulthandler", "-c", "import faulthandler\ndef f():\n    faulthandler." + crash + "\nf()"], capture_output=True, text=True)
    print(r.returncode, re.sub("0x[0-9a-f]{16}", "ID", r.stderr))
for bad in (
    lambda: faulthandler.register(signal.SIGSEGV),
    lambda: faulthandler.register(1000),
    lambda: faulthandler.dump_traceback(-1),
    lambda: faulthandler.dump_traceback("x"),
    lambda: faulthandler.dump_traceback_later(0),
    lambda: faulthandler.dump_traceback_later("x"),
):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
