# A child forked by a thread goes on in that thread, with its stack, its locks and its standard output.
import os
import threading


def recurse(n):
    return n and recurse(n - 1)


def fork():
    pid = os.fork()
    if pid == 0:
        again = threading.Thread(target=lambda: None)
        again.start()
        again.join()
        print("child", recurse(500), threading.active_count(), threading.main_thread() is threading.current_thread(), flush=True)
        os._exit(3)
    print("parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


fork()
for size in (0, 1 << 20):
    threading.stack_size(size)
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
