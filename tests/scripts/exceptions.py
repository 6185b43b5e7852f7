# try/except/else/finally: order, re-raising, chaining, context, and the variable's scope.


def flow(action):
    log = []
    try:
        log.append("try")
        action()
    except ZeroDivisionError as error:
        log.append(f"except {error}")
    except (KeyError, IndexError):
        log.append("lookup")
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


print(flow(lambda: 1))
print(flow(lambda: 1 / 0))
print(flow(lambda: {}["x"]))
print(flow(lambda: [][1]))


def override():
    try:
        return "try"
    finally:
        return "finally"


def loop():
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
        finally:
            print("finally", i)
    return i


print(override(), loop())
try:
    try:
        raise ValueError("first")
    except ValueError as error:
        raise TypeError("second") from error
except TypeError as error:
    print(repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        {}["missing"]
except KeyError as error:
    print(repr(error.__context__), error.__cause__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise OSError("quiet") from None
except OSError as error:
    print(error.__suppress_context__, repr(error.__context__))
try:
    error
except NameError as unbound:
    print(unbound)
try:
    raise
except RuntimeError as problem:
    print(problem)
for bad in (5, int, "x", None):
    try:
        raise bad
    except TypeError as problem:
        print(problem)
try:
    raise ValueError from 5
except TypeError as problem:
    print(problem)
try:
    try:
        raise ValueError
    except 5:
        pass
except TypeError as problem:
    print(problem)


class Custom(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code

    def __str__(self):
        return f"<{self.code}>"


problem = Custom(7, "seven")
print(problem, repr(problem), problem.args, Custom.__mro__[1:3])
print(
    repr(OSError(2, "No such", "file")),
    OSError(2, "x").__class__.__name__,
    OSError(2, "No such", "f"),
    OSError(1, 2).errno,
)
print(
    repr(KeyError("k")),
    str(KeyError("k")),
    str(KeyError("a", "b")),
    repr(StopIteration(3).value),
    SystemExit(4).code,
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
)
try:
    open("/nonexistent/file")
except FileNotFoundError as problem:
    print(problem, problem.errno, problem.filename, problem.strerror)
try:
    import nonexistent_module
except ModuleNotFoundError as problem:
    print(problem, problem.name)
try:
    from os import nonexistent_name
except ImportError as problem:
    print(str(problem).partition(" (")[0], problem.name)
try:
    assert 1 == 2, "message"
except AssertionError as problem:
    print(repr(problem))
try:
    assert ()
except AssertionError as problem:
    print(repr(problem))


def nested(n):
    try:
        if n == 0:
            raise ValueError("bottom")
        nested(n - 1)
    except ValueError as error:
        raise RuntimeError(n) from error


try:
    nested(3)
except RuntimeError as error:
    chain = []
    while error:
        chain.append(repr(error))
        error = error.__cause__
    print(chain)
import sys

try:
    raise ValueError("now")
except ValueError:
    print(sys.exc_info()[0].__name__, sys.exception())
print(sys.exc_info())
e = ValueError("tb")
print(e.with_traceback(None) is e, e.__traceback__)


def catches(types):
    try:
        try:
            1 / 0
        except types:
            print("caught")
    except Exception as e:
        print(type(e).__name__, e)


def catches_star(types):
    try:
        try:
            1 / 0
        except* types:
            print("caught")
    except Exception as e:
        print(type(e).__name__, e)


deep = (ZeroDivisionError,)
for _ in range(200_000):
    deep = (deep,)
for types in ((ValueError, ZeroDivisionError), ((ZeroDivisionError,),), (ZeroDivisionError, (ValueError,)), (ZeroDivisionError, 1), deep):
    catches(types)
    catches_star(types)
