# What faulthandler writes: at once, after a time, on a signal, when the process dies.
import faulthandler
import signal
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryFile() as file:
    faulthandler.dump_traceback(file)
    faulthandler.dump_traceback_later(0.05, file=file)
    time.sleep(0.3)
    faulthandler.dump_traceback_later(0.05, file=file)
    faulthandler.cancel_dump_traceback_later()
    faulthandler.register(signal.SIGUSR1, file, all_threads=False)
    signal.raise_signal(signal.SIGUSR1)
    assert faulthandler.unregister(signal.SIGUSR1) and not faulthandler.unregister(signal.SIGUSR1)
    file.seek(0)
    text = file.read().decode()
assert text.startswith("Current thread 0x"), text
assert text.count("Timeout (0:00:00.050000)!\nThread 0x") == 1, text
assert text.count("Stack (most recent call first):\n") == 1, text
assert text.count(", line ") == 3 and text.count(" in <module>\n") == 3, text
child = subprocess.run([sys.executable, "-X", "faulthandler", "-c", "import faulthandler\ndef f(): faulthandler._sigsegv()\nf()"], capture_output=True)
assert child.returncode == -signal.SIGSEGV, child
assert b'Fatal Python error: Segmentation fault\n\nCurrent thread 0x' in child.stderr, child
assert b'\n  File "<string>", line 2 in f\n  File "<string>", line 3 in <module>\n' in child.stderr, child
assert not faulthandler.is_enabled()
# A loop in C that no thread can stop doesn't keep the process from ending.
child = subprocess.run([sys.executable, "-c", "import faulthandler, itertools\nfaulthandler.dump_traceback_later(0.2, exit=True)\nset(itertools.repeat(1))"], capture_output=True, timeout=60)
assert child.returncode == 1 and b'  File "<string>", line 3 in <module>\n' in child.stderr, child
