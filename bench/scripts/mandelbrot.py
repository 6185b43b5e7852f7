"""The Mandelbrot set by rows, in plain floats, through a thread pool."""
# group: numeric

from concurrent.futures import ThreadPoolExecutor

import _bench

LIMIT = 100


def escape_times(y, width):
    row = []
    for column in range(width):
        x = -2.0 + 3.0 * column / width
        real = imaginary = 0.0
        turns = 0
        while turns < LIMIT:
            real2 = real * real
            imaginary2 = imaginary * imaginary
            if real2 + imaginary2 > 4.0:
                break
            imaginary = 2.0 * real * imaginary + y
            real = real2 - imaginary2 + x
            turns += 1
        row.append(turns)
    return row


def main(threads, scale):
    width = max(8, int(960 * scale ** 0.5))
    height = max(8, int(720 * scale ** 0.5))
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            rows = list(pool.map(lambda row: escape_times(-1.2 + 2.4 * row / height, width), range(height)))
    inside = sum(row.count(LIMIT) for row in rows)
    checksum = 0
    for row in rows:
        for turns in row:
            checksum = (checksum * 31 + turns) % 1_000_000_007
    print(f"{width}x{height} points, inside: {inside}, checksum: {checksum}")


if __name__ == "__main__":
    _bench.run(main)
