# Exit statuses.
for code in 'pass' 'raise SystemExit' 'raise SystemExit(3)' 'import sys; sys.exit(None)' 'import sys; sys.exit("text")' 'import sys; sys.exit(256)' 'import sys; sys.exit(-1)' 'import sys; sys.exit(True)' 'import sys; sys.exit((1, 2))' '1/0' 'import os; os._exit(9)' '(' 'raise KeyboardInterrupt' 'import sys; sys.exit(2.5)' 'exit(4)' 'quit()' 'import sys; sys.exit(2**70)' 'import atexit, os; atexit.register(os._exit, 6)' 'import atexit; atexit.register(lambda: 1/0)' 'raise BaseException("b")'; do
    "$PYTHON" -c "$code" >out 2>&1
    echo "$code: $?, $(tail -n 1 out)"
done
"$PYTHON" -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'; echo "SIGTERM: $?"
"$PYTHON" -c 'import os, signal; os.kill(os.getpid(), signal.SIGINT)' 2>/dev/null; echo "SIGINT: $?"
"$PYTHON" -c 'import os; os.abort()' 2>/dev/null; echo "abort: $?"
"$PYTHON" -c 'import threading, sys; threading.Thread(target=sys.exit, args=(7,)).start()'; echo "exit in a thread: $?"
"$PYTHON" -c 'import sys; print("x"); sys.stdout.flush()' >/dev/full 2>err; echo "full: $?"; tail -n 1 err
"$PYTHON" -c 'print("x")' >/dev/full 2>err; echo "full at exit: $?"; tail -n 1 err
"$PYTHON" -c 'print("x")' >&-; echo "closed: $?"
