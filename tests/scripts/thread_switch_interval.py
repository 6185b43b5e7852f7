# sys.setswitchinterval and getswitchinterval; a busy thread doesn't keep another from running.
import sys
import threading

old = sys.getswitchinterval()
sys.setswitchinterval(0.001)
print(old, sys.getswitchinterval())
for bad in (0, -1):
    try:
        sys.setswitchinterval(bad)
    except ValueError as error:
        print(error)
stop = False


def spin():
    while not stop:
        pass


t = threading.Thread(target=spin)
t.start()
for _ in range(5):
    u = threading.Thread(target=sum, args=([1, 2],))
    u.start()
    u.join()
stop = True
t.join()
print("both ran")
