"""The real text that some scripts work on: the .py files of Debian's Python 3.11 standard library."""

import os
import sys

ROOT = "/usr/lib/python3.11"


def paths(scale):
    """The paths of every .py file below ROOT in sorted order; with a scale below 1, evenly chosen ones."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith(".py")]
    if not found:
        sys.exit(f"no .py files below {ROOT}: install libpython3.11-stdlib")
    count = max(1, int(len(found) * min(scale, 1.0)))
    return [found[i * len(found) // count] for i in range(count)]


def read(path):
    """The text of one file. A few are in other encodings on purpose; what isn't UTF-8 becomes U+FFFD."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
