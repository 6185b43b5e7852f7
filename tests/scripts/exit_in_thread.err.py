# An uncaught exception in a thread is printed; SystemExit there is silent; the main thread goes on.
import sys
import threading


def fails():
    raise ValueError("in thread")


def leaves():
    sys.exit(5)


for target in (fails, leaves):
    thread = threading.Thread(target=target, name="worker")
    thread.start()
    thread.join()
print("main goes on")
threading.excepthook = lambda args: print("hook", args.exc_type.__name__, args.exc_value, args.thread.name)
thread = threading.Thread(target=fails, name="hooked")
thread.start()
thread.join()
raise SystemExit(3)
