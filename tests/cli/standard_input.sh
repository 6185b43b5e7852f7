# Reading from stdin: scripts, input(), pipes, end of file.
printf 'print("from stdin")\nx = 5\nprint(x)\n' | "$PYTHON"
printf 'print("dash")\n' | "$PYTHON" - a b
printf 'one\ntwo\n' | "$PYTHON" -c 'print(input(), repr(input("prompt> ")))'
printf 'last' | "$PYTHON" -c 'print(input())'
"$PYTHON" -c 'input()' </dev/null 2>&1 | tail -n 1
printf 'a\nb\nc\n' | "$PYTHON" -c 'import sys
for line in sys.stdin: print(line.strip().upper(), end=" ")
print(repr(sys.stdin.read()))'
printf '\303\251\377' | "$PYTHON" -c 'import sys; print(ascii(sys.stdin.read()))'
printf '\303\251\377' | "$PYTHON" -c 'import sys; print(sys.stdin.buffer.read())'
printf 'def f(:\n' | "$PYTHON" 2>&1; echo "status $?"
printf '1/0\n' | "$PYTHON" 2>&1; echo "status $?"
"$PYTHON" -c 'import sys; print(sys.stdin)' <&- 2>&1
seq 100000 | "$PYTHON" -c 'import sys; print(sum(map(int, sys.stdin)))'
seq 5 | "$PYTHON" -c 'import sys; print(sys.stdin.readline(), sys.stdin.readlines()[1:3], sys.stdin.isatty(), sys.stdin.name, sys.stdin.mode)'
