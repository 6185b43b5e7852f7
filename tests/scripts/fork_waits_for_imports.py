# fork() waits until another thread gives the import lock back; a thread that holds it itself forks at once
import os
import sys
import threading
import time
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import imp


def importer():
    imp.acquire_lock()
    sys.modules["a test module"] = "half"
    started.set()
    time.sleep(0.1)
    sys.modules["a test module"] = "whole"
    imp.release_lock()


def in_child(f):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        print("child:", f(), imp.lock_held())
        sys.stdout.flush()
        os._exit(0)
    print("status", os.waitpid(pid, 0)[1], imp.lock_held())


started = threading.Event()
thread = threading.Thread(target=importer)
thread.start()
started.wait()
in_child(lambda: __import__("a test module"))
thread.join()
imp.acquire_lock()
in_child(lambda: __import__("colorsys").__name__)
imp.release_lock()
in_child(lambda: __import__("chunk").__name__ if sys.version_info < (3,) else "fresh")
