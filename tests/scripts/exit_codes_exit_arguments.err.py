# sys.exit with a text prints it and exits with 1; finally and atexit run.
import atexit
import sys

atexit.register(print, "at exit, first registered")
atexit.register(print, "at exit, second registered")
try:
    sys.exit("leaving: é")
finally:
    print("finally")
