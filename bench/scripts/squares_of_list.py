"""Squares the numbers of one shared list into new lists, chunk by chunk, through a thread pool."""
# group: data

from concurrent.futures import ThreadPoolExecutor

import _bench

ROUNDS = 150


def main(threads, scale):
    count = int(400_000 * scale)
    numbers = [(i * 7919) % 10007 for i in range(count)]
    chunks = [(chunk.start, chunk.stop) for chunk in _bench.split(count, 48)]

    def squares(bounds):
        begin, end = bounds
        total = 0
        for _ in range(ROUNDS):
            squared = [number * number for number in numbers[begin:end]]
            total += sum(squared)
        return total, squared

    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(squares, chunks))
    joined = [number for _, squared in results for number in squared]
    print("squares:", len(joined), "sum over all rounds:", sum(total for total, _ in results),
          "middle:", joined[len(joined) // 2])


if __name__ == "__main__":
    _bench.run(main)
