# Coroutines driven by hand: await, send, throw, __await__, async with and async for.


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


async def child(n):
    first = await Pause(n)
    second = await Pause(n + 1)
    return first + second


async def parent():
    total = await child(10)
    return f"total {total}"


c = parent()
print(c.send(None), c.send(5))
try:
    c.send(6)
except StopIteration as stop:
    print(stop.value)


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


class Manager:
    async def __aenter__(self):
        print("enter")
        return "resource"

    async def __aexit__(self, kind, value, traceback):
        print("exit", kind and kind.__name__)
        return kind is KeyError


class Count:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n


async def use():
    async with Manager() as m, Manager():
        print(m)
    async with Manager():
        raise KeyError("swallowed")
    out = []
    async for i in Count(3):
        out.append(i)
    else:
        out.append("else")
    out += [i async for i in Count(4) if i % 2]
    out.append({i: await child_value(i) async for i in Count(2)})
    return out


async def child_value(i):
    return i * 100


print(run(use()))


async def failing():
    try:
        await Pause(0)
    except ValueError as error:
        return f"caught {error}"


c = failing()
c.send(None)
try:
    c.throw(ValueError("in"))
except StopIteration as stop:
    print(stop.value)


async def bad():
    await 5


try:
    run(bad())
except TypeError as error:
    print(error)


async def bad_with():
    async with 5:
        pass


try:
    run(bad_with())
except (TypeError, AttributeError) as error:
    print(type(error).__name__, error)


async def bad_for():
    async for x in []:
        pass


try:
    run(bad_for())
except TypeError as error:
    print(error)
c = child(1)
print(type(c).__name__, c.cr_running, c.cr_await)
c.close()
try:
    c.send(None)
except RuntimeError as error:
    print(error)


async def returns():
    return 1


c = returns()
run(c)
try:
    run(c)
except RuntimeError as error:
    print(error)
