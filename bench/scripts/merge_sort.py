"""Merge sort written out in Python. Threads sort the parts; then each merges one range of values from all parts."""
# group: data

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor

import _bench

PARTS = 48


def merge(left, right):
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    merged.extend(left[i:])
    merged.extend(right[j:])
    return merged


def merge_sort(numbers):
    if len(numbers) < 2:
        return numbers
    middle = len(numbers) // 2
    return merge(merge_sort(numbers[:middle]), merge_sort(numbers[middle:]))


def merge_range(parts, low, high):
    """Merges what lies from low up to but not including high in the sorted parts."""
    slices = [part[bisect_left(part, low):bisect_left(part, high)] for part in parts]
    while len(slices) > 1:
        slices = [merge(*pair) if len(pair) == 2 else pair[0]
                  for pair in (slices[i:i + 2] for i in range(0, len(slices), 2))]
    return slices[0]


def main(threads, scale):
    count = max(PARTS, int(500_000 * scale))
    numbers = []
    value = 12345
    for _ in range(count):
        value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
        numbers.append(value >> 8)
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            parts = list(pool.map(lambda piece: merge_sort(numbers[piece.start:piece.stop]),
                                  _bench.split(count, PARTS)))
            sample = sorted(number for part in parts for number in part[::max(1, len(part) // 8)])
            pivots = [sample[i * len(sample) // PARTS] for i in range(1, PARTS)]
            ranges = list(pool.map(lambda low, high: merge_range(parts, low, high),
                                   [0] + pivots, pivots + [1 << 31]))
    ordered = [number for part in ranges for number in part]
    print("numbers:", len(ordered), "sorted:", ordered == sorted(numbers), "first, middle, last:",
          ordered[0], ordered[len(ordered) // 2], ordered[-1])


if __name__ == "__main__":
    _bench.run(main)
