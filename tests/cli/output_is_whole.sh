# All output arrives, also when threads, exits and errors end the program.
"$PYTHON" -c 'for i in range(100000): print(i)' | md5sum
"$PYTHON" -c 'import sys
for i in range(50000): print("out", i)
sys.exit(1)' | tail -n 1
"$PYTHON" -c 'import threading
def w(n):
    for i in range(2000): print(f"{n}:{i}\n", end="")
ts = [threading.Thread(target=w, args=(n,)) for n in range(8)]
for t in ts: t.start()
for t in ts: t.join()' | wc -c
"$PYTHON" -c 'open("written", "w").write("x" * 1000000)'; wc -c <written
"$PYTHON" -c 'f = open("kept", "w"); f.write("data\n" * 1000); 1/0' 2>/dev/null; wc -c <kept
"$PYTHON" -c 'import sys; print("a", end=""); print("b", file=sys.stderr, end=""); print("c")' 2>/dev/null
"$PYTHON" -c 'import os; print("before fork", flush=True)
if os.fork() == 0:
    print("child"); raise SystemExit(0)
os.wait(); print("parent")'
"$PYTHON" -c 'print("no newline", end="")'; echo
"$PYTHON" -c 'import threading, time
def slow(): time.sleep(0.05); print("from a thread after main")
threading.Thread(target=slow).start(); print("main")'
