# Mappings of case may give text whose characters need less room than before.
for text in "\ufb01", "\ufb01x", "\u1e9e", "\u0149", "\u017f", "\u212a", "\U0001d7ca", "\ufb01\u0390", "a\u212b":
    for many in 1, 3, 600, 2000:
        s = text * many
        for f in str.upper, str.lower, str.casefold, str.title, str.swapcase, str.capitalize:
            r = f(s)
            print(ascii(text), many, f.__name__, len(r), ascii(r[:8]), ascii(r[-3:]), r == "".join(list(r)), r.isascii(), hash(r) == hash("".join(list(r))))
