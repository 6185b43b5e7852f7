"""Compares Weft's parser with CPython 3.11's: run by /usr/bin/python3.11, never by Weft.

  compare_parser.py ASTDUMP files [DIR...]   trees of all .py files
  compare_parser.py ASTDUMP symbols [DIR...] their symbol tables
  compare_parser.py ASTDUMP errors [FILE...] what strings in CPython's tests (or these files) give as sources
  compare_parser.py ASTDUMP mutations SEED COUNT  errors of sources broken at random
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
    """Free names that a scope passes on come in the order of a set in CPython; and it doesn't show the text of errors."""
    if line.startswith('!'):
        return line.rpartition('|')[0]
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


def snippets(names):
    """All string constants of some files that may be source code, and the lines of their doctests."""
    found = set()
    for name in names:
        with open(name, 'rb') as f:
            source = f.read()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try:
                tree = ast.parse(source)
            except SyntaxError:
                continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, (str, bytes)):
                continue
            found.add(node.value)
            if isinstance(node.value, str) and '>>> ' in node.value:
                lines = []
                for line in node.value.split('\n') + ['']:
                    line = line.strip()
                    if line.startswith('... ') or line == '...':
                        lines.append(line[4:])
                        continue
                    if lines:
                        found.add('\n'.join(lines) + '\n')
                    lines = [line[4:]] if line.startswith('>>> ') else []
    return sorted(found, key=repr)


class Weft:
    """An astdump that reads sources."""
    MODES = {'exec': 0, 'eval': 1, 'single': 2}
    FLAGS = {0x1000: 1, 0x400000: 2, 0x200: 4, 0x4000: 8}

    def __init__(self, astdump):
        self.astdump = astdump

    def run(self, cases):
        """The lines for each of (source, mode, flags)."""
        data = []
        for source, mode, flags in cases:
            ours = sum(bit for flag, bit in self.FLAGS.items() if flags & flag)
            if isinstance(source, str):
                source = source.encode('utf-8', 'surrogatepass')
                ours |= 16
            data.append(b'%d %d %d\n' % (len(source), self.MODES[mode], ours) + source)
        done = subprocess.run([self.astdump, '-'], input=b''.join(data), capture_output=True)
        blocks = done.stdout.decode('utf-8', 'replace').split('=\n')[1:]
        if done.returncode:
            print('CRASH after %d cases: %r\n%s' % (len(blocks), cases[len(blocks) - 1], done.stderr.decode()))
        return [block.split('\n')[:-1] for block in blocks]


def readable(line):
    head, bar, text = line.rpartition('|')
    return head + bar + repr(bytes.fromhex(text).decode('utf-8', 'replace')) if line[:1] == '!' and text != 'None' else line


def compare_cases(astdump, cases):
    good = 0
    for (source, mode, flags), ours in zip(cases, Weft(astdump).run(cases)):
        theirs = [line.encode('utf-8', 'surrogatepass').decode('utf-8', 'replace') for line in oracle(source, mode, flags)]
        if ours == theirs:
            good += 1
            continue
        print('DIFFERS %r %s %#x' % (source if len(source) < 300 else source[:300], mode, flags))
        for a, b in zip(ours + ['(nothing)'], theirs + ['(nothing)']):
            if a != b:
                print('    weft   ', readable(a)[:300])
                print('    python ', readable(b)[:300])
                break
    print('%d of %d sources are the same' % (good, len(cases)))
    return good == len(cases)


def surrogates(source):
    try:
        source.encode() if isinstance(source, str) else None
        return False
    except UnicodeEncodeError:
        return True


def compare_errors(astdump, names):
    names = names or sorted(glob.glob('/usr/lib/python3.11/test/test_*.py'))
    cases = []
    for source in snippets(names):
        if surrogates(source) or len(source) > 20000:
            continue
        for mode in 'exec', 'eval', 'single':
            cases.append((source, mode, 0))
        if isinstance(source, str):
            cases.append((source, 'exec', 0x4200))
            cases.append((source, 'single', 0x4200))
            cases.append((source, 'exec', 0x1000))
    return compare_cases(astdump, cases)


def mutations(source, seed, count):
    """Sources with one or two tokens dropped, doubled, swapped or replaced."""
    import io
    import random
    import tokenize
    rng = random.Random(seed)
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    spans = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.string.strip():
                spans.append((starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]))
    except (tokenize.TokenError, IndentationError):
        return
    words = ('( ) [ ] { } : , ; . = == := -> + - * ** / @ ~ < != if else elif for in while def class return yield from import as '
             'lambda not and or is None True async await try except finally raise with del global assert pass match case print _ x 1 '
             '"s" f"{x}" \n \n    ... $ ? ! \\ 0x 1_ \' """ # += with( for( @ /, *, **k').split(' ')
    for _ in range(count):
        text = source
        for _ in range(rng.choice((1, 1, 1, 2))):
            a, b = rng.choice(spans)
            c, d = rng.choice(spans)
            what = rng.randrange(5)
            if what == 0:
                text = text[:a] + text[b:]
            elif what == 1:
                text = text[:a] + rng.choice(words) + ' ' + text[a:]
            elif what == 2:
                text = text[:a] + rng.choice(words) + text[b:]
            elif what == 3:
                text = text[:a] + source[c:d] + ' ' + text[a:]
            else:
                text = text[:a] + source[c:d] + text[b:]
        yield text


def pieces(names, rng):
    """Functions and classes of some files, as sources of their own."""
    import textwrap
    for name in names:
        with open(name, 'rb') as f:
            data = f.read()
        try:
            tree, text = ast.parse(data), data.decode()
        except (SyntaxError, ValueError):
            continue
        lines = text.split('\n')
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.If, ast.With, ast.Try, ast.For, ast.Match, ast.ClassDef, ast.AsyncFunctionDef)):
                if node.end_lineno - node.lineno < 25 and rng.random() < 0.3:
                    yield textwrap.dedent('\n'.join(lines[node.lineno - 1:node.end_lineno])) + '\n'


def compare_mutations(astdump, seed, count):
    import random
    rng = random.Random(seed)
    names = sorted(glob.glob('/usr/lib/python3.11/*.py') + glob.glob('/usr/lib/python3.11/test/test_[a-z]*.py'))
    names += ['/usr/lib/python3.11/test/test_patma.py', '/usr/lib/python3.11/test/test_grammar.py', '/usr/lib/python3.11/test/test_unparse.py'] * 5
    names = [rng.choice(names) for _ in range(count // 100)]
    cases = []
    for piece in pieces(names, rng):
        for text in mutations(piece, rng.random(), 5):
            if not surrogates(text):
                cases.append((text, 'exec', 0))
        if len(cases) >= count:
            break
    return compare_cases(astdump, cases)


if __name__ == '__main__':
    if sys.argv[2] == 'files':
        sys.exit(not compare_files(sys.argv[1], sys.argv[3:] or ['/usr/lib/python3.11']))
    elif sys.argv[2] == 'symbols':
        sys.exit(not compare_symbols(sys.argv[1], sys.argv[3:] or ['/usr/lib/python3.11']))
    elif sys.argv[2] == 'errors':
        sys.exit(not compare_errors(sys.argv[1], sys.argv[3:]))
    elif sys.argv[2] == 'mutations':
        sys.exit(not compare_mutations(sys.argv[1], int(sys.argv[3]), int(sys.argv[4])))
