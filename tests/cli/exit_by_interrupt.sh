# The exit status after a KeyboardInterrupt that nobody caught, in each way to run a program.
say() { echo "$1: $?"; }
"$PYTHON" -c 'raise KeyboardInterrupt' 2>/dev/null; say command
echo 'raise KeyboardInterrupt' >a.py
"$PYTHON" a.py 2>/dev/null; say script
"$PYTHON" <a.py 2>/dev/null; say 'standard input'
"$PYTHON" -m a 2>/dev/null; say module
mkdir d; cp a.py d/__main__.py; "$PYTHON" d 2>/dev/null; say folder
"$PYTHON" -c 'import a' 2>/dev/null; say import
printf 'class K(KeyboardInterrupt): pass\nraise K' >b.py
"$PYTHON" b.py 2>/dev/null; say subclass
"$PYTHON" -c 'import sys; sys.excepthook = lambda *a: print(a[1]); raise KeyboardInterrupt'; say hook
"$PYTHON" -c 'import sys; sys.excepthook = lambda *a: sys.exit(3); raise KeyboardInterrupt'; say 'hook that exits'
"$PYTHON" -i -q 2>/dev/null <a.py; say 'last at the prompt'
printf 'raise KeyboardInterrupt\n1\n' | "$PYTHON" -i -q 2>/dev/null; say 'not the last at the prompt'
echo 'raise SystemExit(5)' | "$PYTHON" -i -c 'raise KeyboardInterrupt' 2>/dev/null; say 'exit at the prompt'
"$PYTHON" -i -c 'raise KeyboardInterrupt' 2>/dev/null </dev/null; say 'prompt ends at once'
exit 0
