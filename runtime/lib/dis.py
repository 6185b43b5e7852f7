"""Disassembler of Weft's bytecode, with the interface of CPython's module of this name. See opcode.py and vm/opcodes.def.

Offsets count as frame.f_lasti, tb_lasti and co_lines() do: two for each 64-bit word of co_code.
"""
import collections
import io
import struct
import sys
import types
from opcode import *
from opcode import __all__ as _opcodes_all
from opcode import _specialized

__all__ = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code", "get_instructions", "Instruction",
           "Bytecode"] + _opcodes_all

COMPILER_FLAG_NAMES = {1: "OPTIMIZED", 2: "NEWLOCALS", 4: "VARARGS", 8: "VARKEYWORDS", 16: "NESTED", 32: "GENERATOR", 64: "NOFREE",
                       128: "COROUTINE", 256: "ITERABLE_COROUTINE", 512: "ASYNC_GENERATOR"}
_have_code = types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type

# operand C: flags above the 21 bits of an index or the 16 of a register
_INDEX, _SWAPPED, _INPLACE = 0x1FFFFF, 1 << 22, 1 << 21
_WIDE = {opmap[name] for name in ("LOAD_CONST", "LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME", "STORE_NAME", "DELETE_NAME")}

Positions = collections.namedtuple("Positions", "lineno end_lineno col_offset end_col_offset", defaults=[None] * 4)
_Instruction = collections.namedtuple(
    "_Instruction", "opname opcode arg argval argrepr offset starts_line is_jump_target positions", defaults=[None])


class Instruction(_Instruction):
    """One instruction: its name and number, operands as they stand in the word (arg), what the telling one means (argval), all of them as text
    (argrepr), where it is, the line that begins here or None, whether something jumps here, and its place in the source."""

    def _disassemble(self, lineno_width=3, mark_as_current=False, offset_width=4):
        fields = []
        if lineno_width:
            fields.append(f"{self.starts_line:{lineno_width}d}" if self.starts_line is not None else " " * lineno_width)
        fields.append("-->" if mark_as_current else "   ")
        fields.append(">>" if self.is_jump_target else "  ")
        fields.append(repr(self.offset).rjust(offset_width))
        fields.append(self.opname.ljust(22) if self.argrepr else self.opname)
        fields.append(self.argrepr)
        return " ".join(fields).rstrip()


def _words(code):
    """(offset in words, opcode, A, B, C) of each instruction."""
    words = struct.unpack(f"={len(code) // 8}Q", code)
    at = 0
    while at < len(words):
        word = words[at]
        op = word & 0xFF
        yield at, op, word >> 8 & 0xFFFF, word >> 24 & 0xFFFF, word >> 40
        at += 1 + (caches[op] if op < len(caches) else 0)


def _signed(c):
    return c - (1 << 24) if c & 1 << 23 else c


def _pick(sequence, index):
    return sequence[index] if sequence is not None and 0 <= index < len(sequence) else index


class _Names:
    """What registers, constants, names and free variables of a code object are called."""

    def __init__(self, co=None):
        self.co = co
        if co is not None:
            self.locals = [*co.co_varnames, *(name for name in co.co_cellvars if name not in co.co_varnames)]
            self.consts, self.names, self.free = co.co_consts, co.co_names, co.co_freevars
        else:
            self.locals, self.consts, self.names, self.free = (), None, None, None

    def register(self, number):
        return self.locals[number] if number < len(self.locals) else f"r{number}"


def _operand(kind, value, place, op, next_offset, names):
    """(value, text) of one operand, or None if it isn't there."""
    if kind in "rpmdtD":
        if place == 2:
            value &= 0xFFFF
        return names.register(value), names.register(value)
    if kind == "k":
        if place == 2 and op not in _WIDE:
            value &= _INDEX
        if op in (opmap["CALL"], opmap["CALL_METHOD"]):
            if value == 0:
                return None
            value -= 1
        constant = _pick(names.consts, value)
        return constant, repr(constant)
    if kind == "n":
        name = _pick(names.names, value if op in _WIDE else value & _INDEX)
        return name, f"({name})" if "_GLOBAL" in opname[op] else str(name)  # dill reads a function's globals from the text
    if kind == "f":
        name = _pick(names.free, value)
        return name, str(name)
    if kind == "j":
        return next_offset + 2 * _signed(value), f"to {next_offset + 2 * _signed(value)}"
    value = _signed(value) if kind == "i" else value
    return value, str(value)


