# Async generators: iteration, asend, athrow, aclose, and finalization.


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


async def ticker(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                print("got", got)
    except ValueError as error:
        print("caught", error)
        yield "after throw"
    finally:
        print("finally")


async def collect():
    return [x async for x in ticker(3)]


print(run(collect()))


async def drive():
    g = ticker(5)
    print(await g.__anext__(), await g.asend("hello"), await anext(g))
    print(await g.athrow(ValueError("oops")))
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("exhausted")
    g = ticker(5)
    await anext(g)
    await g.aclose()
    print(await anext(g, "default"))
    g = ticker(1)
    try:
        await g.asend(1)
    except TypeError as error:
        print(error)
    await g.aclose()


run(drive())


async def chain(*sources):
    for source in sources:
        async for item in source:
            yield item


async def total():
    result = 0
    async for x in chain(ticker(2), ticker(3)):
        result += x
    return result, [y async for y in (x * 2 async for x in ticker(2))]


print(run(total()))


async def raises():
    yield 1
    raise StopAsyncIteration


async def check():
    try:
        async for _ in raises():
            pass
    except RuntimeError as error:
        print(error)


run(check())
g = ticker(1)
print(type(g).__name__, hasattr(g, "__aiter__"), g.__aiter__() is g, g.ag_running)


async def early():
    async for x in ticker(10):
        if x == 2:
            break
    print("left the loop")


run(early())
