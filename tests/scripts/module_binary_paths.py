# What short and long inputs take different ways through: hex digits, HMAC over pending and long messages, BLAKE2 over many blocks, memoryview's slices,
# pickled strings that aren't ASCII, protocol 0's numbers and lines.
import binascii
import hashlib
import hmac
import pickle

data = bytes((i * 37 + 11) % 256 for i in range(1000))

for n in (0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 256):
    assert bytes.fromhex(data[:n].hex()) == data[:n] == binascii.unhexlify(binascii.hexlify(data[:n]).upper())
    print(data[:n].hex()[:20], binascii.hexlify(data[:n])[-20:], binascii.hexlify(memoryview(data)[1 : n + 1])[:10], data[:n].hex("-", 3)[-12:])
for n in (1, 2, 5, 6, 7, 12, 13):
    print([data[:n].hex(":", size) for size in (1, -1, 2, -2, 3, -3, 5, -5, 6, 7, -7, 100, -100)])
print(binascii.crc_hqx(data, 0), binascii.crc_hqx(data[:5], 0xFFFF), binascii.crc_hqx(b"", 70000), binascii.crc32(data), binascii.crc32(data[:7], 5))
for bad in (b"0", b"0g", b"\xff0", "0 ", "é0"):
    try:
        binascii.unhexlify(bad)
    except ValueError as e:
        print(type(e).__name__, e)

for name in ("md5", "sha1", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_512", "blake2b", "blake2s"):
    for key in (b"", b"k", data[:64], data[:128], data[:145], data):
        for n in (0, 1, 30, 100, 161, 1000):
            h = hmac.new(key, data[:n], name)
            assert h.digest() == hmac.digest(key, data[:n], name) == hmac.HMAC(key, data[:n], lambda d=b"": hashlib.new(name, d)).digest()
            pieces = hmac.new(key, digestmod=name)
            for i in range(0, n, 13):
                pieces.update(data[i : min(i + 13, n)])
            before = pieces.copy()
            pieces.update(b"more")
            assert before.hexdigest() == h.hexdigest() != pieces.hexdigest()
        print(name, len(key), h.hexdigest()[:16], h.digest_size, h.block_size, h.name)
for bad in ("shake_128", "nothing"):
    try:
        hmac.new(b"k", b"m", bad)
    except ValueError as e:
        print(type(e).__name__, e)

for kind in (hashlib.blake2b, hashlib.blake2s):
    for n in (0, 1, 63, 64, 65, 127, 128, 129, 256, 999):
        h = kind(key=data[:16], digest_size=20)
        for i in range(0, n, 50):
            h.update(data[i : min(i + 50, n)])
        print(kind.__name__, n, kind(data[:n]).hexdigest()[:16], h.hexdigest(), kind(data[:n], salt=b"salt", person=b"p").hexdigest()[-8:])

for cast in "BHIQ":
    for start in range(0, 5):
        room = bytearray(64)
        view = memoryview(room).cast(cast)
        n = len(view) - start - 1
        view[start : start + n] = memoryview(data[: n * view.itemsize]).cast(cast)
        print(cast, start, room.hex()[:60])
room = bytearray(range(40))
view = memoryview(room)
view[3:35] = view[1:33]
view[::2] = bytes(20)
view[30:4:-5] = b"abcdef"
print(room.hex())

words = ["é", "ж" * 84, "ж" * 85, "ж" * 127, "ж" * 128, "é" * 127, "é" * 128, "ÿ" * 300, "€" * 85, "€" * 86, "😀" * 63, "😀" * 64, "a\ud800b", "ж" * 17000, "x" * 70 + "ж"]
for protocol in range(6):
    whole = pickle.dumps(words, protocol)
    assert pickle.loads(whole) == words
    print(protocol, len(whole), hashlib.md5(whole).hexdigest(), [len(pickle.dumps(w, protocol)) for w in words])

class Grows:
    def __reduce__(self):
        grown.add(len(grown))
        return int, ()


for n in (0, 1, 2, 999, 1000, 1001, 2000):
    for value in (set(range(n)), frozenset(range(n)), dict.fromkeys(range(n)), {str(i): i for i in range(n)}, list(range(n))):
        sizes = []
        for protocol in range(6):
            whole = pickle.dumps(value, protocol)
            assert pickle.loads(whole) == value
            sizes.append(len(whole))
        print(n, type(value).__name__, sizes)
grown = {Grows(), 1}
try:
    pickle.dumps(grown)
except RuntimeError as e:
    print(e)
knot = {1}
frozen = frozenset([(1, 2), frozenset([3])])
print(pickle.loads(pickle.dumps([frozen, frozen, knot, knot])))

for text in (b"I0\n.", b"I00\n.", b"I01\n.", b"I-5\n.", b"I-0\n.", b"I+7\n.", b"I 7\n.", b"I007\n.", b"I0x10\n.", b"I1_0\n.", b"I123456789012345678\n.", b"I1234567890123456789\n.",
             b"I99999999999999999999999999\n.", b"I\n.", b"I-\n.", b"I5L\n.", b"I5", b"I5\r\n.", b"L5L\n.", b"L5\n.", b"L-12L\n.", b"L5LL\n.", b"LL\n.", b"L05L\n.", b"L123456789012345678901L\n.",
             b"I5\np1\ng1\n.", b"I5\np01\ng1\n.", b"I5\np-1\n.", b"I5\npx\n.", b"g5\n.", b"g-5\n.", b"Vabc\n.", b"V\n.", b"Va\\u0436\n.", b"V\xe9\n.", b"V\\u12\n.", b"Vabc", b"Va\rb\n."):
    try:
        print(text, repr(pickle.loads(text)))
    except Exception as e:
        print(text, type(e).__name__, e)
for wrong in ({"encoding": 1}, {"errors": b"x"}, {"encoding": None}):
    try:
        print(pickle.loads(b"N.", **wrong))
    except TypeError as e:
        print(e)
