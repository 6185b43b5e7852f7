"""Flags, pattern, NUL, text: compiled by the library's re, and matched in every way."""
import re
import warnings

from common import TooSlow, text

warnings.simplefilter("ignore")
FLAGS = [re.I, re.M, re.S, re.X, re.A]


def one(data):
    if not data:
        return
    head, (pattern, _, subject) = data[0], data[1:].partition(b"\0")
    if not head & 32:
        pattern, subject = text(pattern), text(subject)
    flags = re.RegexFlag(0)
    for bit, flag in enumerate(FLAGS):
        if head >> bit & 1:
            flags |= flag
    try:
        compiled = re.compile(pattern, flags)
        for match in compiled.match(subject), compiled.fullmatch(subject), compiled.search(subject, 1), *compiled.finditer(subject):
            if match:
                assert match.groups() == match.group(*range(1, compiled.groups + 1)) or compiled.groups < 2
                match.groupdict(), match.span(), match.regs, match.lastindex, match.lastgroup, repr(match)
                whole = match.group()
                assert subject[match.start():match.end()] == whole
        compiled.findall(subject)
        compiled.split(subject, 3)
        compiled.sub(subject[:5], subject)
        compiled.subn(lambda match: match.group(), subject)
    except (re.error, RecursionError, OverflowError, ValueError, MemoryError, IndexError, TooSlow):
        pass
    finally:
        re.purge()
