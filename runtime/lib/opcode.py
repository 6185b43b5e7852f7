"""The instructions of Weft's register machine, under the names that CPython's module of this name gives its own.

What they do is told in vm/opcodes.def. An instruction is a 64-bit word: opcode 8 bits, operands A 16, B 16, C 24, followed by cache words. The letters
of `kinds` say what A, B and C are: d destination, r p m registers, t D blocks of registers, k constant, n name, f free variable, i u numbers, j jump.
"""
from _opcode import table as _table

__all__ = ["cmp_op", "hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare", "hasfree", "opname", "opmap", "HAVE_ARGUMENT",
           "EXTENDED_ARG", "hasnargs", "stack_effect", "kinds", "caches"]



class _OpMap(dict):
    """Numbers by name. Programs that look for one of CPython's instructions, which isn't here, get a number that no instruction has: a byte while there are some."""

    def __missing__(self, name):
        if not (isinstance(name, str) and name.isupper()):
            raise KeyError(name)
        self._others = others = getattr(self, "_others", {})
        number = EXTENDED_ARG - 1 - len(others)
        return others.setdefault(name, number if number >= len(_table) else EXTENDED_ARG + 1 + len(others))


cmp_op = ("<", "<=", "==", "!=", ">", ">=")
opname = [row[0] for row in _table] + [f"<{i}>" for i in range(len(_table), 256)]
opmap = _OpMap((row[0], i) for i, row in enumerate(_table) if row[4] == i)
kinds = [row[1] for row in _table]
caches = [row[2] for row in _table]
_specialized = {i: row[4] for i, row in enumerate(_table) if row[4] != i}
HAVE_ARGUMENT = 0
EXTENDED_ARG = 255  # no such instruction: operands are wide enough


def _having(letters):
    return [i for i, text in enumerate(kinds) if any(letter in text for letter in letters)]


hasconst = _having("k")
hasname = _having("n")
hasjrel = _having("j")
hasjabs = []
haslocal = _having("drpmtD")
hasfree = _having("f")
hascompare = []
hasnargs = [opmap["CALL"], opmap["CALL_METHOD"]]


def stack_effect(opcode, oparg=None, /, *, jump=None):
    """There is no stack whose height an instruction could change."""
    if not 0 <= opcode < len(_table):
        raise ValueError("invalid opcode or oparg")
    return 0
