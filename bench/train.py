#!/usr/bin/env python3.11
"""What a build with WEFT_PROFILE runs to count how often each branch of the interpreter is taken (bench/profile.cmake runs it, with the
build that counts): each kind of library_kinds.py for a while, the compiler, imports, and the bundled scripts with one thread and with two."""

import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 0.03  # for each kind
SCALE = 0.02  # of the bundled scripts


def kinds():
    from library_kinds import KINDS
    for make in KINDS.values():
        function = make()
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            function()


def compiler():
    for path in glob.glob(os.path.join(os.path.dirname(os.__file__), "[a-f]*.py")):
        with open(path, "rb") as file:
            compile(file.read(), path, "exec")


def imports():
    for _ in range(10):
        subprocess.run([sys.executable, "-c", "import asyncio, dataclasses, json, logging, re, threading, typing, unittest, urllib.request"], check=True)


def main():
    kinds()
    compiler()
    imports()
    for script in sorted(glob.glob(os.path.join(HERE, "scripts", "[a-z]*.py"))):
        for threads in "1", "2":
            subprocess.run([sys.executable, script, "--threads", threads, "--scale", str(SCALE)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
