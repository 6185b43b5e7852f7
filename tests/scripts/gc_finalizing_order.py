# In a cycle's end what holds an object is finalized before it, and what runs Python before files.
import codecs
import gc
import os
import tempfile


class Node:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)


class Small(Node):  # other sizes, so other places in memory
    __slots__ = "rest",


class Large(Node):
    __slots__ = tuple(f"slot{i}" for i in range(60))


gc.disable()
for kinds in [(Node, Small, Large), (Large, Node, Small), (Small, Large, Node)]:
    chain = [kind(f"{kind.__name__} {i}") for i, kind in enumerate(kinds)]
    for i in range(2):
        chain[i].next = chain[i + 1]
    chain[0].cycle = [chain[0]]
    del chain
    gc.collect()
path = os.path.join(tempfile.mkdtemp(), "text")


def writes():
    file = open(path, "w")
    try:
        file.write("begun ")
        yield
    finally:
        print("closed:", file.closed)
        file.write("ended")


for reverse in False, True:
    generator = writes()
    next(generator)
    box = [generator]
    box.append(box)
    del box, generator
    gc.collect()
    with open(path) as f:
        print(f.read())
