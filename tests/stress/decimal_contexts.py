# Decimal contexts: each thread has its own, one that all threads use computes right and loses no flag, and numbers are shared by all.
import contextvars
import decimal
from decimal import Decimal

import _stress
from _stress import check, together, turns

shared = decimal.Context(prec=30, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
numbers = [Decimal(n) / 7 for n in range(1, 20)]
long_numbers = [Decimal(7) ** (300 * n) for n in range(1, 8)]
third = shared.divide(Decimal(1), Decimal(3))
signals = [decimal.Inexact, decimal.Rounded, decimal.Clamped, decimal.Subnormal]
togglers = decimal.Context()
check(decimal.Decimal.__module__ == "decimal" and "_decimal" in __import__("sys").modules, "the module in C")


def work(number, random):
    own = decimal.getcontext()
    own.prec = 5 + number
    mine = signals[number % len(signals)]
    for i in range(turns(20)):
        check(decimal.getcontext() is own and own.prec == 5 + number, "the thread's context")
        check(len((Decimal(1) / 3).as_tuple().digits) == 5 + number, "precision")
        with decimal.localcontext() as local:
            local.prec = 90
            check(len((Decimal(2) / 3).as_tuple().digits) == 90, "local precision")
            contextvars.copy_context().run(setattr, local, "prec", 40)
            check(len((Decimal(2) / 3).as_tuple().digits) == 40, "a copy of the context has the same decimal context")
            contextvars.copy_context().run(decimal.setcontext, decimal.Context(prec=3))
            check(len((Decimal(2) / 3).as_tuple().digits) == 40, "but setting another there stays there")
        check(shared.divide(Decimal(1), Decimal(3)) == third, "a third")
        try:
            shared.divide(Decimal(1), Decimal(0))
            check(False, "1 / 0")
        except decimal.DivisionByZero:
            pass
        n = random.choice(numbers)
        check(hash(n) == hash(Decimal(str(n))) and n == Decimal(str(n)), "equal numbers")
        # powers of ten and ln 10 are made on demand, by whoever comes first
        places = random.randrange(30, 1500)
        with decimal.localcontext() as local:
            local.prec = places
            n = random.choice(long_numbers)
            check((+n).adjusted() == n.adjusted(), "rounding")
            if i % 5 == 0:
                x = Decimal(2).ln()
                check(abs(x.exp() - 2) <= Decimal((0, (9,), 1 - places)), "exp of ln")
        # threads of different signals share one dict: none undoes another's
        if number < len(signals):
            togglers.flags[mine] = i % 2 == 0
            check(togglers.flags[mine] == (i % 2 == 0), "a flag of one's own")
        togglers.traps = {s: s is decimal.Overflow for s in togglers.traps}
        check([s for s, on in togglers.traps.items() if on] == [decimal.Overflow], "traps set at once")


together(work)
check(shared.flags[decimal.DivisionByZero] and shared.flags[decimal.Inexact], "flags of the shared context")
_stress.done()
