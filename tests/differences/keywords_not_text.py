"""Every function refuses keywords that aren't text.

CPython hands the dict of f(**{1: 2}) as it is to functions of one of its calling conventions, and few of them look what keys it has: str.format() passes over
them, OrderedDict() takes them, operator.methodcaller() shows them as text made of whatever lies in memory there. Which functions these are has changed with its versions.

programs: \*\*
lines: refused
python3.11: x
weft: keywords must be strings
"""
try:
    print("x".format(**{1: 2}))
except TypeError as error:
    print(error)
