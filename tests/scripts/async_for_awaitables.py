"""async for over iterators whose __anext__ gives any awaitable: a future, an iterator that is no awaitable itself, a coroutine, a task."""
import asyncio


class Steps:
    def __init__(self, step, n=3):
        self.step, self.n, self.i = step, n, 0

    def __aiter__(self):
        return self

    def __anext__(self):
        self.i += 1
        return self.step(self.i - 1, self.i > self.n)


def future(i, end):
    f = asyncio.get_running_loop().create_future()
    f.set_exception(KeyError("end")) if end else f.set_result(i)
    return f


class Later:
    def __init__(self, i, end):
        self.i, self.end = i, end

    def __await__(self):
        return Plain(self.i, self.end)


class Plain:
    def __init__(self, i, end):
        self.i, self.end = i, end

    def __iter__(self):
        return self

    def __next__(self):
        raise StopAsyncIteration if self.end else StopIteration(self.i)


async def coroutine(i, end):
    await asyncio.sleep(0)
    if end:
        raise StopAsyncIteration
    return i


def task(i, end):
    return asyncio.ensure_future(coroutine(i, end)) if not end else coroutine(i, end)


async def loop(step):
    got = []
    try:
        async for x in Steps(step):
            got.append(x)
        got.append("ended")
    except KeyError as e:
        got.append(e)
    print(step.__name__, got)


async def comprehension(step):
    try:
        print([x async for x in Steps(step)], {x: await asyncio.sleep(0, x) async for x in Steps(step) if x})
        print([x async for x in (y async for y in Steps(step))])
    except KeyError as e:
        print("comprehension", e)


async def waiting():
    """A future that is done later; what the coroutine waits for shows meanwhile."""
    made = []

    def step(i, end):
        made.append(asyncio.get_running_loop().create_future())
        return made[-1]

    async def reader():
        async for x in Steps(step):
            print("read", x)
            if x == 2:
                return x


    t = asyncio.ensure_future(reader())
    for i in range(3):
        await asyncio.sleep(0)
        print(t._fut_waiter is made[-1])
        made[-1].set_result(i)
    print(await t)
    t = asyncio.ensure_future(reader())
    await asyncio.sleep(0)
    print([str(c[0].__name__) for c in made[-1]._callbacks])
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled")


async def wrong():
    for bad in (1, "x", print, [1], (i for i in ())):
        try:
            async for x in Steps(lambda i, end: bad):
                pass
        except TypeError as e:
            print(e, "|", e.__cause__)


for step in (future, Later, coroutine, task):
    asyncio.run(loop(step))
    asyncio.run(comprehension(step))
asyncio.run(waiting())
asyncio.run(wrong())
