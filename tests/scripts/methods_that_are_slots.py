# Some types have methods of their own where others have wrappers of slots.
for f in [lambda: [].__getitem__(), lambda: list.__getitem__(), lambda: list.__getitem__(1,2), lambda:[].__getitem__(1,2), lambda:[].__getitem__(1), lambda: [].__getitem__("a"), lambda: [1,2].__getitem__(slice(None)), lambda:[].__getitem__(x=1),
  lambda: {}.__getitem__(), lambda: {}.__contains__(), lambda: dict.__contains__(1), lambda: set().__contains__(), lambda: frozenset().__contains__(1,2), lambda: [].__reversed__(1), lambda: repr(list.__getitem__), lambda: list.__getitem__.__doc__, lambda: list.__getitem__.__text_signature__, lambda: list.__getitem__.__qualname__,
  lambda: ().__getitem__(), lambda: "".__getitem__(), lambda: b"".__getitem__(), lambda: range(3).__getitem__(), lambda: [].__setitem__(), lambda: [].__delitem__(), lambda: [].__contains__(),lambda: {}.__setitem__(1), lambda: type([].__getitem__), lambda: type({}.__contains__)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
class L(list):
    def __getitem__(self, i): return ("L", list.__getitem__(self, i))
    pass
print(L([1,2])[0], L([1]).__getitem__(0))
class M(list): pass
print(M([1,2])[1], M.__getitem__)
M.__getitem__ = lambda s,i: 5
print(M([1])[0])
