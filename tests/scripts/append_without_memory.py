# A variable keeps its text when there is no memory for what is to be appended to it.
# builds: ft gil debug
import resource

SIZE = 300 << 20


def limited(function):
    old = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + SIZE // 2, old[1]))
    try:
        function()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, old)


def keeps_text():
    long = "x" * SIZE
    s = "abc"

    def append():
        nonlocal s
        t = "abc"
        for k in range(2):
            try:
                t += long
            except MemoryError:
                print("MemoryError", type(t))
                print(t)
        try:
            s += long
        except MemoryError:
            print("MemoryError", s)

    limited(append)
    print(s, len(long))


keeps_text()
