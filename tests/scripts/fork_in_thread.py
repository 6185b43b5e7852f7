# A thread other than the main one forks: in the child it goes on, as the main thread, with all of its stack.
import os
import threading


def depth(n):
    return n and depth(n - 1)


def child():
    print(threading.main_thread().name, threading.main_thread() is threading.current_thread(), len(threading.enumerate()), depth(500), flush=True)
    other = threading.Thread(target=print, args=("a thread of the child",), kwargs={"flush": True})
    other.start()
    other.join()


def forks():
    pid = os.fork()
    if pid == 0:
        child()
    else:
        print(os.waitpid(pid, 0)[1], flush=True)


thread = threading.Thread(target=forks, name="the one that forks")
thread.start()
thread.join()
