# BytesIO, StringIO, arrays, and files that are detached while others read: what one thread sees is whole, whatever the others do.
import array
import io
import os
import threading

from _stress import check, done, together, turns

TURNS = turns(300)
memory = io.BytesIO(b"x" * 100)
text = io.StringIO(newline=None)
numbers = array.array("q", range(1, 100))


def in_memory(number, random):
    for turn in range(TURNS):
        try:
            if number % 3 == 0:
                with memory.getbuffer() as view:
                    check(set(bytes(view)) <= set(b"xy\0"), "bytes that nobody wrote")
            elif number % 3 == 1:
                memory.seek(random.randrange(200))
                memory.write(b"y" * random.randrange(2000))
                memory.truncate(random.randrange(300))
            else:
                memory.__init__(b"x" * random.randrange(200))
                memory.getvalue()
                memory.tell()
        except BufferError:
            pass
        if number % 2:
            text.write("a\r\nb\r")
            if turn % 16 == 0:
                text.seek(0)
                text.truncate()
        else:
            check(set(text.getvalue()) <= set("ab\n\0"), "characters that nobody wrote")


def arrays(number, random):
    for turn in range(TURNS):
        kind = number % 4
        if kind == 0:
            numbers.append(-number - 1)
            check(numbers.pop() != 0, "a number that nobody put there")
        elif kind == 1:
            for copy in numbers[:], numbers.tolist(), numbers[::2], numbers + numbers:
                check(0 not in copy, "a number that nobody put there")
            check(numbers[-1] != 0, "a number that nobody put there")
        elif kind == 2:
            numbers.append(-1000 - number)
            numbers.insert(0, -2)
            del numbers[0:1]
        else:
            numbers[-1] = numbers[-1]
            part = array.array("q", range(100, 110))
            numbers.extend(part)
            del numbers[:-100:-1]
            numbers[0:0] = array.array("q", range(1, 100))


def files(number, random):
    for turn in range(turns(10)):
        for mode in "rb", "r":
            reading, writing = os.pipe()
            file = open(reading, mode)

            def read():
                try:
                    (file.read if mode == "rb" else file.readline)(30)
                except ValueError:
                    pass

            def write():
                os.write(writing, b"abc")
                os.write(writing, b"def")
                os.close(writing)
            threads = [threading.Thread(target=target) for target in (read, read, write, read)]
            for thread in threads:
                thread.start()
            try:
                file.detach()
            except ValueError:
                pass
            for thread in threads:
                thread.join()


together(in_memory, 8)
together(arrays, 8)
together(files, 4)
done()
