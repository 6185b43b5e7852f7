# What symtable() and compile() take for the name of a file, and how they say what's wrong with it.
import symtable, warnings
warnings.simplefilter('always')
for f in (bytearray(b'spam'), memoryview(b'spam'), [1], 5, b'a\0b', 'a\0b', memoryview(b'a\0b')):
    for g in (lambda f: symtable.symtable('pass',f,'exec'), lambda f: compile('pass',f,'exec').co_filename):
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter('always')
            try: r=g(f); print('ok', r if isinstance(r,str) else r.get_name())
            except Exception as e: print(type(e).__name__, e)
            print([ (x.category.__name__, str(x.message)) for x in w])
import pathlib
for f in 'spam', b'spam', pathlib.Path('spam'), b'sp\xffam':
    for source in 'x(', 'def f(x): global x':
        try: symtable.symtable(source, f, 'exec')
        except SyntaxError as e: print(type(e.filename), ascii(e.filename), e)
for a in (1, 2, 3), (1, 'a', 'exec'), ('1', 'a', 'other'), (1, 'a', 'other'), ('1', 5, 'other'), (b'1', 'a', 3):
    try: print(symtable.symtable(*a))
    except Exception as e: print(type(e).__name__, e)
