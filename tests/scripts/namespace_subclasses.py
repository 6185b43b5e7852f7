# Globals and builtins that are subclasses of dict are asked as mappings are.
class Numbers(dict):
    def __missing__(self, key):
        if key.startswith("n_"):
            return int(key[2:])
        raise KeyError(key)


class Refusing(dict):
    def __getitem__(self, key):
        raise LookupError(key)


namespace = Numbers(x=10)
function = eval("lambda: n_1 + n_20 + x + len('abc')", namespace)
for _ in range(20):
    function()
print(function())
try:
    eval("missing", Numbers())
except NameError as error:
    print(error)
for globals_ in Refusing(name=1), {"__builtins__": Refusing(name=1)}:
    try:
        exec("name", globals_)
    except LookupError as error:
        print("LookupError", error)
print(eval("n_5", {"__builtins__": Numbers()}))
