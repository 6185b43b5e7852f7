# threading.local: separate in each thread, with __init__ again in each, subclasses, deletion.
import threading

data = threading.local()
data.x = "main"


class Counted(threading.local):
    made = 0

    def __init__(self, start):
        Counted.made += 1
        self.value = start


counted = Counted(10)
counted.value += 1
out = []


def work(n):
    out.append(hasattr(data, "x"))
    data.x = n
    counted.value += n
    out.append((data.x, counted.value, vars(data)))
    del data.x
    try:
        data.x
    except AttributeError as error:
        out.append(str(error))


for n in (1, 2):
    t = threading.Thread(target=work, args=(n,))
    t.start()
    t.join()
print(out, data.x, counted.value, Counted.made, data.__dict__)
try:
    threading.local(1)
except TypeError as error:
    print(error)


class Dying:
    def __del__(self):
        deaths.append("gone")


deaths = []


def holds():
    data.dying = Dying()


t = threading.Thread(target=holds)
t.start()
t.join()
import gc

gc.collect()
print(deaths)
