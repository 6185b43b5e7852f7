# An uncaught exception group is printed as a tree.


def raises(kind, text):
    raise kind(text)


def collect(*pairs):
    errors = []
    for kind, text in pairs:
        try:
            raises(kind, text)
        except Exception as error:
            errors.append(error)
    return errors


inner = ExceptionGroup("inner", collect((KeyError, "k"), (OSError, "o")))
raise ExceptionGroup("outer", [*collect((ValueError, "v")), inner])
