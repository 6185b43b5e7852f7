# A Pickler or Unpickler whose __init__ is called again, and fails, in the middle of its work; keywords that aren't strings.
import io
import pickle

p = pickle.Pickler(io.BytesIO())
for file in 5, io.BytesIO():
    try:
        p.__init__(file)
        p.dump(1)
        assert file.getvalue() == pickle.dumps(1)
    except TypeError:
        try:
            p.dump(1)
            assert False
        except pickle.PicklingError as e:
            assert "__init__() was not called" in str(e), e


class File(io.BytesIO):
    def write(self, data):
        try:
            p.__init__(5)
        except TypeError:
            pass

    def read(self, n=-1):
        try:
            u.__init__(5)
        except TypeError:
            pass
        return super().read(n)


p = pickle.Pickler(File())
try:
    p.dump(["a" * 300000, "b" * 300000])
    assert False
except pickle.PicklingError as e:
    assert "__init__() was not called" in str(e), e
u = pickle.Unpickler(File(pickle.dumps([1, "a" * 300000, 2], 5)))
try:
    u.load()
    assert False
except pickle.UnpicklingError as e:
    assert "__init__() was not called" in str(e), e


class Class:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)


for name in b"builtins\nint", b"__main__\nClass", b"decimal\nDecimal":
    try:
        pickle.loads(b"\x80\x04c" + name + b"\n)}(K\x01K\x02u\x92.")
        assert False
    except TypeError as e:
        assert str(e) == "keywords must be strings", e
