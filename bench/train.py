#!/usr/bin/env python3.11
"""Runs each kind of library_kinds.py for a while: what an interpreter built with WEFT_PROFILE=generate is to be trained with.

    cmake --preset ft -B build/profiled -DWEFT_PROFILE=generate -DWEFT_TESTS=OFF && cmake --build build/profiled
    build/profiled/weft bench/train.py
    cmake build/profiled -DWEFT_PROFILE=use && cmake --build build/profiled
"""

import sys
import time

from library_kinds import KINDS

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 0.05


def main():
    for name, make in KINDS.items():
        function = make()
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            function()


if __name__ == "__main__":
    main()
