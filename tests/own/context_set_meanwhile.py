# A decimal context that is set aside, and a Context whose variable is set, by what an operation in it calls.
import contextvars
import decimal


class Digits(list):
    def __iter__(self):
        for i in range(20):
            decimal.setcontext(decimal.Context(prec=5))
            junk = [decimal.Context() for _ in range(5)]
        return super().__iter__()


decimal.setcontext(decimal.Context(prec=7, traps=[]))
for make in (decimal.Decimal, lambda v: decimal.getcontext().create_decimal(v)):
    assert make(Digits([0, (1, 2, 3), -1])) == decimal.Decimal("12.3")
    decimal.setcontext(decimal.Context(prec=7, traps=[]))
    assert make(Digits([0, (1,) * 30, 10**18 - 1])).is_nan() == (make is decimal.Decimal)
    decimal.setcontext(decimal.Context(prec=7, traps=[]))


class Key(str):
    def __eq__(self, other):
        decimal.setcontext(decimal.Context(prec=5))
        junk = [decimal.Context() for _ in range(5)]
        return str.__eq__(self, other)

    __hash__ = str.__hash__


decimal.setcontext(decimal.Context(prec=7))
assert decimal.Decimal("1234.5").__format__(",.2f", {Key("decimal_point"): ":", Key("thousands_sep"): "'", Key("grouping"): "\3"}) == "1'234:50"

var, other = contextvars.ContextVar("var"), contextvars.ContextVar("other")


class Equal:
    def __eq__(self, with_what):
        for i in range(20):
            other.set([i] * 50)
        return True


def run():
    a = contextvars.copy_context()

    def inside():
        var.set(Equal())
        b = contextvars.copy_context()
        b.run(var.set, Equal())
        other.set(0)
        b.run(other.set, 0)
        assert a == b

    a.run(inside)


run()
