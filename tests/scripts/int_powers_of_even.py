# Powers of even numbers: the twos are shifted in, the odd part is multiplied.
import hashlib
for base in 2, -2, 4, 6, -6, 10, 12, 2 ** 64, 3 * 2 ** 70, -(5 << 130), 1 << 200, 0, 7, -8:
    for exponent in 0, 1, 2, 3, 63, 64, 65, 66, 67, 100, 129, 1000, 1001:
        n = base ** exponent
        slow = 1
        for _ in range(exponent):
            slow *= base
        print(base, exponent, n == slow, hashlib.md5(hex(n).encode()).hexdigest())
print((2 ** 100_000_000).bit_length(), pow(-2, 10_000_001) == -(1 << 10_000_001), (10 ** 5000) % 997)
