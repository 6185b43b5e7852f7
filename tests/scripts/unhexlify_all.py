"""unhexlify: every byte value in every place of short and long inputs, both cases."""
import binascii

data = bytes(range(256))
for n in (0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 256):
    some = data[:n]
    digits = some.hex()
    print(n, binascii.unhexlify(digits) == some, binascii.unhexlify(digits.upper().encode()) == some, binascii.a2b_hex(bytearray(digits.encode())) == some)
good = b"0123456789abcdefABCDEF"
wrong = 0
for length in (2, 64, 70, 140):
    for place in range(length):
        for c in range(256):
            text = bytearray(b"5a" * (length // 2))
            text[place] = c
            try:
                r = binascii.unhexlify(text)
                wrong += c not in good or r[place // 2] != int(text[place // 2 * 2:place // 2 * 2 + 2], 16)
            except binascii.Error as e:
                wrong += c in good or str(e) != "Non-hexadecimal digit found"
print(wrong)
for bad in ("0", "0g", "\u0660" * 2, "  "):
    try:
        print(binascii.unhexlify(bad))
    except ValueError as e:
        print(type(e).__name__, e)
