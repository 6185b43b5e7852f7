# csv's readers and writers: fields that are cut out whole, doubled quotes, lines of wide characters, characters of the dialect that are wide; short floats.
import csv
import io
import json

lines = [
    'a,b,c', '"a,b","c""d","""","""x""",""', '"a""', '"a"b,"c"d', '"""a"', '"a"",b', 'ж,"ю","я""э","ы,ъ",', '"ж""', 'é,"ü""ö","ß"', '"a\nb","c""\nd""e"', "a|b—c,d—'e'—'f''g'",
    '"😀","x""😀",y', ' "a", b', '"a" ,b', 'a"b,c""d', '\\"a,"b\\"c","d\\\\"', '', ',', '""', '"a""b"\n', '"a""b"\r\n', 'ж\n', '1.5,"2",-3e5', 'x"y"z,"""""",""""""',
]
dialects = [
    {}, {"delimiter": "|"}, {"delimiter": "—"}, {"quotechar": "'"}, {"quotechar": "ю"}, {"doublequote": False, "escapechar": "\\"}, {"escapechar": "\\"}, {"escapechar": '"'},
    {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"quoting": csv.QUOTE_NONNUMERIC}, {"skipinitialspace": True}, {"strict": True}, {"quoting": csv.QUOTE_ALL, "lineterminator": "ы"},
    {"delimiter": "—", "quotechar": "'"}, {"quotechar": "\n"},
]
for dialect in dialects:
    for line in lines:
        try:
            print(ascii(list(csv.reader([line], **dialect))))
        except (csv.Error, ValueError) as e:
            print(type(e).__name__, ascii(str(e)))
    out = io.StringIO()
    writer = csv.writer(out, **dialect)
    for row in (["a", "b,c", 'd"e', "f|g", "h—i", "ж", 'ю"я', "ы\nъ", "э'ё", "😀,", 1, 2.5, None, "", "ж ю", "a\\b"], ["ж"], [""], ['"'], ["ж,"]):
        try:
            writer.writerow(row)
        except csv.Error as e:
            print(e)
    print(ascii(out.getvalue()))
csv.field_size_limit(5)
for line in ('"abc""d"', '"abc""de"', '"abc""def",x', "жжжжж,a", "жжжжжж,a", '"жжжжж",a', '"жжжжжж",a'):
    try:
        print(ascii(list(csv.reader([line]))))
    except csv.Error as e:
        print(e)

texts = ["0", "-0", "0.0", "-0.0", "1.", ".5", "-.5", "1e5", "1e+5", "1E-5", "1e22", "1e23", "1e-22", "1e-23", "9007199254740992", "9007199254740993", "9007199254740993.0", "123456789012345678",
         "0.1", "0.3", "1.1", "2.675", "1e400", "1e-400", "1e", "1e+", "e5", ".", "-", "+1.5", "1.5.5", "1 ", " 1", "1_0.5", "0.000000000000000000000001", "12345678901234567890.5", "1e0000000001",
         "1e-00000000000000000001", "5e-324", "1.7976931348623157e308", "0x10", "nan", "-inf", "1,5", "0" * 30 + "1.5", "1.5" + "0" * 30, "4.35", "8.41e21", "9007199254740991e22", "9007199254740992e-22"]
for text in texts:
    try:
        print(text, float(text).hex())
    except ValueError as e:
        print(e)
    try:
        print(json.loads(text))
    except ValueError as e:
        print(e)
n = 1
for i in range(3000):
    n = n * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
    text = f"{n >> 20 & (1 << (i % 44) + 1) - 1}"
    text = text[: i % 9] + "." + text[i % 9 :] + ("", f"e{i % 50 - 25}")[i % 2]
    if text[0] != "e" and text != ".":
        whole, _, power = text.partition("e")
        before, _, after = whole.partition(".")
        exponent = int(power or 0) - len(after)
        exact = float(int(before + after) * 10 ** exponent) if exponent >= 0 else int(before + after) / 10 ** -exponent
        assert float(text) == exact, text
