# Threads with a lock, a thread pool, a process pool: the same sums.
import concurrent.futures
import threading


def work(n):
    total = 0
    for i in range(n):
        total = (total * 31 + i) % 1000003
    return total


def main():
    total, lock, barrier = [0], threading.Lock(), threading.Barrier(8)

    def add():
        barrier.wait()
        for _ in range(2000):
            with lock:
                total[0] += 1

    threads = [threading.Thread(target=add) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print(total)
    sizes = list(range(0, 4000, 97))
    expected = [work(n) for n in sizes]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        print(list(pool.map(work, sizes)) == expected)
        futures = {pool.submit(work, n): n for n in sizes}
        print(all(f.result() == expected[sizes.index(futures[f])] for f in concurrent.futures.as_completed(futures)))
        failing = pool.submit(divmod, 1, 0)
        print(type(failing.exception()).__name__, failing.exception())
    with concurrent.futures.ProcessPoolExecutor(3) as pool:
        print(list(pool.map(work, sizes, chunksize=5)) == expected)
        failing = pool.submit(divmod, 1, 0)
        print(type(failing.exception()).__name__, failing.exception())
        done, rest = concurrent.futures.wait([pool.submit(work, n) for n in sizes[:9]])
        print(len(done), len(rest))


if __name__ == "__main__":
    main()
