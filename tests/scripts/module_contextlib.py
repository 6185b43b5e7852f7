# contextlib: contextmanager, closing, suppress, redirect_stdout, ExitStack, nullcontext.
import contextlib
import io


@contextlib.contextmanager
def tag(name):
    print("<", name)
    try:
        yield name
    finally:
        print(">", name)


with tag("a") as a, contextlib.suppress(KeyError):
    {}[a]
print("on")
buffer = io.StringIO()
with contextlib.redirect_stdout(buffer):
    print("captured")
print(repr(buffer.getvalue()))
with contextlib.ExitStack() as stack:
    for name in "xyz":
        stack.enter_context(tag(name))
    stack.callback(print, "callback")
    stack.push(lambda kind, value, traceback: print("pushed", kind))
with contextlib.ExitStack() as stack:
    stack.enter_context(contextlib.suppress(ValueError))
    stack.enter_context(tag("inner"))
    raise ValueError
with contextlib.closing(io.StringIO("x")) as f:
    pass
print(f.closed)
with contextlib.nullcontext(5) as five:
    print(five)


@contextlib.contextmanager
def twice():
    yield 1
    yield 2


@contextlib.contextmanager
def never():
    if False:
        yield


for bad in (twice, never):
    try:
        with bad():
            pass
    except RuntimeError as error:
        print(error)


class Deco(contextlib.ContextDecorator):
    def __enter__(self):
        print("deco enter")

    def __exit__(self, *a):
        print("deco exit")


@Deco()
def f():
    print("body")


f()
stack = contextlib.ExitStack()
stack.enter_context(tag("kept"))
moved = stack.pop_all()
stack.close()
moved.close()
