# Decimal contexts: each thread has its own, one that all threads use computes right, and numbers are shared by all.
import decimal
from decimal import Decimal

import _stress
from _stress import check, together, turns

shared = decimal.Context(prec=30, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
numbers = [Decimal(n) / 7 for n in range(1, 20)]
third = shared.divide(Decimal(1), Decimal(3))


def work(number, random):
    own = decimal.getcontext()
    own.prec = 5 + number
    for i in range(turns(20)):
        check(decimal.getcontext() is own and own.prec == 5 + number, "the thread's context")
        check(len((Decimal(1) / 3).as_tuple().digits) == 5 + number, "precision")
        with decimal.localcontext() as local:
            local.prec = 90
            check(len((Decimal(2) / 3).as_tuple().digits) == 90, "local precision")
        check(shared.divide(Decimal(1), Decimal(3)) == third, "a third")
        try:
            shared.divide(Decimal(1), Decimal(0))
            check(False, "1 / 0")
        except decimal.DivisionByZero:
            pass
        n = random.choice(numbers)
        check(hash(n) == hash(Decimal(str(n))) and n == Decimal(str(n)), "equal numbers")


together(work)
_stress.done()
