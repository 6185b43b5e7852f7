"""Codes for _sre.compile, NUL-terminated text behind them: whatever is accepted may be matched."""
import _sre
import re

from common import TooSlow, text


def one(data):
    if len(data) < 4:
        return
    flags, groups, count, kind = data[:4]
    code = [*data[4:4 + count]]
    for i, byte in enumerate(code):  # words that a byte can't say
        if byte == 255:
            code[i] = 0xFFFFFFFF
        elif byte >= 250:
            code[i] = (65535, 1 << 16, 1 << 31, 0xFFFFFFFE, 256)[byte - 250]
    subject = data[4 + count:]
    if not kind & 1:
        subject = text(subject)
    try:
        compiled = _sre.compile(subject[:0], flags & ~re.LOCALE.value if not kind & 1 else flags & ~re.UNICODE.value, code, groups & 15,
                                {"a": 1} if kind & 2 else {}, (None, "a") if kind & 2 else ())
        compiled.match(subject)
        compiled.search(subject)
        compiled.findall(subject)
        compiled.sub(subject[:0], subject)
        for match in compiled.finditer(subject):
            match.groups(), match.regs, match.groupdict(), match.lastgroup
    except (RuntimeError, ValueError, OverflowError, TypeError, IndexError, MemoryError, TooSlow, re.error):
        pass
