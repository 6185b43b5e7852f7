# Daemon threads don't hold the program back at its end; other threads do.
import threading
import time


def forever():
    while True:
        time.sleep(0.001)


def busy():
    n = 0
    while True:
        n += 1


def late():
    time.sleep(0.05)
    print("a thread that isn't a daemon ends its work")


for target in (forever, busy, threading.Lock().__enter__, threading.Event().wait):
    threading.Thread(target=target, daemon=True).start()
locked = threading.Lock()
locked.acquire()
threading.Thread(target=locked.acquire, daemon=True).start()
threading.Thread(target=late).start()
print("main ends")
