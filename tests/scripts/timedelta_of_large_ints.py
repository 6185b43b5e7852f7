"""timedelta() of ints beyond 64 bits that come to few enough days."""
from datetime import timedelta

for n in 2 ** 63, -(2 ** 63) - 1, 2 ** 64, 86400 * 10 ** 15 - 1, 86400 * 10 ** 15, 10 ** 22, -(10 ** 22), 2 ** 79, 2 ** 200:
    for unit in "microseconds", "milliseconds", "days":
        try:
            print(n, unit, timedelta(**{unit: n}))
        except OverflowError as error:
            print(n, unit, type(error).__name__)
