"""Sudoku by backtracking on the cell with the fewest candidates; a shared list of puzzles, a task for each."""
# group: data

from concurrent.futures import ThreadPoolExecutor

import _bench

# One full grid; puzzles are made from it by renaming its digits, swapping rows within a band, and emptying cells.
FULL = ("123456789", "456789123", "789123456", "231564897", "564897231", "897231564", "312645978", "645978312",
        "978312645")


def puzzle(number):
    value = number * 7919 + 17
    digits = list("123456789")
    for i in range(8, 0, -1):
        value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
        j = (value >> 16) % (i + 1)
        digits[i], digits[j] = digits[j], digits[i]
    rows = [i // 3 * 3 + (i + number) % 3 for i in range(9)]
    cells = [int(digits[int(digit) - 1]) for row in rows for digit in FULL[row]]
    order = list(range(81))
    for i in range(80, 0, -1):
        value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
        j = (value >> 16) % (i + 1)
        order[i], order[j] = order[j], order[i]
    for cell in order[:57]:
        cells[cell] = 0
    return cells


def peers():
    units = []
    for cell in range(81):
        row, column = divmod(cell, 9)
        units.append(tuple(other for other in range(81) if other != cell and (
            other // 9 == row or other % 9 == column
            or (other // 27 == row // 3 and other % 9 // 3 == column // 3))))
    return units


PEERS = peers()


def solve(cells):
    """Fills in the cells, the first solution in order; returns how many cells were tried, and if solved."""
    best = None
    for cell in range(81):
        if cells[cell] == 0:
            taken = {cells[peer] for peer in PEERS[cell]}
            candidates = [digit for digit in range(1, 10) if digit not in taken]
            if best is None or len(candidates) < len(best[1]):
                best = cell, candidates
                if len(candidates) < 2:
                    break
    if best is None:
        return 1, True
    cell, candidates = best
    tried = 1
    for digit in candidates:
        cells[cell] = digit
        more, solved = solve(cells)
        tried += more
        if solved:
            return tried, True
    cells[cell] = 0
    return tried, False


def solve_copy(given):
    cells = given[:]
    tried, solved = solve(cells)
    return tried, solved, "".join(map(str, cells))


def main(threads, scale):
    puzzles = [puzzle(number) for number in range(max(1, int(400 * scale)))]
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(solve_copy, puzzles))
    print("puzzles:", len(results), "solved:", sum(solved for _, solved, _ in results),
          "cells tried:", sum(tried for tried, _, _ in results))
    print(results[-1][2])


if __name__ == "__main__":
    _bench.run(main)
