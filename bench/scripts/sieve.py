"""Counts primes by a segmented sieve of Eratosthenes: the small primes are shared, each segment is private."""
# group: numeric

from concurrent.futures import ThreadPoolExecutor

import _bench

SEGMENT = 65_536


def small_primes(limit):
    flags = [True] * (limit + 1)
    flags[0] = flags[1] = False
    for number in range(2, int(limit ** 0.5) + 1):
        if flags[number]:
            for multiple in range(number * number, limit + 1, number):
                flags[multiple] = False
    return [number for number, prime in enumerate(flags) if prime]


def main(threads, scale):
    limit = int(16_000_000 * scale)
    primes = small_primes(int(limit ** 0.5) + 1)

    def count(begin):
        end = min(begin + SEGMENT, limit + 1)
        flags = [True] * (end - begin)
        for prime in primes:
            square = prime * prime
            if square >= end:
                break
            multiple = max(square, (begin + prime - 1) // prime * prime) - begin
            while multiple < end - begin:
                flags[multiple] = False
                multiple += prime
        found = 0
        last = 0
        for offset in range(end - begin):
            if flags[offset] and begin + offset >= 2:
                found += 1
                last = begin + offset
        return found, last

    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(count, range(0, limit + 1, SEGMENT)))
    print(f"primes up to {limit}:", sum(found for found, _ in results),
          "largest:", max(last for _, last in results))


if __name__ == "__main__":
    _bench.run(main)
