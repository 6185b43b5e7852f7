# Closures share cells, see later changes, and each call of the outer function makes new ones.


def counter(start=0):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    def peek():
        return count

    return step, peek


step, peek = counter()
other, _ = counter(100)
print(step(), step(5), peek(), other(), peek())

late = [lambda: i for i in range(3)]
print([f() for f in late])
early = [lambda i=i: i for i in range(3)]
print([f() for f in early])


def unset():
    def inner():
        return value

    try:
        inner()
    except NameError as error:
        print(type(error).__name__, error)
    value = 1
    print(inner())
    del value
    try:
        inner()
    except NameError as error:
        print(type(error).__name__, error)


unset()
print(step.__closure__[0].cell_contents, step.__code__.co_freevars, counter.__code__.co_cellvars)


def deep():
    a = 1

    def one():
        b = 2

        def two():
            c = 3

            def three():
                nonlocal a
                a += b + c
                return a

            return three

        return two

    return one()()


three = deep()
print(three(), three())


class Holder:
    x = "class"

    def method(self, x="argument"):
        return [x for _ in range(1)], __class__.__name__


print(Holder().method())


def recursion(n):
    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    return fact(n)


print(recursion(20))
