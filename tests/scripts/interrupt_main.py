# interrupt_main() shows when the wait of the main thread is over; it ends none.
import _thread
import threading
import time


def in_a_join():
    waits.wait()
    time.sleep(0.3)  # now the main thread is in join()
    _thread.interrupt_main()
    time.sleep(0.3)
    order.append("thread ended")


order = []
waits = threading.Event()
thread = threading.Thread(target=in_a_join)
thread.start()
try:
    waits.set()
    thread.join()
except KeyboardInterrupt:
    order.append("interrupted")
thread.join()
print(order, thread.is_alive())


def at_once():
    go.acquire()  # not in the middle of start(), where an exception leaves a condition variable broken, in CPython, too
    _thread.interrupt_main()
    time.sleep(0.2)
    lock.release()


go = _thread.allocate_lock()
go.acquire()
lock = threading.Lock()
lock.acquire()
thread = threading.Thread(target=at_once)
thread.start()
try:
    go.release()
    lock.acquire()
except KeyboardInterrupt:
    pass
thread.join()
print(thread.is_alive())
