# "from None" hides the context; a note is printed below.
try:
    1 / 0
except ZeroDivisionError:
    error = RuntimeError("only this")
    error.add_note("first note\nof two lines")
    error.add_note("second")
    raise error from None
