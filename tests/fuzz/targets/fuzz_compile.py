"""Source text, in any mode: lexer, parser, symbol tables, compiler; nothing is run."""
import ast
import marshal
import symtable
import tokenize
import warnings

from common import TooSlow

warnings.simplefilter("ignore")
MODES = "exec", "eval", "single", "func_type"
FINE = SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, TooSlow


def walk(code):
    list(code.co_lines())
    list(code.co_positions())
    repr(code)
    for constant in code.co_consts:
        if type(constant) is type(code):
            walk(constant)


def one(data):
    if not data:
        return
    kind, source = data[0], data[1:]
    mode = MODES[kind & 3]
    if kind & 64:
        try:
            source = source.decode()
        except UnicodeDecodeError:
            return
    try:
        if mode == "func_type" or kind & 4:
            tree = compile(source, "fuzz", mode, ast.PyCF_ONLY_AST | (ast.PyCF_TYPE_COMMENTS if kind & 8 else 0))
            if mode != "func_type":
                if kind & 16:
                    ast.parse(ast.unparse(tree))
                compile(tree, "fuzz", mode)
        elif kind & 32:
            symtable.symtable(source, "fuzz", mode)
        else:
            code = compile(source, "fuzz", mode, optimize=(kind >> 3) & 1)
            walk(code)
            if kind & 16:
                again = marshal.loads(marshal.dumps(code))
                assert again == code
    except FINE:
        pass
