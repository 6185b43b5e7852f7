"""What the targets share: the end of inputs that take too long, and parts of an input."""
import signal


class TooSlow(BaseException):
    """Raised by the harness's timer in inputs that may be slow, as they would be in CPython."""


def too_slow(number, frame):
    raise TooSlow


signal.signal(signal.SIGVTALRM, too_slow)


def text(data):
    """Any bytes as str: UTF-8 where they are, else each byte as a character."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")
