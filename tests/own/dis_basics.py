# dis on Weft's own bytecode: its interface is CPython's, what it shows are registers.
import contextlib
import dis
import io
import sys


def function(a, *b, c=3):
    try:
        for i in a:
            print(i, c + 1)
    except ValueError as error:
        raise error
    return [lambda: a, *b]


instructions = list(dis.get_instructions(function))
names = [i.opname for i in instructions]
assert "FOR_ITER" in names and "RETURN" in names, names
assert all(i.opname == dis.opname[i.opcode] for i in instructions)
assert [i.argval for i in instructions if i.opname == "LOAD_GLOBAL"][:1] == ["print"]
assert any(i.is_jump_target for i in instructions)
first = function.__code__.co_firstlineno
assert sorted({i.starts_line - first for i in instructions if i.starts_line}) == [0, 1, 2, 3, 4, 5, 6]
assert [line - first for _, line in dis.findlinestarts(function.__code__)][:3] == [0, 1, 2]
text = dis.Bytecode(function).dis()
assert "ExceptionTable:" in text and "LOAD_GLOBAL" in text, text
output = io.StringIO()
dis.dis(function, file=output)
assert "Disassembly of <code object <lambda>" in output.getvalue()
assert "Argument count:    1" in dis.code_info(function)
try:
    1 / 0
except ZeroDivisionError as error:
    marked = dis.Bytecode.from_traceback(error.__traceback__).dis()
assert "-->" in marked
with contextlib.redirect_stdout(io.StringIO()) as out:
    dis.dis("x = y + 1")
assert "STORE_NAME" in out.getvalue()
for wrong in 1, object():
    try:
        dis.dis(wrong)
    except TypeError as error:
        assert str(error).startswith("don't know how to disassemble"), error
frame = sys._getframe()
assert any(i.offset == frame.f_lasti for i in dis.get_instructions(frame.f_code))

# dill finds the globals of a function in what dis() prints: the last parentheses of lines that say _GLOBAL
def uses_globals():
    return [len(x) for x in sorted(dis.__doc__)]


with contextlib.redirect_stdout(io.StringIO()) as out:
    dis.dis(uses_globals)
found = {line.rpartition("(")[2].partition(")")[0] for line in out.getvalue().splitlines() if "_GLOBAL" in line}
assert found == {"len", "sorted", "dis"}, found
