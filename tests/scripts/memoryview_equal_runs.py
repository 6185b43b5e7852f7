# Views are equal by value, whatever their formats, and whether their items lie side by side or apart.
import array

big = bytes(range(256)) * 9
for make in (bytes, bytearray):
    a, b = memoryview(make(big)), memoryview(make(big))
    print(a == b, a[::2] == b[::2], a[::-1] == b[::-1], a[1:] == b[:-1], a[1:600] == b[1:600], a == big, big == a, a[:-1] == big)
for at in (0, 1, 7, 511, 512, 513, 1023, 1024, 2303):
    c = bytearray(big)
    c[at] ^= 1
    print(at, memoryview(c) == big, memoryview(c)[at + 1:] == big[at + 1:], memoryview(c)[:at] == big[:at], memoryview(c)[::3] == memoryview(big)[::3])
nan = float('nan')
for code in 'fd':
    x, y = array.array(code, [0.0, 1.5] * 300), array.array(code, [-0.0, 1.5] * 300)
    print(code, memoryview(x) == y, x.tobytes() == y.tobytes(), memoryview(x)[::2] == memoryview(y)[::2])
    x[500] = nan
    print(memoryview(x) == x, memoryview(x)[:500] == y[:500])
print(memoryview(array.array('d', [1, 2])) == array.array('i', [1, 2]), memoryview(array.array('b', [-1])) == array.array('B', [255]))
flags = memoryview(bytes([0, 1, 1])).cast('?')
print(flags == memoryview(bytes([0, 1, 1])).cast('?'), flags == memoryview(bytes([1, 1, 1])).cast('?'), flags == bytes([0, 1, 1]), flags == bytes([0, 1, 2]))
grid = memoryview(big[:24]).cast('B', [2, 3, 4])
print(grid == memoryview(bytearray(big[:24])).cast('B', [2, 3, 4]), grid == memoryview(big[:24]).cast('B', [2, 4, 3]), grid == memoryview(big[1:25]).cast('B', [2, 3, 4]))
print(memoryview(b'').cast('B') == b'', memoryview(b'')[::2] == memoryview(b'x')[1:], memoryview(b'ab').cast('c') == b'ab', memoryview(b'ab').cast('c') == memoryview(b'ab').cast('c'))
