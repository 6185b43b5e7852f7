# Maps that are closed and resized as soon as their views are released, while other threads read through those views.
import mmap
import os
import tempfile

from _stress import check, done, together, turns

TURNS = turns(300)
SIZE = 1 << 21
shared = [None, None, None]
file = tempfile.TemporaryFile()
file.write(b"a" * SIZE)
file.flush()


def show_for_a_while(m, random):
    view = memoryview(m)
    shared[:] = m, view, view[10:]
    for _ in range(random.randrange(2000)):
        pass
    shared[2].release()
    view.release()


def work(number, random):
    for turn in range(TURNS):
        try:
            if number == 0:
                m = mmap.mmap(file.fileno(), SIZE)
                show_for_a_while(m, random)
                m.close()
            elif number == 1:
                m = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                show_for_a_while(m, random)
                m.resize(SIZE // 2 * 3)
                m.resize(SIZE * 8)
                m.close()
            else:
                m, view, part = shared
                if view is not None:
                    check(len(bytes(view)) >= SIZE and len(part.tobytes()) >= SIZE - 10, "too short")
                    check(view[5] in (97, 0) and part.cast("B")[:3].tolist()[0] in (97, 0), "bytes that nobody wrote")
                    view == part
        except (ValueError, BufferError, TypeError, OSError):
            pass


together(work, 6)
done()
