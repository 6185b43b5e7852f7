"""Threads import one module whose code fails: each gets its error, and none the half of a module."""
import os
import sys
import tempfile
import threading

THREADS, ROUNDS = 6, 40
folder = tempfile.TemporaryDirectory()
sys.path.insert(0, folder.name)
sys.dont_write_bytecode = True
for i in range(ROUNDS):
    with open(os.path.join(folder.name, f"fails{i}.py"), "w") as f:
        f.write("first = 1\nfrom time import sleep\nsleep(0.0005)\nraise ValueError('as it should')\nlast = 1\n")
barrier = threading.Barrier(THREADS)
wrong = []


def work():
    for i in range(ROUNDS):
        barrier.wait()
        try:
            module = __import__(f"fails{i}", fromlist=["last"])
            wrong.append(vars(module).keys())
        except ValueError:
            pass


threads = [threading.Thread(target=work) for _ in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
folder.cleanup()
assert not wrong, (len(wrong), wrong[0])
