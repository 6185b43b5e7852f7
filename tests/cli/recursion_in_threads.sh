# Too deep recursion in a thread ends that thread alone.
"$PYTHON" -c '
import threading
def f(n): return f(n + 1)
def safe():
    try: f(0)
    except RecursionError as error: print(error)
threads = [threading.Thread(target=safe) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print("fine")'
"$PYTHON" -c '
import threading
def f(n): return f(n + 1)
t = threading.Thread(target=f, args=(0,))
t.start(); t.join()
print("main lives")' 2>err; echo "status $?"; tail -n 1 err
