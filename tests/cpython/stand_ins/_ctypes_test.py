"""The library of C functions that ctypes' tests call, found where Debian has it.

It is an extension module of CPython's, too, and names four things of an interpreter, which a library of ours defines: none of the tests reach them.
"""
import ctypes
import glob
import os
import sys

ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(sys.executable)), "lib", "test", "interpreter_symbols.so"), ctypes.RTLD_GLOBAL)
__file__ = glob.glob("/usr/lib/python3.11/lib-dynload/_ctypes_test.*.so")[0]
