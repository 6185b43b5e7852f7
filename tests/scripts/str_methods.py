# str: every method once and its corners.

s = "Hello, World"
print(
    s.upper(),
    s.lower(),
    s.swapcase(),
    s.title(),
    s.casefold(),
    s.capitalize(),
    "ß".upper(),
    "ǆ".title(),
    "ΑΣ".lower(),
)
print(
    s.find("o"),
    s.find("o", 5),
    s.rfind("o"),
    s.find("z"),
    s.index("W"),
    s.count("l"),
    s.count(""),
    "aaa".count("aa"),
    "".find(""),
    "abc".find("", 3),
    "abc".find("", 4),
    s.find("o", -5, -1),
)
print(
    s.replace("l", "L"),
    s.replace("l", "L", 2),
    "aaa".replace("", "-"),
    "abc".replace("", "-", 2),
    "abc".replace("b", ""),
)
print(
    s.split(),
    s.split(","),
    "a  b  c".split(" "),
    " a b ".split(),
    "a,b,c".split(",", 1),
    "a,b,c".rsplit(",", 1),
    "".split(),
    "".split(","),
    "  x  y ".rsplit(None, 1),
    "a--b".split("--"),
)
print("a\nb\r\nc\x0bd\u2028e".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines())
print(
    "-".join("abc"),
    "".join([]),
    ", ".join(["x"]),
    "a=b=c".partition("="),
    "a=b=c".rpartition("="),
    "abc".partition("x"),
    "abc".rpartition("x"),
)
print(
    "  x ".strip(),
    "xxabcxx".strip("x"),
    "  x ".lstrip() + "|",
    "abcba".rstrip("ab"),
    "abc".removeprefix("a"),
    "abc".removesuffix("c"),
    "abc".removeprefix("x"),
)
print(
    "x".center(5, "*"),
    "x".center(4) + "|",
    "x".ljust(4, "-"),
    "x".rjust(4),
    "-42".zfill(6),
    "+1".zfill(4),
    "abc".zfill(2),
)
print(
    s.startswith("Hell"),
    s.startswith(("x", "H")),
    s.endswith("ld"),
    s.startswith("World", 7),
    "".startswith(""),
    s.endswith((), 0),
)
print(
    "abc".isalpha(),
    "ab1".isalnum(),
    "12".isdigit(),
    "²".isdigit(),
    "²".isdecimal(),
    "½".isnumeric(),
    " \t".isspace(),
    "Ab Cd".istitle(),
    "ABC".isupper(),
    "abc1".islower(),
    "a_1".isidentifier(),
    "1a".isidentifier(),
    "".isalpha(),
    "é".isascii(),
    "a\n".isprintable(),
)
print("a\tb\tc".expandtabs(4), "ab\tc".expandtabs(), "a\n\tb".expandtabs(2))
print(
    "{0} {1} {x} {0!r:>5}".format("a", 1, x=2),
    "{:>{w}}".format("r", w=4),
    "{0[1]} {1.real} {2[k]}".format([1, 2], 3, {"k": "v"}),
    "{{}}".format(),
    "{!s:.2}".format("abc"),
)
print("%s %r %d %5.1f %x %% %c %-5s| %05d" % ("s", "r", 3, 2.55, 255, "c", "l", 42))
print(
    "%(a)s %(b)03d" % {"a": "x", "b": 7},
    "%*d|%.*f" % (5, 42, 2, 3.14159),
    "%s" % (1,),
    "%s %s" % ([1], None),
    "%a" % "é",
    "%i %o %#x %#o %+d % d %E" % (1, 8, 255, 8, 1, 1, 12.5),
)
print(
    "abc"[1],
    "abc"[-1],
    "abc"[::-1],
    "abcdef"[1:5:2],
    "abc"[5:],
    "abc" * 2,
    "a" * 0,
    "b" in "abc",
    "" in "x",
    "ab" "cd",
    "a" < "b",
    "Z" < "a",
    "é" > "z",
)
print(
    "abc".translate({97: "X", 98: None, 99: 100}),
    "abc".translate(str.maketrans("ab", "12", "c")),
    str.maketrans({"a": 1}),
)
print(
    "é".encode(),
    "é".encode("latin-1"),
    "€".encode("utf-16-le"),
    "a€".encode("ascii", "replace"),
    "a€".encode("ascii", "xmlcharrefreplace"),
    "a€".encode("ascii", "backslashreplace"),
    "a€".encode("ascii", "ignore"),
    "a€".encode("ascii", "namereplace"),
)
print(
    repr("a'b"),
    repr('a"b'),
    repr("a'\"b"),
    repr("\n\t\\\x00\x7f\xa0é\u200b\U0001F600\ud800"),
    ascii("é€😀"),
    str(b"x"),
    str(b"x", "ascii"),
)
print(
    len("😀"),
    "😀é"[0],
    ord("😀"),
    chr(0x1F600),
    "\N{GREEK SMALL LETTER ALPHA}",
    "\x41\u0042\103",
    r"\n",
    "a\
b",
    hash("a") == hash("a"),
)
for bad in (
    lambda: "abc".index("z"),
    lambda: "a" + 1,
    lambda: "a".join([1]),
    lambda: "abc"[5],
    lambda: s["x"],
    lambda: "".split(""),
    lambda: "abc".center(5, "xx"),
    lambda: "{}".format(),
    lambda: "{a}".format(),
    lambda: "{".format(),
    lambda: "}".format(),
    lambda: "{0}{}".format(1),
    lambda: "%d" % "x",
    lambda: "%s %s" % 1,
    lambda: "%s" % (1, 2),
    lambda: "%(a)s" % 1,
    lambda: "%(a)s" % {},
    lambda: "%y" % 1,
    lambda: "%" % (),
    lambda: "é".encode("ascii"),
    lambda: chr(-1),
    lambda: chr(0x110000),
    lambda: ord("ab"),
    lambda: "a".encode("nope"),
    lambda: str(b"\xff", "utf-8"),
    lambda: "a" * "b",
    lambda: "\ud800".encode(),
    lambda: "a".startswith(1),
    lambda: str(1, "x"),
    lambda: "{:d}".format("x"),
    lambda: "{:>>5}".format("x") + "{:=5}".format("x"),
    lambda: "{0.x}".format(1),
    lambda: "{!x}".format(1),
    lambda: "a".replace("b"),
    lambda: "abc".strip(1),
    lambda: "%c" % 3.5,
    lambda: "x".zfill("a"),
    lambda: "a" in 1,
    lambda: 1 in "a",
    lambda: "abc".foo,
    lambda: str.upper(1),
    lambda: str(object=1, encoding="x"),
):
    try:
        print(repr(bad()))
    except (ValueError, TypeError, IndexError, KeyError, LookupError, AttributeError, OverflowError) as error:
        print(type(error).__name__, error)