def _instructions(co_code, names, linestarts, line_offset=0, positions=None, adaptive=False, show_caches=False):
    labels = findlabels(co_code)
    positions_at = lambda at: Positions(*positions[at]) if positions is not None and at < len(positions) else Positions()
    for at, op, a, b, c in _words(co_code):
        base = _specialized.get(op, op)
        next_offset = 2 * (at + 1 + caches[base])
        values, texts = [], []
        for place, (kind, value) in enumerate(zip(kinds[base], (a, b, c))):
            found = None if kind == "-" else _operand(kind, value, place, base, next_offset, names)
            if found is not None:
                values.append((kind, found[0]))
                texts.append(found[1])
        if base == opmap["MAKE_FUNCTION"] and names.consts is not None:
            values[-1] = "k", _pick(names.consts, c >> 4)
            texts[-1] = repr(values[-1][1])
        told = [value for kind, value in values if kind in "knfj"] or [value for _, value in values] or [None]
        line = linestarts.get(2 * at) if linestarts else None
        yield Instruction(opname[op if adaptive else base], base, a | b << 16 | c << 32 if values else None, told[0], ", ".join(texts), 2 * at,
                          None if line is None else line + line_offset, 2 * at in labels,
                          positions_at(at))
        for at in range(at + 1, at + 1 + caches[base]) if show_caches else ():
            yield Instruction("CACHE", -1, 0, None, "", 2 * at, None, False, positions_at(at))


def get_instructions(x, *, first_line=None, show_caches=False, adaptive=False):
    """The instructions of a function, method, generator, code object or source text, one by one."""
    co = _get_code_object(x)
    offset = 0 if first_line is None else first_line - co.co_firstlineno
    return _instructions(co.co_code, _Names(co), dict(findlinestarts(co)), offset, list(co.co_positions()), adaptive, show_caches)


def findlabels(code):
    """The offsets that are targets of jumps."""
    labels = []
    for at, op, _, _, c in _words(code):
        if op < len(kinds) and kinds[op][2] == "j":
            to = 2 * (at + 1 + caches[op] + _signed(c))
            if to not in labels:
                labels.append(to)
    return labels


def _unpack_opargs(code):
    """(offset, number, operands as Instruction.arg has them or None) of each instruction."""
    for at, op, a, b, c in _words(code):
        base = _specialized.get(op, op)
        yield 2 * at, base, None if kinds[base] == "---" else a | b << 16 | c << 32


def findlinestarts(code):
    """(offset, line) where lines begin in the code."""
    last = None
    for start, _, line in code.co_lines():
        if line is not None and line != last:
            last = line
            yield start, line


def _try_compile(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        pass
    return compile(source, name, "exec")


def _get_code_object(x):
    """The code object of a method, function, generator, coroutine, source text or code object."""
    x = getattr(x, "__func__", x)
    for attribute in "__code__", "gi_code", "ag_code", "cr_code":
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, "co_code"):
        return x
    raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False):
    """Disassembles classes, methods, functions and what else has code, source text, or with no argument the last traceback."""
    if x is None:
        distb(file=file)
        return
    x = getattr(x, "__func__", x)
    for attribute in "__code__", "gi_code", "ag_code", "cr_code":
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if hasattr(x, "__dict__"):
        for name, value in sorted(x.__dict__.items()):
            if isinstance(value, _have_code):
                print(f"Disassembly of {name}:", file=file)
                try:
                    dis(value, file=file, depth=depth, adaptive=adaptive, show_caches=show_caches)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    elif hasattr(x, "co_code"):
        _recursive(x, file, depth, adaptive, show_caches)
    elif isinstance(x, (bytes, bytearray)):
        _print(bytes(x), _Names(), {}, -1, file, adaptive=adaptive, show_caches=show_caches)
    elif isinstance(x, str):
        _recursive(_try_compile(x, "<dis>"), file, depth, adaptive, show_caches)
    else:
        raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def distb(tb=None, *, file=None, show_caches=False, adaptive=False):
    """Disassembles the innermost frame of a traceback (default: the last one), marking where it stopped."""
    if tb is None:
        try:
            tb = sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
    while tb.tb_next:
        tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, adaptive=adaptive, show_caches=show_caches)


def _recursive(co, file, depth, adaptive, show_caches):
    disassemble(co, file=file, adaptive=adaptive, show_caches=show_caches)
    if depth is None or depth > 0:
        for inner in co.co_consts:
            if hasattr(inner, "co_code"):
                print(file=file)
                print(f"Disassembly of {inner!r}:", file=file)
                _recursive(inner, file, None if depth is None else depth - 1, adaptive, show_caches)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False):
    """Disassembles a code object."""
    _print(co.co_code, _Names(co), dict(findlinestarts(co)), lasti, file, list(co.co_positions()), adaptive=adaptive,
           exceptions=_exceptions(co), show_caches=show_caches)


disco = disassemble


