"""Compares Weft's parser with CPython 3.11's: run by /usr/bin/python3.11, never by Weft.

  compare_parser.py ASTDUMP files [DIR...]   trees of all .py files
  compare_parser.py ASTDUMP symbols [DIR...] their symbol tables
  compare_parser.py ASTDUMP errors FILE...   errors and warnings of a corpus: see corpus()
"""
import ast
import glob
import os
import struct
import subprocess
import sys
import warnings


def bits(number):
    return struct.pack('>d', number).hex()


def constant(value):
    if value is None or value is True or value is False or value is ...:
        return 'Ellipsis' if value is ... else str(value)
    if isinstance(value, int):
        return 'i%d' % value if value < 2**63 else 'big'
    if isinstance(value, float):
        return 'f' + bits(value)
    if isinstance(value, complex):
        return 'j' + bits(value.imag)
    if isinstance(value, str):
        return 's' + value.encode('utf-8', 'surrogatepass').hex()
    return 'b' + value.hex()


def dump(node, out):
    if node is None:
        out('None')
    elif isinstance(node, list):
        out('[')
        for item in node:
            dump(item, out)
            out(',')
        out(']')
    elif isinstance(node, ast.AST):
        name = type(node).__name__
        if not node._fields and isinstance(node, (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)):
            out(name)
            return
        out(name + '(')
        for field in node._fields:
            value = getattr(node, field)
            out(field + '=')
            if field == 'value' and name in ('Constant', 'MatchSingleton'):
                out(constant(value))
            else:
                dump(value, out)
            out(' ')
        out(')')
        if node._attributes:
            out('@%d,%d,%d,%d' % (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
    elif isinstance(node, str):
        out("'%s'" % node)
    else:
        out(str(node))


def oracle(source, mode='exec', flags=0):
    """The lines that astdump prints."""
    lines = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            tree = compile(source, '<string>', mode, flags | ast.PyCF_ONLY_AST)
        except SyntaxError as e:
            text = 'None' if e.text is None else e.text.encode('utf-8', 'surrogatepass').hex()
            lines.append('! %s|%s|%d|%d|%d|%d|%s' % (type(e).__name__, e.msg, e.lineno or 0, e.offset or 0,
                                                    e.end_lineno or 0, e.end_offset or 0, text))
        except Exception as e:
            lines.append('! %s|%s|0|0|0|0|None' % (type(e).__name__, e))
        else:
            for node in (tree.body + tree.type_ignores if mode == 'exec' else [tree]):
                parts = []
                dump(node, parts.append)
                lines.append(''.join(parts))
    return ['~ %s|%s|%d' % (w.category.__name__, w.message, w.lineno) for w in caught] + lines


def first_difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return 'at %d:\n    weft    ...%s\n    python  ...%s' % (at, a[max(0, at - 60):at + 100], b[max(0, at - 60):at + 100])


def report(name, ours, theirs):
    """True if they're the same."""
    if ours == theirs:
        return True
    print('DIFFERS', name)
    for a, b in zip(ours + ['(nothing)'], theirs + ['(nothing)']):
        if a != b:
            print('  ', first_difference(a, b))
            break
    return False


def compare_files(astdump, directories):
    sys.setrecursionlimit(20000)
    names = sorted(n for d in directories for n in glob.glob(d + '/**/*.py', recursive=True))
    good = 0
    for name in names:
        ours = subprocess.run([astdump, name], capture_output=True).stdout.decode('utf-8', 'replace').split('\n')[1:-1]
        with open(name, 'rb') as f:
            theirs = [line.encode('utf-8', 'surrogatepass').decode('utf-8', 'replace') for line in oracle(f.read())]
        good += report(name, ours, theirs)
    print('%d of %d files are the same' % (good, len(names)))
    return good == len(names)


def scopes(table, depth, lines):
    lines.append('%d %d %s %d nested=%d%s |%s' % (
        depth, table.type, table.name, table.lineno, table.nested, ''.join(' ' + v for v in table.varnames),
        ''.join(' %s=%d' % item for item in table.symbols.items())))
    for child in table.children:
        scopes(child, depth + 1, lines)


def in_order(line):
    """Free names that a scope passes on come in the order of a set in CPython."""
    head, bar, names = line.partition('|')
    return head + bar + ' '.join(sorted(names.split()))


def compare_symbols(astdump, directories):
    import _symtable
    names = sorted(n for d in directories for n in glob.glob(d + '/**/*.py', recursive=True))
    good = 0
    for name in names:
        ours = subprocess.run([astdump, '-s', name], capture_output=True).stdout.decode('utf-8', 'replace').split('\n')[1:-1]
        theirs = []
        with open(name, 'rb') as f, warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try:
                scopes(_symtable.symtable(f.read(), name, 'exec'), 0, theirs)
            except SyntaxError as e:
                theirs = ['! %s|%s|%d|%d|%d|%d|None' % (type(e).__name__, e.msg, e.lineno or 0, e.offset or 0,
                                                        e.end_lineno or 0, e.end_offset or 0)]
            except ValueError:
                continue
        good += report(name, [in_order(line) for line in ours], [in_order(line) for line in theirs])
    print('%d of %d files are the same' % (good, len(names)))
    return good == len(names)


if __name__ == '__main__':
    if sys.argv[2] == 'files':
        sys.exit(not compare_files(sys.argv[1], sys.argv[3:] or ['/usr/lib/python3.11']))
    elif sys.argv[2] == 'symbols':
        sys.exit(not compare_symbols(sys.argv[1], sys.argv[3:] or ['/usr/lib/python3.11']))
