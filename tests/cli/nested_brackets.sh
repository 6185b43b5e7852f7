# 100,000 nested brackets, long chains, a large expression: an error or a result, no crash.
for make in '"(" * 100000 + ")" * 100000' '"[" * 100000 + "]" * 100000' '"{" * 100000' '"(" * 100000' '"-" * 100000 + "1"' '"not " * 100000 + "1"' '"lambda:" * 100000 + "1"' '"f(" * 150 + ")" * 150' '"(" * 250 + ")" * 250' '"a." * 5000 + "b"' '"x = " * 3000 + "1"' '"if 1:\n" + "".join("  " * i + "if 1:\n" for i in range(1, 101)) + "  " * 101 + "1"' '"await " * 100000 + "x"' '"*" * 100000 + "x"' '"x if x else " * 100000 + "x"'; do
    "$PYTHON" -c "import sys; open('deep.py', 'w').write($make)"
    "$PYTHON" -c 'import sys
try:
    compile(open("deep.py").read(), "deep.py", "exec")
    print("compiles")
except (SyntaxError, MemoryError, RecursionError) as error:
    print("refused")' 2>/dev/null
    status=$?
    test $status -lt 2 || echo "$make: status $status"
done | grep status
"$PYTHON" -c 'print(eval("+".join(["1"] * 1000)), len(eval("[" + "1," * 500000 + "]")), eval("\"" + "a" * 10000000 + "\"")[-1], len(eval("(" + "\"ab\" " * 100000 + ")")))'
"$PYTHON" -c 'exec("x = 1\n" * 100000); print(x)'
"$PYTHON" -c 'd = eval("{" + ",".join(f"{i}: {i}" for i in range(100000)) + "}"); print(len(d))'
"$PYTHON" -c 'exec("def f(" + ",".join(f"a{i}" for i in range(1000)) + "): return a999\nprint(f(*range(1000)))")'
"$PYTHON" -c 'for n in 2000, 100000, 2500000:
    try:
        print(eval("+".join(["1"] * n)))
    except RecursionError as error:
        print(error)'
