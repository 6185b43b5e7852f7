# asyncio: tasks, gather, sleep, timeouts, queues, locks, cancellation.
import asyncio


async def worker(name, delay, log):
    await asyncio.sleep(delay)
    log.append(name)
    return name.upper()


async def main():
    log = []
    results = await asyncio.gather(worker("slow", 0.03, log), worker("fast", 0.005, log))
    print(results, log)
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except asyncio.TimeoutError:
        print("timed out")
    task = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", task.cancelled())
    queue = asyncio.Queue(2)

    async def produce():
        for i in range(5):
            await queue.put(i)
        await queue.put(None)

    async def consume():
        total = 0
        while (item := await queue.get()) is not None:
            total += item
        return total

    _, total = await asyncio.gather(produce(), consume())
    print(total)
    lock = asyncio.Lock()
    order = []

    async def locked(n):
        async with lock:
            order.append(n)
            await asyncio.sleep(0)
            order.append(n)

    await asyncio.gather(*(locked(i) for i in range(3)))
    print(order)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail("one"))
            group.create_task(asyncio.sleep(5))
    except* ValueError as errors:
        print([str(e) for e in errors.exceptions])
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, sum, [1, 2, 3]))
    future = loop.create_future()
    loop.call_soon(future.set_result, "soon")
    print(await future)


async def fail(text):
    raise ValueError(text)


asyncio.run(main())
