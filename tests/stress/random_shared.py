"""One random generator, many threads: each number is handed out once, and a seeded one leaves none out."""
import random
import threading

THREADS, DRAWS = 16, 3000


def in_threads(work):
    results = [None] * THREADS

    def run(i):
        results[i] = work()

    workers = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def drawn(generator):
    return [word for words in in_threads(lambda: [generator.getrandbits(32) for _ in range(DRAWS)]) for word in words]


seeded, alone = random.Random(7), random.Random(7)
assert sorted(drawn(seeded)) == sorted(alone.getrandbits(32) for _ in range(THREADS * DRAWS))
assert seeded.random() == alone.random()  # both stand at the same place

pairs = random.Random(8)
in_threads(lambda: [pairs.random() for _ in range(DRAWS)])

unseeded = [x for xs in in_threads(lambda: [random.random() for _ in range(DRAWS)]) for x in xs]
assert len(set(unseeded)) == len(unseeded) and all(0 <= x < 1 for x in unseeded)

state = random.getstate()  # from here on, the sequence is known
mine = [random.random() for _ in range(1000)]
random.setstate(state)
assert [random.random() for _ in range(1000)] == mine


def everything():
    for i in range(100):
        random.random()
        random.getrandbits(200)
        state = random.getstate()
        random.setstate(state)
        random.seed(i if i % 3 else None)
        assert len(state[1]) == 625 and 0 <= state[1][-1] <= 624


in_threads(everything)
random.seed(1)
assert random.random() == 0.13436424411240122
print("ok")
