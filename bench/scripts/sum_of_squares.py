"""Sum of i*i over a range, cut into one piece for each thread."""
# group: numeric

import threading

import _bench


def sum_of_squares(numbers, results, index):
    results[index] = sum(i * i for i in numbers)


def main(threads, scale):
    pieces = _bench.split(int(36_000_000 * scale), threads)
    results = [0] * len(pieces)
    with _bench.timed():
        workers = [threading.Thread(target=sum_of_squares, args=(piece, results, index))
                   for index, piece in enumerate(pieces)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print("sum of squares:", sum(results))


if __name__ == "__main__":
    _bench.run(main)
