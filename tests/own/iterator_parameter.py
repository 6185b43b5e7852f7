"""A generator expression's code called with what isn't an iterator: python3.11 crashes here, so there's nothing to compare with."""
import types

for source in ("range(3)", "[0, 1, 2]", "(0, 1, 2)", "(x for x in range(3))", "{0: 0, 1: 1, 2: 2}"):
    generator = eval(f"(x for x in {source})")
    function = types.FunctionType(generator.gi_code, {})
    assert list(generator) == [0, 1, 2]
    for wrong in (5, 1 << 70, 2.5, 1e300, None, True, "abc", [1], (1,), range(2)):
        try:
            list(function(wrong))
        except TypeError as e:
            assert str(e) == f"'{type(wrong).__name__}' object is not an iterator", e
        else:
            raise AssertionError(wrong)
    for right in (iter(range(3)), iter([0, 1, 2]), iter((0, 1, 2)), iter({0, 1, 2})):
        assert list(function(right)) == [0, 1, 2]