def _exceptions(co):
    """(start, end, target or None, depth, kind) of each entry of the exception table, in offsets."""
    table = co.co_exceptiontable
    return [(2 * start, 2 * end, 2 * target if kind == 0 else None, depth, kind)
            for start, end, target, depth, kind in struct.iter_unpack("=IIIHBx", table)]


def _print(code, names, linestarts, lasti, file, positions=None, line_offset=0, adaptive=False, exceptions=(), show_caches=False):
    highest = max(linestarts.values(), default=-1) + line_offset
    line_width = 0 if not linestarts else max(3, len(str(highest)))
    offset_width = max(4, len(str(len(code) // 4)))
    for instruction in _instructions(code, names, linestarts, line_offset, positions, adaptive, show_caches):
        if line_width and instruction.starts_line is not None and instruction.offset > 0:
            print(file=file)
        print(instruction._disassemble(line_width, instruction.offset == lasti, offset_width), file=file)
    if exceptions:
        print("ExceptionTable:", file=file)
        for start, end, target, depth, _ in exceptions:
            to = f"-> {target}" if target is not None else "restores"
            print(f"  {start} to {end - 2} {to} [r{depth}]", file=file)


def pretty_flags(flags):
    """The names of co_flags."""
    names = []
    for bit in range(32):
        if flags & 1 << bit:
            names.append(COMPILER_FLAG_NAMES.get(1 << bit, hex(1 << bit)))
            flags ^= 1 << bit
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


def code_info(x):
    """What is to be said about a code object: name, file, numbers of arguments, constants, names."""
    co = _get_code_object(x)
    lines = [f"{label + ':':18} {value}" for label, value in (
        ("Name", co.co_name), ("Filename", co.co_filename), ("Argument count", co.co_argcount),
        ("Positional-only arguments", co.co_posonlyargcount), ("Kw-only arguments", co.co_kwonlyargcount),
        ("Number of locals", co.co_nlocals), ("Stack size", co.co_stacksize), ("Flags", pretty_flags(co.co_flags)))]
    if co.co_consts:
        lines += ["Constants:", *(f"{i:4}: {constant!r}" for i, constant in enumerate(co.co_consts))]
    for title, names in (("Names", co.co_names), ("Variable names", co.co_varnames), ("Free variables", co.co_freevars),
                         ("Cell variables", co.co_cellvars)):
        if names:
            lines += [f"{title}:", *(f"{i:4}: {name}" for i, name in enumerate(names))]
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Prints code_info()."""
    print(code_info(co), file=file)


def _find_imports(co):
    """(name, level, fromlist) of each import in a code object; modulefinder asks."""
    known = {}  # what the registers were last loaded with
    for _, op, a, b, c in _words(co.co_code):
        op = _specialized.get(op, op)
        if op == opmap["LOAD_INT"]:
            known[a] = _signed(c)
        elif op == opmap["LOAD_CONST"]:
            known[a] = co.co_consts[c]
        elif op == opmap["IMPORT_NAME"] and b in known and b + 1 in known:
            yield co.co_names[c & _INDEX], known[b], known[b + 1]


def _find_store_names(co):
    """The names that a code object binds in its namespace or as globals."""
    storing = opmap["STORE_NAME"], opmap["STORE_GLOBAL"]
    for _, op, _, _, c in _words(co.co_code):
        if _specialized.get(op, op) in storing:
            yield co.co_names[c]


class Bytecode:
    """The bytecode of something that has code: iterates over its instructions, dis() gives the listing."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False):
        self.codeobj = co = _get_code_object(x)
        self.first_line = co.co_firstlineno if first_line is None else first_line
        self._line_offset = self.first_line - co.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.show_caches = show_caches
        self.adaptive = adaptive

    def __iter__(self):
        return get_instructions(self.codeobj, first_line=self.first_line, show_caches=self.show_caches, adaptive=self.adaptive)

    def __repr__(self):
        return f"{self.__class__.__name__}({self._original_object!r})"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """That of the innermost frame of a traceback."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches, adaptive=adaptive)

    def info(self):
        """code_info() of it."""
        return code_info(self.codeobj)

    def dis(self):
        """The listing."""
        co = self.codeobj
        with io.StringIO() as output:
            _print(co.co_code, _Names(co), dict(findlinestarts(co)), -1 if self.current_offset is None else self.current_offset, output,
                   list(co.co_positions()), self._line_offset, self.adaptive, _exceptions(co), self.show_caches)
            return output.getvalue()


def _test():
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("infile", type=argparse.FileType("rb"), nargs="?", default="-")
    arguments = parser.parse_args()
    with arguments.infile as file:
        source = file.read()
    dis(compile(source, arguments.infile.name, "exec"))


if __name__ == "__main__":
    _test()
