# Loops, handlers, with and try statements nest 20 deep at most; what finally: runs is compiled where control leaves.
def attempt(label, source):
    try:
        compile(source, "source", "exec")
        print(label, "fine")
    except SyntaxError as error:
        print(label, error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset)


def nested(n, *lines, inner="pass", after=()):
    source = "".join(" " * (i * (len(lines))+ k) + line + "\n" for i in range(n) for k, line in enumerate(lines))
    indent = n * len(lines)
    source += " " * indent + inner + "\n"
    for i in reversed(range(n)):
        source += "".join(" " * (i * len(lines)) + line + "\n" for line in after)
    return source


for n in range(18, 23):
    for line in "while 1:", "for x in y:", "with x:", "with x as y:", "if 1:":
        attempt(f"{line} {n}", nested(n, line))
    for line in "async for x in y:", "async with x:":
        attempt(f"{line} {n}", "async def f():\n" + "".join(" " + s + "\n" for s in nested(n, line).splitlines()))
    for after in "except A: pass", "except A as e: pass", "except: pass", "finally: pass", "except* A: pass", "except* A as e: pass":
        attempt(f"{after} {n}", nested(n, "try:", after=[after]))
    attempt(f"items {n}", "with " + ", ".join(["x"] * n) + ": pass")
    attempt(f"comprehension {n}", "[x" + "".join(f" for x{i} in y" for i in range(n)) + "]")
    attempt(f"while finally {n}", nested(n - 1, "while 1:", inner="try: return x()\n" + " " * (n - 1) + "finally:\n" + " " * n + "while 1: pass").replace("return", "continue"))
    source = "def f():\n" + nested(n - 1, " while 1:", inner=" try: return x()\n" + " " * (2 * n - 1) + "finally:\n" + " " * (2 * n + 1) + "while 1: pass")
    attempt(f"return through finally {n}", source)
    attempt(f"constant through finally {n}", source.replace("x()", "1"))
for n in range(8, 12):
    for clause in "except A:", "except A as e:", "except* A:":
        body = ""
        for i in range(n):
            body += " " * i + "try: pass\n" + " " * i + clause + "\n"
        attempt(f"in {clause} {n}", body + " " * n + "pass\n")
    body = ""
    for i in range(n):
        body += " " * i + "try: pass\n" + " " * i + "finally:\n"
    attempt(f"in finally {n}", body + " " * n + "pass\n")
