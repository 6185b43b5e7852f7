# Programs that end while daemon threads are busy, blocked, collecting, starting and at the same containers: each must end, and well.
import subprocess
import sys

import _stress
from _stress import check, turns

PROGRAM = """
import gc, sys, threading, time
shared, numbers, lock = {}, [], threading.Lock()

class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n % 7
    def __eq__(self, other): return self.n == other.n

def changes_what_all_share():
    for i in range(10**9):
        shared[Key(i % 50)] = i
        numbers.append(i)
        if len(numbers) > 100: numbers.clear()

def calls_python_under_the_lock_of_a_dict():
    while True: shared.get(Key(3))

def collects():
    while True:
        gc.collect()
        class Cycle: pass
        c = Cycle(); c.c = c

def sleeps():
    while True: time.sleep(0)

def locks():
    while True:
        with lock: numbers.sort()

def starts():
    while True:
        try: threading.Thread(target=int, daemon=True).start()
        except RuntimeError: time.sleep(0.001)

work = [changes_what_all_share, calls_python_under_the_lock_of_a_dict, collects, sleeps, locks, starts]
sys.setswitchinterval(0.0001)
for i in range(9):
    threading.Thread(target=work[(i + int(sys.argv[1])) % len(work)], daemon=True).start()
time.sleep(int(sys.argv[1]) % 5 * 0.003)
vars(sys.modules["__main__"]).update(kept=shared, also=numbers)
print("ends")
"""

for turn in range(turns(12)):
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(turn)], capture_output=True, text=True, timeout=300)
    check((done.returncode, done.stdout) == (0, "ends\n"), "turn", turn, done.returncode, done.stdout, done.stderr[-2000:])
_stress.done()
