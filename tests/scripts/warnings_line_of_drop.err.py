# The line of a warning that an object's end gives: where it was dropped; and, while memory is traced, where it was made
import tracemalloc
import warnings

warnings.simplefilter("always")


class Ends:
    def __del__(self):
        warnings.warn("ended", stacklevel=2)


def by_constant():
    x = Ends()

    x = None


def by_number():
    x = Ends()

    x = 5


def by_variable(other):
    x = Ends()

    x = other


for f, *args in [(by_constant,), (by_number,), (by_variable, [])]:
    f(*args)


def leave_open():
    f = open("/dev/null", "rb")

    f = None


leave_open()
tracemalloc.start(2)
leave_open()
