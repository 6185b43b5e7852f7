"""Sets made by operators on dict views, and by displays of constants, have the order that CPython gives them."""
for n in range(0, 40):
    d = {i * 37 % 101: None for i in range(n)}
    keys = d.keys()
    print(n, list(set(d)), list(keys - set()), list(keys - {37}), list(keys | {55}), list(keys ^ {55, 74}), list(keys & {0, 37, 74, 10, 47, 84, 20}), list(keys - [74, 46]), list([37, 3] - keys), list([37, 3] | keys))
    numbers = ", ".join(map(str, d))
    print(eval("{" + numbers + "}"), eval("{x, " + numbers + "}", {"x": 5}), eval("frozenset({" + numbers + "})"), eval("{*x, " + numbers + "}", {"x": {101, 3}}))
