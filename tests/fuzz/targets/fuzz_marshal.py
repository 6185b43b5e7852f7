"""marshal.loads of any bytes, and what came of them dumped and read again."""
import marshal

from common import TooSlow

FINE = EOFError, ValueError, TypeError, MemoryError, RecursionError, OverflowError, TooSlow
CODE = type((lambda: 0).__code__)


def look(code):
    for use in (lambda: list(code.co_lines()), lambda: list(code.co_positions()), lambda: repr(code), lambda: hash(code), lambda: code == code.replace(),
                lambda: code.co_varnames, lambda: code.co_cellvars, lambda: code.co_freevars, lambda: code.co_code, lambda: code.co_lnotab):
        try:
            use()
        except FINE:
            pass


def one(data):
    try:
        value = marshal.loads(data)
        if isinstance(value, CODE):
            look(value)
        for version in 4, 2:
            again = marshal.loads(marshal.dumps(value, version))
            assert type(again) is type(value)
    except FINE:
        pass
