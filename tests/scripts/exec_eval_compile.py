# exec, eval, compile, globals, locals, and code objects.

scope = {"x": 10}
print(eval("x + 1", scope), eval("x + y", scope, {"y": 5}), eval(compile("x * 2", "<c>", "eval"), scope))
exec("y = x + 1\ndef f(a): return a + y", scope)
print(scope["y"], scope["f"](1), sorted(k for k in scope if k[0] != "_"))
code = compile("a = 1\nb = a + 1\n", "<string>", "exec")
print(code.co_filename, code.co_name, code.co_names, code.co_firstlineno)
namespace = {}
exec(code, namespace)
print(namespace["b"], exec("1"))
exec(compile("5 + 5\n", "<single>", "single"))


def local_names():
    a = 1
    exec("a = 2; z = 3")
    return a, "z" in locals(), sorted(locals())


print(local_names())


class Mapping(dict):
    def __missing__(self, key):
        return f"<{key}>"


print(eval("foo + bar", {}, Mapping()))
for text, mode in (
    ("1 +", "eval"),
    ("x = 1", "eval"),
    ("def f(:", "exec"),
    ("1\n2", "single"),
    ("", "eval"),
    ("a b", "exec"),
    ("\tx\n y", "exec"),
    ("f'{'", "exec"),
    ("'abc", "exec"),
    ("(", "exec"),
    ("return 1", "exec"),
    ("yield 1", "exec"),
    ("break", "exec"),
    ("x = yield = 1", "exec"),
    ("nonlocal x", "exec"),
    ("def f():\n global x\n x = 1\n nonlocal x", "exec"),
    ("1 = x", "exec"),
    ("f() = 1", "exec"),
    ("def f(a, a): pass", "exec"),
    ("lambda *: 1", "exec"),
    ("del f()", "exec"),
    ("if x:\npass", "exec"),
    ("  x", "exec"),
    ("x = 08", "exec"),
    ("await x", "exec"),
    ("f(a=1, 2)", "exec"),
    ("print 'x'", "exec"),
    ("a = b if c", "exec"),
    ("import a.b as", "exec"),
    ("from . import *x", "exec"),
    ("class A:\n def f(self): x = 1; global x", "exec"),
    ("try: pass", "exec"),
    ("f(**a, *b)", "exec"),
    ("x: int: str", "exec"),
    ("a, b += 1", "exec"),
    ("(a for a in b) = 1", "exec"),
    ("'a' 'b' = 1", "exec"),
    ("if a = 1: pass", "exec"),
    ("else: pass", "exec"),
    ("f(a for a in b, c)", "exec"),
    ("5.a", "exec"),
    ("1_", "exec"),
    ("0x", "exec"),
    ("é = 1; $", "exec"),
    ("x = “a”", "exec"),
    ("a\\ b", "exec"),
):
    try:
        compile(text, "<test>", mode)
        print(repr(text), "compiles")
    except SyntaxError as error:
        print(
            repr(text),
            type(error).__name__,
            error.msg,
            error.lineno,
            error.offset,
            repr(error.text),
            error.end_lineno,
            error.end_offset,
        )
for bad in (
    lambda: compile("1", "x", "wrong"),
    lambda: eval(5),
    lambda: exec("1", 5),
    lambda: compile("\0", "x", "exec"),
    lambda: eval("1", {}, 5),
):
    try:
        bad()
    except (TypeError, ValueError, SyntaxError) as error:
        print(type(error).__name__, error)
print(eval(" 1 + 1"), eval(b"2 + 2"), eval("lambda: 3")())
print(globals() is locals(), "scope" in globals())
print(
    compile("async def f(): pass", "<x>", "exec").co_flags & 0x80,
    [
        c.co_varnames
        for c in compile("def f(a, /, b, *c, d=1, **e): x = a; return x", "<x>", "exec").co_consts
        if hasattr(c, "co_varnames")
    ],
)
exec("print(__name__, __builtins__ is not None)")
exec(
    "try:\n print(len)\nexcept NameError as e:\n print(e)",
    {"__builtins__": {"print": print, "NameError": NameError}},
)
