# How deep C code may recurse is bounded by sys.setrecursionlimit(), as calls are.
import json
import sys


def nested(n):
    inside = []
    for _ in range(n):
        inside = [inside]
    return inside


def attempt(function, *args):
    try:
        function(*args)
        print("fine")
    except RecursionError as error:
        print(error)


deep, same = nested(1100), nested(1100)
attempt(repr, deep)
attempt(str, deep)
attempt(lambda: deep == same)
attempt(json.dumps, deep)
attempt(json.loads, "[" * 2000)
attempt(isinstance, 1, eval("(" * 50 + "int" + ",)" * 50))
sys.setrecursionlimit(3000)
attempt(repr, deep)
attempt(lambda: deep == same)
sys.setrecursionlimit(1000)
inside = ()
for _ in range(5000):
    inside = (inside,)
attempt(hash, inside)
count = 0


def calls():
    global count
    count += 1
    calls()


attempt(calls)
print(count)
count = 0
attempt(repr, nested(900))


class Same:
    def __eq__(self, other):
        return other == self


attempt(lambda: Same() == Same())
attempt(eval, "sys.setrecursionlimit(sys.getrecursionlimit())")
