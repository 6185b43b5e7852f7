# A child of fork() makes classes whatever other threads were doing to classes at that moment.
import os
import threading

import _stress
from _stress import check, turns


class Changing:
    pass


def change():
    while not over.is_set():
        Changing.__len__ = lambda self: 1
        Changing.__len__ = lambda self: 2


over = threading.Event()
threads = [threading.Thread(target=change, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for turn in range(turns(40)):
    pid = os.fork()
    if pid == 0:
        class Made(Changing):
            pass

        Made.attribute = len(Changing())
        os._exit(0 if Made.attribute in (1, 2) else 1)
    check(os.waitpid(pid, 0)[1] == 0, "child", turn)
over.set()
for thread in threads:
    thread.join()
_stress.done()
