# ExceptionGroup, except*, split, subgroup, nesting, and what is left is raised again.


def show(error, depth=0):
    print("  " * depth + f"{type(error).__name__}: {error}")
    for inner in getattr(error, "exceptions", ()):
        show(inner, depth + 1)


group = ExceptionGroup(
    "several", [ValueError(1), TypeError("t"), ExceptionGroup("nested", [KeyError("k"), ValueError(2)])]
)
show(group)
match, rest = group.split(ValueError)
show(match)
show(rest)
show(group.subgroup(lambda e: isinstance(e, (KeyError, TypeError))))
print(group.subgroup(OSError), group.split(OSError)[0])
try:
    raise group
except* ValueError as errors:
    print("values", [str(e) for e in errors.exceptions])
except* (TypeError, KeyError) as errors:
    print("others", len(errors.exceptions), repr(errors))
else:
    print("never")
finally:
    print("finally")
try:
    try:
        raise group
    except* ValueError:
        pass
except ExceptionGroup as left:
    show(left)
try:
    raise KeyError("plain")
except* KeyError as errors:
    print(repr(errors))
try:
    try:
        raise ExceptionGroup("x", [ValueError("v")])
    except* ValueError:
        raise OSError("new")
except ExceptionGroup as error:
    show(error)
    show(error.exceptions[0].__context__)
try:
    try:
        raise ExceptionGroup("x", [ValueError("v"), TypeError("t")])
    except* ValueError as errors:
        raise
except ExceptionGroup as error:
    show(error)
for action in (
    lambda: ExceptionGroup("x", []),
    lambda: ExceptionGroup("x", [1]),
    lambda: ExceptionGroup(1, [ValueError()]),
    lambda: ExceptionGroup("x", [KeyboardInterrupt()]),
    lambda: ExceptionGroup("x"),
):
    try:
        action()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
print(
    type(BaseExceptionGroup("x", [ValueError()])).__name__,
    type(BaseExceptionGroup("x", [SystemExit()])).__name__,
)


class Mine(ExceptionGroup):
    def derive(self, exceptions):
        return Mine(self.message, exceptions)


print(type(Mine("m", [ValueError(), TypeError()]).split(ValueError)[0]).__name__)
try:
    try:
        raise ExceptionGroup("e", [ExceptionGroup("f", [OSError(1)])])
    except* ExceptionGroup:
        pass
except TypeError as error:
    print(error)
e = ValueError("noted")
e.add_note("a note")
print(e.__notes__)
