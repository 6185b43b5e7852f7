"""What replace, translate, case mappings, %, repr, slices, float() and += of bytes give over all kinds of text, and where one kind becomes another."""
import io

PIECES = ["", "a", "ab", "é", "aé", "ж", "aж", "жé", "😀", "a😀", "ж😀b", "ß", "ŉx", "ﬁ", "Σ", "ΑΣ", "aΣ b", "İ", "ǆa", "ÿ", "µ", "'", '"', "'\"", "\\", "a\tb", "\x7f\x80\xad", "\ud800"]
TEXTS = PIECES + [a + "xyz" * 3 + b for a in ("", "a", "é", "ж", "😀") for b in ("", "é", "ж", "😀")]


def show(*values):
    print(*map(ascii, values))


for text in TEXTS:
    for old in ["", "a", "é", "ж", "😀", "yz"]:
        show([text.replace(old, new, count) for new in ("", "x", "é", "ж", "😀", "жж") for count in (-1, 1, 2)])
    show(text.upper(), text.lower(), text.title(), text.swapcase(), text.capitalize(), text.casefold())
    show(repr(text), text[::-1], text[::2], text[::-3], text[1::2], text[-2::-2], text[1:3:5], text[1:], "x" in text, "ж" in text)
    show("%s" % text, "%s|%5s|%-5s|%.1s" % (text, text, text, text), text.replace("%", "") + "%d" % 5, "%r" % text)
    show(text.encode("unicode-escape", "surrogatepass"), text.expandtabs(), text.expandtabs(3))
    table = {ord("x"): "X", ord("y"): None, ord("z"): "ж", ord("a"): 98, ord("ж"): "a"}
    show(text.translate(table), text.translate({ord("x"): "y"}), text.translate({}))
text = "plain"
print(text % () is text, text % [] is text, "é" % {} == "é")
for long in (3, 300, 5000):
    text = "abc\t" * long + "ж"
    show(hash(text.expandtabs()) == hash(text.replace("\t", " " * 5)), len(text.translate({98: None})), text[::-1][:9], repr(text)[-5:])
    show(text.replace("c", "C").count("C"), text[:-1].replace("ab", "é").count("é"), text.replace("ж", "z").isascii(), len(text.encode("unicode-escape")))
for text in ("0", "-0", "+1", "1.5", "-.5", "5.", ".", "", "+", "1e5", "1e", "1e+", "1e-5", "1E22", "1e23", "123456789012345", "1234567890123456", "0.1", "1e-22", "1e-23",
             "9007199254740993", "1_0.5", "_1", " 1.5 ", "1.5.5", "0x1p3", "nan", "-inf", "1e400", "1e-400", "1e9999", "1e0005", "٣.٥", "1e5x", "1 5", "0" * 20 + "1", "-1e-0", "1e1e1", "--1", "1\0"):
    try:
        print(ascii(text), repr(float(text)))
    except ValueError as error:
        print(ascii(str(error)))
data, out = bytearray(), io.BytesIO()
for piece in (b"", b"a", bytearray(b"bc"), memoryview(b"def"), b"x" * 40):
    data += piece
    data.extend(piece)
    print(out.write(piece), bytes(data), out.getvalue())
try:
    data += "text"
except TypeError as error:
    print(error)
try:
    data += data
except BufferError as error:
    print(error)
print(len(data), sum([True, False, True]), sum(x > 1 for x in range(5)), sum([True], True), sum([True, 0.5]), sum(x for x in [1 << 70, True]))
view = memoryview(data)
try:
    data += b"x"
except BufferError as error:
    print(error)
try:
    out.close(), out.write(b"x")
except ValueError as error:
    print(error)
print(b"%s|%5s|%-5b|%.2s|%d%%" % (b"ab", b"cd", bytearray(b"ef"), memoryview(b"gh"), 5), b"\xff%c" % 200, b"%a" % "ж", b"" % ())

# format() with many keywords: few fields, many fields, one that isn't there
many = {f"key{i}": i for i in range(300)}
print("{key3} {key299} {key0}".format(**many), sum(map(int, " ".join("{%s}" % name for name in many).format(**many).split())))
print("{key1}{key2}{key3}{key4}{key5}{key6}{0}{key7!r:>4}{key8:{key9}}".format("x", **many))
for text in ("{key1}{other}", "{key1}" * 9 + "{other}"):
    try:
        text.format(**many)
    except KeyError as error:
        print("KeyError", error)
# loops over text of each kind, and iterators that change their kind of text on the way
print([[*map(ord, text)] == [ord(c) for c in text] for text in ("", "abc", "aé", "aж", "a\U0001f600b")], [c for text in ("ab", "éa", "жb") for c in text])
