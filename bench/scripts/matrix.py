"""Product of two shared matrices, as lists of lists of floats; a task for each band of rows."""
# group: data

from concurrent.futures import ThreadPoolExecutor

import _bench


def main(threads, scale):
    size = max(4, int(360 * scale ** (1 / 3)))
    left = [[(row * 3 + column) % 17 / 4 for column in range(size)] for row in range(size)]
    right = [[(row + column * 5) % 13 / 8 for column in range(size)] for row in range(size)]

    def band(rows):
        product = []
        for row in rows:
            line = left[row]
            sums = [0.0] * size
            for k in range(size):
                factor = line[k]
                other = right[k]
                for column in range(size):
                    sums[column] += factor * other[column]
            product.append(sums)
        return product

    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            product = [line for lines in pool.map(band, _bench.split(size, 48)) for line in lines]
    print(f"{size}x{size}, trace: {sum(product[i][i] for i in range(size))!r},",
          f"sum: {sum(map(sum, product))!r}, corner: {product[-1][-1]!r}")


if __name__ == "__main__":
    _bench.run(main)
