# Multiple inheritance: C3 order, super() along it, and orders that don't exist.


class A:
    def run(self):
        return ["A"]


class B(A):
    def run(self):
        return ["B"] + super().run()


class C(A):
    def run(self):
        return ["C"] + super().run()


class D(B, C):
    def run(self):
        return ["D"] + super().run()


print(D().run(), [k.__name__ for k in D.__mro__])
try:

    class E(A, B):
        pass

except TypeError as error:
    print(error)
try:

    class F(A, A):
        pass

except TypeError as error:
    print(error)
try:

    class G(bool):
        pass

except TypeError as error:
    print(error)
try:

    class H(int, str):
        pass

except TypeError as error:
    print(error)


class M:
    @classmethod
    def make(cls):
        return cls.__name__

    @property
    def p(self):
        return "M.p"


class N(M):
    @classmethod
    def make(cls):
        return "N:" + super().make()

    @property
    def p(self):
        return "N" + super().p

    def lazy(self):
        return [super(N, self).p for _ in range(2)]


print(N.make(), N().p, N().lazy(), super(N, N()).p, super(B, D()).run())
print(D.__subclasses__(), [c.__name__ for c in A.__subclasses__()], D.mro()[-1])
N.__bases__ = (M,)
B.__bases__ = (C,)
print([k.__name__ for k in D.__mro__])
try:
    super(int, "x")
except TypeError as error:
    print(error)
try:
    (lambda: super())()
except RuntimeError as error:
    print(error)
print(repr(super(N, N())).split(" object")[0].split("<")[-2:])
