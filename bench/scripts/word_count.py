"""Counts the words of every .py file in Debian's standard library; each task reads and counts some files."""
# group: text

from concurrent.futures import ThreadPoolExecutor

import _bench
import _corpus


def count_words(paths):
    counts = {}
    for path in paths:
        for word in _corpus.read(path).split():
            counts[word] = counts.get(word, 0) + 1
    return counts


def main(threads, scale):
    paths = _corpus.paths(scale)
    tasks = [paths[i::48] for i in range(48)]
    with _bench.timed():
        total = {}
        with ThreadPoolExecutor(max_workers=threads) as pool:
            for counts in pool.map(count_words, tasks):
                for word, count in counts.items():
                    total[word] = total.get(word, 0) + count
    print("files:", len(paths), "words:", sum(total.values()), "different:", len(total))
    for word, count in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:5]:
        print(f"{count:8} {word}")


if __name__ == "__main__":
    _bench.run(main)
