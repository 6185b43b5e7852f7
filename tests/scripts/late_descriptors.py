# Something in a class that becomes a descriptor after code has learnt where the instances keep the attribute.
class Late:
    pass


class C:
    x = Late()

    def __init__(self):
        self.x = 1


def get(o):
    return o.x


def put(o, value):
    o.x = value


o = C()
for i in range(50):
    put(o, i)
    get(o)
print(get(o))
Late.__get__ = lambda self, instance, owner: "got"
print(get(o))
Late.__set__ = lambda self, instance, value: print("set", value)
put(o, 7)
print(get(o), o.__dict__)
del Late.__get__, Late.__set__
print(get(o))
