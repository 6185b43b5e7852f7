# -i, and the interactive loop on piped input.
printf 'x = 5\nx + 1\nNone\nif x:\n    print("block")\n\n1/0\n_\nfor i in range(2): i\n\nprint(x' | "$PYTHON" -i -q 2>&1 | sed 's/>>> //g; s/\.\.\. //g'
echo "status $?"
printf 'y\n' | "$PYTHON" -q -i -c 'y = 7' 2>/dev/null
printf 'import sys\nsys.exit(3)\n' | "$PYTHON" -q -i >/dev/null 2>&1; echo "status $?"
echo 'z = 1; 1/0' >fail.py
printf 'z + 1\n' | "$PYTHON" -q -i fail.py 2>/dev/null; echo "status $?"
printf 'exit()\n' | "$PYTHON" -i >/dev/null 2>&1; echo "status $?"
PYTHONINSPECT=1 "$PYTHON" -c 'print("then")' </dev/null 2>/dev/null; echo "status $?"
printf 'def f():\n    return 4\n\nf()\n"text"\n[1,\n2]\n' | "$PYTHON" -i -q 2>/dev/null
