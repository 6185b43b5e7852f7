"""Parses and writes JSON: a catalogue of the standard library's sources, made from the files themselves."""
# group: text

import json
from concurrent.futures import ThreadPoolExecutor

import _bench
import _corpus


REPEATS = 20


def describe(path):
    text = _corpus.read(path)
    lines = text.splitlines()
    definitions = []
    imports = []
    for number, line in enumerate(lines, 1):
        stripped = line.lstrip()
        words = stripped.split(None, 2)
        if len(words) > 1 and words[0] in ("def", "class", "async"):
            definitions.append({"kind": words[0], "name": words[1].partition("(")[0].rstrip(":"), "line": number,
                                "column": len(line) - len(stripped), "top level": line == stripped})
        elif len(words) > 1 and words[0] in ("import", "from"):
            imports.append(words[1])
    return {"path": path, "size": len(text), "lines": len(lines), "mean": len(text) / (len(lines) or 1),
            "head": lines[:3], "imports": imports, "definitions": definitions, "encoding": None}


def round_trip(documents):
    characters = functions = 0
    for document in documents:
        entries = json.loads(document)
        for entry in entries:
            functions += len(entry["definitions"])
        text = json.dumps(entries, indent=1, sort_keys=True)
        characters += len(text)
        if json.loads(text) != entries:
            raise ValueError("a document changed on its way")
    return len(documents), characters, functions


def main(threads, scale):
    entries = [describe(path) for path in _corpus.paths(scale * 0.2)]
    documents = [json.dumps(entries[piece.start:piece.stop]) for piece in _bench.split(len(entries), 48)]
    tasks = [documents[i:i + 1] * REPEATS for i in range(len(documents))]
    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(round_trip, tasks))
    print("documents:", sum(result[0] for result in results), "characters written:",
          sum(result[1] for result in results), "definitions:", sum(result[2] for result in results))


if __name__ == "__main__":
    _bench.run(main)
