# Without columns tracebacks have no carets, and code has lines only.
code='def f():
    return 1 / 0
for line, end_line, column, end_column in f.__code__.co_positions():
    assert line == end_line and column is end_column is None
f()'
"$PYTHON" -X no_debug_ranges -c "$code" 2>&1
PYTHONNODEBUGRANGES=1 "$PYTHON" -c "$code" 2>&1
printf '%s\n' "$code" | sed '/positions/d; /assert/d' >plain.py
"$PYTHON" plain.py 2>&1
"$PYTHON" -X no_debug_ranges plain.py 2>&1
