# timeout: 120
# multiprocessing by fork, spawn and forkserver: processes, queues, pipes, pools, locks, shared memory, a manager.
import concurrent.futures
import multiprocessing
import multiprocessing.shared_memory
import os
import signal
import sys


def square(x):
    return x * x


def fail(x):
    raise ValueError(f"no {x}")


def worker(tasks, results):
    for x in iter(tasks.get, None):
        results.put((x, x * x))


def add(name, lock, times):
    memory = multiprocessing.shared_memory.SharedMemory(name)
    for _ in range(times):
        with lock:
            n = int.from_bytes(memory.buf[:8], "little") + 1
            memory.buf[:8] = n.to_bytes(8, "little")
    memory.close()


def wait_for(event, connection):
    event.wait()
    connection.send(os.getpid())
    connection.close()


def leave(code):
    sys.exit(code)


def main():
    for method in ("fork", "spawn", "forkserver"):
        ctx = multiprocessing.get_context(method)
        print(method)
        tasks, results = ctx.Queue(), ctx.Queue()
        workers = [ctx.Process(target=worker, args=(tasks, results)) for _ in range(3)]
        for p in workers:
            p.start()
        for x in range(30):
            tasks.put(x)
        for _ in workers:
            tasks.put(None)
        print(sorted(results.get() for _ in range(30))[-1])
        for p in workers:
            p.join()
        print([p.exitcode for p in workers])
        with ctx.Pool(2) as pool:
            print(pool.map(square, range(8)), pool.starmap(pow, [(2, 5), (3, 2)]), sorted(pool.imap_unordered(square, range(5))))
            try:
                pool.apply(fail, (7,))
            except ValueError as e:
                print("ValueError", e)
        memory, lock = multiprocessing.shared_memory.SharedMemory(create=True, size=64), ctx.Lock()
        adders = [ctx.Process(target=add, args=(memory.name, lock, 200)) for _ in range(3)]
        for p in adders:
            p.start()
        for p in adders:
            p.join()
        print(int.from_bytes(memory.buf[:8], "little"))
        memory.close()
        memory.unlink()
        event = ctx.Event()
        mine, theirs = ctx.Pipe()
        p = ctx.Process(target=wait_for, args=(event, theirs))
        p.start()
        theirs.close()
        event.set()
        print(mine.recv() == p.pid)
        p.join()
        p = ctx.Process(target=leave, args=(3,))
        p.start()
        p.join()
        print(p.exitcode)
        p = ctx.Process(target=wait_for, args=(ctx.Event(), mine))
        p.start()
        p.terminate()
        p.join()
        print(p.exitcode == -signal.SIGTERM)
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=ctx) as pool:
            print(list(pool.map(square, range(5))), pool.submit(pow, 2, 10).result())
        with ctx.Manager() as manager:
            d = manager.dict(a=1)
            d["b"] = [2]
            print(dict(d))


if __name__ == "__main__":
    main()
