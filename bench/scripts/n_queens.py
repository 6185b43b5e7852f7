"""Counts the ways to place queens on a board; each first row's placement is a task of its own."""
# group: data

from concurrent.futures import ThreadPoolExecutor

import _bench


def solutions(size, row, columns, rising, falling):
    if row == size:
        return 1
    count = 0
    for column in range(size):
        up, down = row + column, row - column
        if column not in columns and up not in rising and down not in falling:
            columns.add(column)
            rising.add(up)
            falling.add(down)
            count += solutions(size, row + 1, columns, rising, falling)
            columns.remove(column)
            rising.remove(up)
            falling.remove(down)
    return count


def main(threads, scale):
    # The board decides most; a small one is solved more often.
    size, rounds = (11, scale * 6) if scale >= 0.5 else (9, scale * 120)

    def below(start):
        first, second = divmod(start, size)
        if abs(first - second) < 2:
            return 0
        return solutions(size, 2, {first, second}, {first, 1 + second}, {-first, 1 - second})

    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            total = 0
            for _ in range(max(1, round(rounds))):
                total = sum(pool.map(below, range(size * size)))
    print(f"{size} queens:", total)


if __name__ == "__main__":
    _bench.run(main)
