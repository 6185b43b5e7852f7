# interrupt_main() shows when the wait of the main thread is over; it ends none.
import _thread, threading, time
def late():
    time.sleep(0.3)
    _thread.interrupt_main()
    time.sleep(0.3)
    order.append('thread ended')
order = []
t = threading.Thread(target=late)
t.start()
try:
    t.join()
except KeyboardInterrupt:
    order.append('interrupted')
t.join()
print(order, t.is_alive())
lock = threading.Lock(); lock.acquire()
order = []
def late():
    _thread.interrupt_main()
    time.sleep(0.2)
    order.append('released')
    lock.release()
t = threading.Thread(target=late)
try:
    t.start()
    lock.acquire()
except KeyboardInterrupt:
    pass
t.join()
print(t.is_alive())
