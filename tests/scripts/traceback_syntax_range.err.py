# A SyntaxError whose markers span an expression.
a = 1
if a and f(a, b for b in range(3), 5) == 2:
    pass
