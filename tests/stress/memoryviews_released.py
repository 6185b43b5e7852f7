# Memoryviews that one thread releases while others slice, cast, copy and export them, over a bytearray that grows as soon as nobody looks at it.
import array
import struct

from _stress import check, done, together, turns

TURNS = turns(3000)
SIZE = 5000
base = bytearray(b"a" * SIZE)
view = memoryview(base)


def held():
    """Somebody has a view: the memory stays where it is."""
    try:
        base.append(97)
    except BufferError:
        return
    check(False, "a bytearray grew under a view")


class Slow:
    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def work(number, random):
    global view
    for turn in range(TURNS):
        v = view
        try:
            match number % 6:
                case 0:
                    v.release()
                    try:
                        base.extend(b"a" * random.choice((1, 300000)))
                        del base[SIZE:]
                    except BufferError:
                        pass
                    view = memoryview(base)
                case 1:
                    part = v[10:4000]
                    held()
                    part.release()
                    part = v[10 : Slow(4000)]
                    held()
                    check(bytes(part[1000:1100]) == b"a" * 100, "bytes that nobody wrote")
                    part.release()
                case 2:
                    with v.cast("H") as pairs, v.toreadonly() as fixed, memoryview(v) as same:
                        held()
                        check(pairs[1200] == 0x6161 and fixed[10] == same[Slow(20)] == 97, "items that nobody wrote")
                case 3:
                    check(b"".join((v, v))[SIZE + 5 : SIZE + 9] == b"aaaa", "bytes that nobody wrote")
                    v[Slow(5)] = Slow(97)
                    v[5:9] = b"aaaa"
                case 4:
                    if len(v) == SIZE:  # or one has just been added, of which a view was taken before it could be deleted
                        items = struct.iter_unpack("50s", v)
                        held()
                        check(next(items) == (b"a" * 50,), "bytes that nobody wrote")
                        del items
                    check(struct.unpack_from("4s", v, 100)[0] == b"aaaa", "bytes that nobody wrote")
                    check(v.obj is base and v[:50] == b"a" * 50 and v.tolist()[7] == 97, "another object")
                case 5:
                    check(len(array.array("B", v)) >= SIZE, "too short")
                    check(v.tobytes()[:3] == b"aaa", "bytes that nobody wrote")
        except (ValueError, BufferError, TypeError):
            pass


together(work, 12)
done()
