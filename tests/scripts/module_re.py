# re: syntax, flags, groups, substitution, splitting, errors.
import re

print(
    re.match(r"(\w+)@(\w+)\.com", "joe@mail.com").groups(),
    re.search(r"\d+", "ab12cd").span(),
    re.findall(r"a(b)?", "ab a"),
    re.findall(r"(a)(b)", "abab"),
    re.fullmatch("a+", "aaa")[0],
    re.match("b", "ab"),
)
m = re.search(r"(?P<year>\d{4})-(?P<month>\d\d)(-(\d\d))?", "on 2024-05!")
print(
    m.group("year", "month"),
    m.groupdict(),
    m.groups("none"),
    m.start(1),
    m.end(),
    m.lastindex,
    m.lastgroup,
    m.expand(r"\g<month>/\1"),
    m[0],
    m.re.groups,
    m.string,
    m.pos,
    repr(m),
)
print(
    re.sub(r"(\w)(\d)", r"\2\1", "a1 b2"),
    re.sub("a", lambda m: m[0].upper(), "banana", count=2),
    re.subn("x", "y", "axbx"),
    re.split(r"[,;]\s*", "a, b;c"),
    re.split("(-)", "a-b"),
    re.split("", "abc"),
    re.escape("a.b*c"),
)
for pattern, text in (
    (r"a*?b", "aaab"),
    (r"(?i)HeLLo", "hello"),
    (r"(?s)a.b", "a\nb"),
    (r"(?m)^b$", "a\nb\nc"),
    (r"(?x) a  b # comment", "ab"),
    (r"(?<=a)b", "ab"),
    (r"(?<!a)b", "cb"),
    (r"a(?=b)", "ab"),
    (r"a(?!b)", "ac"),
    (r"(a)\1", "aa"),
    (r"(?:ab)+", "ababx"),
    (r"[^a-c\d]", "a1z"),
    (r"\bword\b", "a word."),
    (r"a{2,3}", "aaaa"),
    (r"a{2}?", "aaaa"),
    (r"x|y|zz", "zz"),
    (r"(?P<q>['\"]).*?(?P=q)", "say 'hi' \"x\""),
    (r"\A\d\Z", "5"),
    (r"[\]\-]", "]"),
    (r"(a|b)*c", "ababc"),
    (r"(<)?a(?(1)>)", "<a>"),
    (r"\u00e9", "é"),
    (r"\w+", "été 1"),
    (r"(?a)\w+", "été"),
    (r"a++b", "aab"),
    (r"(?>a+)b", "aab"),
    (r"\N{EM DASH}", "—"),
    (r".*", ""),
    (r"(?i:A)b", "ab"),
    (r"[é-ü]", "ö"),
    (r"(a+)+$", "aaaaaaaaaaaaaaaaaab"[:15]),
):
    m = re.search(pattern, text)
    print(pattern, m and (m.span(), m.groups()))
for bad in (
    "(",
    ")",
    "[",
    "a**",
    "*",
    "(?P<1>a)",
    "(?P<a>.)(?P<a>.)",
    r"\1",
    "(?<=a*)b",
    "a{3,2}",
    "(?z)",
    "[z-a]",
    "\\",
    "(?P=x)",
    "x(?i)",
    "(?",
    r"\q",
    "(?(2)a)",
):
    try:
        re.compile(bad)
        print(bad, "compiles")
    except re.error as error:
        print(bad, "->", error, error.pos)
p = re.compile("a(.)", re.I | re.M)
print(
    p.pattern,
    p.flags,
    p.groups,
    p,
    re.compile(b"x").search(b"axb"),
    p == re.compile("a(.)", re.I | re.M),
    [m.span() for m in p.finditer("abAc")],
    p.match("xab", 1),
    p.scanner("ab").match(),
)
for bad in (
    lambda: re.match("a", b"a"),
    lambda: re.match(b"a", "a"),
    lambda: m.group(9),
    lambda: m.group("x"),
    lambda: re.sub("a", r"\9", "a"),
    lambda: re.compile(5),
    lambda: re.sub("(a)", r"\g<x>", "a"),
):
    try:
        print(bad())
    except (TypeError, IndexError, AttributeError, re.error) as error:
        print(type(error).__name__, error)
print(
    re.sub(r"(?P<first>\w+) (?P<second>\w+)", r"\g<second> \g<first>", "hello world"),
    re.sub("", "-", "abc"),
    re.findall("", "ab"),
    re.sub(r"\b", "|", "a b"),
    re.split(r"(\s)|x", "a bxc"),
    re.sub("x*", "-", "abxd"),
)
