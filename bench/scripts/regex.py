"""Regular expressions over the .py files of Debian's standard library: compiled patterns shared by all threads."""
# group: text

import re
from concurrent.futures import ThreadPoolExecutor

import _bench
import _corpus

PATTERNS = {
    "definitions": re.compile(r"^\s*(?:async\s+)?(def|class)\s+([A-Za-z_]\w*)", re.MULTILINE),
    "imports": re.compile(r"^(?:from\s+([\w.]+)\s+)?import\s+(.+)$", re.MULTILINE),
    "hexadecimal": re.compile(r"\b0[xX][0-9a-fA-F]+\b"),
    "addresses": re.compile(r"https?://[^\s\"'<>)]+"),
    "constants": re.compile(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b"),
    "strings": re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'"),
}


def search(texts):
    found = {}
    for text in texts:
        for name, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                count, characters = found.get(name, (0, 0))
                found[name] = (count + 1, characters + len(match.group()))
    return found


def main(threads, scale):
    texts = [_corpus.read(path) for path in _corpus.paths(scale)]
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(search, [texts[i::48] for i in range(48)]))
    for name in PATTERNS:
        print(f"{name}: {sum(found.get(name, (0, 0))[0] for found in results)} matches,",
              f"{sum(found.get(name, (0, 0))[1] for found in results)} characters")


if __name__ == "__main__":
    _bench.run(main)
