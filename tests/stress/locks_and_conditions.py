# Lock, RLock, Condition, Semaphore, Barrier, Event under contention: exclusion holds, nobody is left waiting.
import threading

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(300)
lock, rlock, condition = threading.Lock(), threading.RLock(), threading.Condition()
total = {"lock": 0, "rlock": 0, "condition": 0, "inside": 0}


def exclusive(number, random):
    for turn in range(TURNS):
        with lock:
            seen = total["lock"]
            total["lock"] = seen + 1
        if lock.acquire(timeout=random.choice((0, 0.001, 10))):
            total["lock"] += 1
            lock.release()
        else:
            with lock:
                total["lock"] += 1
        with rlock, rlock:
            total["rlock"] += 1
            check(rlock._is_owned(), "not the owner")


together(exclusive)
check(total["lock"] == 2 * THREADS * TURNS, "lock:", total["lock"])
check(total["rlock"] == THREADS * TURNS, "rlock:", total["rlock"])

semaphore, inside = threading.Semaphore(3), []


def limited(number, random):
    for turn in range(TURNS // 4):
        with semaphore:
            inside.append(number)
            check(len(inside) <= 3, "four inside")
            inside.remove(number)


together(limited)
ready, taken = [], []


def hand_over(number, random):
    for turn in range(TURNS // 4):
        if number % 2:
            with condition:
                ready.append((number, turn))
                condition.notify()
        else:
            with condition:
                check(condition.wait_for(lambda: ready, timeout=120), "never woken")
                taken.append(ready.pop())


together(hand_over, THREADS // 2 * 2 or 2)
check(not ready and len(set(taken)) == len(taken), "handed over", len(taken), "left", len(ready))
barrier, rounds = threading.Barrier(THREADS), [0] * THREADS


def meet(number, random):
    for turn in range(TURNS // 20):
        rounds[number] += 1
        barrier.wait()
        check(min(rounds) == max(rounds) == turn + 1, "somebody is a round ahead")
        barrier.wait()


together(meet)
event, woken = threading.Event(), []


def wait(number, random):
    if number == 0:
        event.set()
    check(event.wait(120), "the event was lost")
    woken.append(number)


for _ in range(turns(10)):
    event.clear()
    together(wait)
check(len(woken) == THREADS * turns(10), "woken:", len(woken))
_stress.done()
