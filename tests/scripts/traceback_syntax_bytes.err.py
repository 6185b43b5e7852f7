# compare: stderr
# The carets of a SyntaxError count the bytes of the line.
import sys
for text in "for é in é:\n", "éééé = 1", "   éé = ", "éé\n", "é é\né é é\n", "日本語 x 日本語\n":
    for off in range(-1, 30):
        for end in None, 0, off+1, off+3, 50:
            a = ("f", 1, off, text) + (() if end is None else (1, end))
            try: sys.__excepthook__(SyntaxError, SyntaxError("m", a), None)
            except Exception as e: print(repr(e))
