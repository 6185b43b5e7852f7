"""All threads add to one global counter without a lock.

The final value isn't checkable: "counter += 1" reads, adds and writes, so threads that run at the same time
lose each other's increments. (CPython 3.11 happens to switch threads at other places only.) What is checkable
is that every thread made all its turns and that the counter holds a number that is possible: at least 1, at
most the number of increments.
"""
# group: contended

import threading

import _bench

counter = 0


def add(turns, done, index):
    global counter
    made = 0
    for _ in turns:
        counter += 1
        made += 1
    done[index] = made


def main(threads, scale):
    increments = int(36_000_000 * scale)
    pieces = _bench.split(increments, threads)
    done = [0] * len(pieces)
    with _bench.timed():
        workers = [threading.Thread(target=add, args=(piece, done, index))
                   for index, piece in enumerate(pieces)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    _bench.remark(f"{increments - counter} of {increments} increments lost")
    print("increments:", sum(done), "counter possible:", 1 <= counter <= increments)


if __name__ == "__main__":
    _bench.run(main)
