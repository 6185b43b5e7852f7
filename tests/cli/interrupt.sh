# Ctrl-C reaches the main thread whatever it does, and threads with it.
mkfifo never
exec 3<>never
for code in 'while True: pass' 'import time; time.sleep(60)' 'import threading; threading.Event().wait()' 'import threading; l = threading.Lock(); l.acquire(); l.acquire()' 'import queue; queue.Queue().get()' 'import threading, time; t = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start(); t.join()' 'import threading
def spin():
    while True: pass
for i in range(3): threading.Thread(target=spin, daemon=True).start()
while True: pass' 'import sys; sys.stdin.read()'; do
    timeout --foreground -s INT -k 20 1 "$PYTHON" -c "$code" <&3 >out 2>&1
    tail -n 1 out
done
"$PYTHON" -c 'import os, signal, threading, time
threading.Thread(target=lambda: (time.sleep(0.1), os.kill(os.getpid(), signal.SIGINT))).start()
try:
    while True: time.sleep(0.01)
except KeyboardInterrupt: print("caught")
print("goes on")'; echo "status $?"
