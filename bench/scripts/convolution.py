"""A 3x3 blur over a grey picture held as bytearray rows; all threads read the shared source."""
# group: data

from concurrent.futures import ThreadPoolExecutor

import _bench

KERNEL = ((1, 2, 1), (2, 4, 2), (1, 2, 1))
PASSES = 2


def main(threads, scale):
    width = max(16, int(1600 * scale ** 0.5))
    height = max(16, int(1200 * scale ** 0.5))
    picture = [bytearray((x * x + y * 3 + x * y // 7) & 255 for x in range(width)) for y in range(height)]

    def blur(rows, source):
        (a, b, c), (d, e, f), (g, h, i) = KERNEL
        blurred = []
        for y in rows:
            above, here, below = source[max(y - 1, 0)], source[y], source[min(y + 1, height - 1)]
            row = bytearray(width)
            for x in range(width):
                left = x - 1 if x else 0
                right = x + 1 if x + 1 < width else x
                row[x] = (a * above[left] + b * above[x] + c * above[right]
                          + d * here[left] + e * here[x] + f * here[right]
                          + g * below[left] + h * below[x] + i * below[right]) >> 4
            blurred.append(row)
        return blurred

    bands = _bench.split(height, 48)
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            for _ in range(PASSES):
                tasks = [pool.submit(blur, band, picture) for band in bands]
                picture = [row for task in tasks for row in task.result()]
    checksum = 0
    for row in picture:
        for value in row:
            checksum = (checksum * 257 + value) % 998_244_353
    print(f"{width}x{height}, mean {sum(map(sum, picture)) / (width * height):.6f}, checksum {checksum}")


if __name__ == "__main__":
    _bench.run(main)
