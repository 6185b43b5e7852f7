"""The is… methods of every character that one byte holds, and of some others, alone and behind others."""
TESTS = ("isspace", "isdecimal", "isdigit", "isnumeric", "isalpha", "isalnum", "isupper", "islower", "isprintable", "isidentifier")
for c in [*range(256), 0x130, 0x2B0, 0x660, 0x2028, 0x3000, 0x4E00, 0x1F600, 0x1D7D8, 0xD800]:
    c = chr(c)
    print(ascii(c), *("".join("01"[getattr(text, test)()] for text in (c, c + c, "a" + c, "1" + c, " " + c, "ж" + c)) for test in TESTS))
print([getattr("", test)() for test in TESTS])
