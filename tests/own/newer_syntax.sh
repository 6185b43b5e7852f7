# Syntax from after 3.11 that can't clash: type parameters, type statements, f-strings with any quotes inside.
expect() {
    found=$("$PYTHON" -c "$2" 2>&1)
    test "$found" = "$1" || { echo "expected: $1"; echo "found: $found"; exit 1; }
}
expect '[5] T' 'def f[T](x: T) -> list[T]: return [x]
print(f(5), *[p.__name__ for p in f.__type_params__])'
expect 'Box T' 'class Box[T]:
    def get(self) -> T: ...
print(Box.__name__, *[p.__name__ for p in Box.__type_params__])'
expect 'Pair tuple[int, int]' 'type Pair = tuple[int, int]
print(Pair, Pair.__value__)'
expect 'a, b' "print(f\"{', '.join(['a', 'b'])}\")"
expect 'a, b' 'x = ["a", "b"]
print(f"{", ".join(x)}")'
expect 'nested deep' 'print(f"{f"{f"{"nested"}"} deep"}")'
expect '3' 'print(f"{
1 + # a comment
2}")'
expect '5 type' 'type = 5
print(type, "type")'
exit 0
