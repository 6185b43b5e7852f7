"""Objects with methods, properties, inheritance and operators: shared classes, private instances."""
# group: data

import threading

import _bench


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y * factor)

    @property
    def length2(self):
        return self.x * self.x + self.y * self.y


class Account:
    fee = 1

    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.entries = 0

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if value < 0:
            raise ValueError("not enough money")
        self._balance = value
        self.entries += 1

    def pay(self, other, amount):
        self.balance -= amount + self.fee
        other.receive(amount)

    def receive(self, amount):
        self.balance += amount


class Savings(Account):
    fee = 0

    def receive(self, amount):
        super().receive(amount)
        if self.entries % 100 == 0:
            self.add_interest()

    def add_interest(self):
        self.balance += self.balance // 1000

    @classmethod
    def opened(cls, owner):
        return cls(owner, 1000)

    @staticmethod
    def amount(turn):
        return turn % 37 + 1


def work(turns, results, index):
    total = 0
    refused = 0
    for turn in turns:
        giver, taker = Account("giver", 700), Savings.opened("taker")
        place = Vector(turn, 0)
        speed = Vector(1, 2)
        for step in range(20):
            place = place + speed.scaled(step)
            try:
                giver.pay(taker, Savings.amount(turn + step) * 2)
            except ValueError:
                refused += 1
        total += place.length2 + giver.balance + taker.balance * 3 + taker.entries
    results[index] = total, refused


def main(threads, scale):
    pieces = _bench.split(int(80_000 * scale), threads)
    results = [None] * len(pieces)
    with _bench.timed():
        workers = [threading.Thread(target=work, args=(piece, results, index))
                   for index, piece in enumerate(pieces)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print("total:", sum(total for total, _ in results), "refused:", sum(refused for _, refused in results))


if __name__ == "__main__":
    _bench.run(main)
