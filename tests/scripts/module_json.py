# json: dumps with every option, loads, errors with positions, custom encoders and hooks.
import json

data = {
    "text": 'q"uote\n\té😀\u2028',
    "n": [1, -2.5, 1e100, 10**30, True, False, None],
    "nested": {"a": {}, "b": []},
    "1": 1,
}
print(json.dumps(data))
print(json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
print(
    json.dumps(data, indent=2),
    json.dumps([1, [2]], indent="\t"),
    json.dumps({1: 2, None: 3, True: 4, 1.5: 5}),
    json.dumps((1, "x")),
    json.dumps(float("inf")),
    json.dumps("</script>"),
    json.dumps({}, indent=1),
    json.dumps([], indent=1),
)
print(
    json.loads(json.dumps(data)) == data,
    json.loads(' [1, 2.0, "a\\u00e9\\ud83d\\ude00\\/", true, null, -0, -0.0, 1E5, 12345678901234567890123] '),
    json.loads(b'{"a": NaN, "b": -Infinity}'),
    json.loads('"\\ud800"') == "\ud800",
)
for bad in (
    "",
    "{",
    "[1,",
    "[1 2]",
    '{"a" 1}',
    "{'a': 1}",
    '{"a": 1,}',
    "[1,]",
    "nul",
    '"abc',
    '"a\nb"',
    '"\\x"',
    "01",
    "1.",
    "-",
    "+1",
    "[1] x",
    '{"a": 1 "b"}',
    "{1: 2}",
    '"\\u12"',
    "\ufeff[]",
    "tru",
    "[NaN, Inf]",
    '["a",\n 1,\n}',
):
    try:
        print(bad, json.loads(bad))
    except json.JSONDecodeError as error:
        print(repr(bad), error, error.pos, error.lineno, error.colno)
for bad in (
    lambda: json.dumps({1, 2}),
    lambda: json.dumps(object),
    lambda: json.dumps({(1,): 2}),
    lambda: json.dumps(float("nan"), allow_nan=False),
    lambda: json.loads(5),
    lambda: json.dumps(b"x"),
    lambda: json.dumps(1j),
):
    try:
        print(bad())
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
loop = []
loop.append(loop)
try:
    json.dumps(loop)
except ValueError as error:
    print(error)


class Encoder(json.JSONEncoder):
    def default(self, o):
        return sorted(o) if isinstance(o, set) else super().default(o)


print(
    json.dumps({"s": {3, 1}}, cls=Encoder),
    json.dumps({1, 2}, default=list),
    json.dumps({(1,): 1, "k": 2}, skipkeys=True),
    json.loads('{"a": {"b": 1}}', object_hook=lambda d: sorted(d)),
    json.loads('{"b": 1, "a": 2}', object_pairs_hook=list),
    json.loads("[1.5, 2]", parse_float=str, parse_int=float),
    json.loads("NaN", parse_constant=lambda c: c.lower()),
)
import io

f = io.StringIO()
json.dump([1], f)
f.seek(0)
print(
    json.load(f),
    "".join(json.JSONEncoder(indent=1).iterencode({"a": [1]})),
    json.JSONDecoder().raw_decode("[1] rest"),
)


class I(int):
    pass


class S(str):
    pass


print(json.dumps([I(5), S("s"), {S("k"): I(1)}]))

# strings with many escapes, of every width, over the pieces in which they're written
for text in ('a\n"b\\' * 300, "\x00\x1f\x7f~ /", "é" * 100 + '"' * 90, "ж\n" * 200, "x😀" * 60, "😀" * 45 + "q" * 500, "\x7f" * 3 + "\n\x7f", "a" * 600 + "\t" + "b" * 600, "\ud800x\n", '"' * 255 + "\\"):
    for ascii in (True, False):
        written = json.dumps(text, ensure_ascii=ascii)
        assert json.loads(written) == text
        print(len(written), written[:40].encode("utf-8", "backslashreplace"), hash(written) == hash(json.dumps([text], ensure_ascii=ascii)[1:-1]))
