"""Corners of streams: byte order marks, failed initialization, closing, warnings about files that nobody closed."""
import gc
import io
import os
import shutil
import tempfile
import warnings

folder = tempfile.mkdtemp()
fn = os.path.join(folder, 'file')
def t(name, f):
    try: r = f()
    except BaseException as e: r = f'{type(e).__name__}: {e}'
    print(name, '->', r)
def bom_append():
    for enc in 'utf-8-sig', 'utf-16', 'utf-32':
        with open(fn, 'w', encoding=enc) as f: f.write('aaa')
        with open(fn, 'a', encoding=enc) as f: f.write('xxx')
        print(enc, open(fn, 'rb').read())
        with open(fn, 'w', encoding=enc) as f: f.write('aaa'); pos = f.tell()
        with open(fn, 'r+', encoding=enc) as f: f.seek(pos); f.write('zzz'); f.seek(0); f.write('bbb')
        print(enc, open(fn, 'rb').read())
        with open(fn, 'w', encoding=enc) as f: f.write('aaa'); pos = f.tell()
        with open(fn, 'a', encoding=enc) as f: f.seek(0); f.seek(0, io.SEEK_END); f.write('xxx')
        print(enc, open(fn, 'rb').read())
t('bom', bom_append)
def reconf():
    raw = io.BytesIO(); txt = io.TextIOWrapper(raw, encoding='ascii', newline='\n')
    txt.write('foo\n'); txt.reconfigure(encoding='utf-8-sig'); txt.write('é\n'); txt.flush(); return raw.getvalue()
t('reconf', reconf)
def reconf2():
    raw = io.BytesIO(); txt = io.TextIOWrapper(raw, encoding='latin1', newline='\n')
    txt.write('abc\xe9\n'); txt.reconfigure(encoding='utf-8'); txt.write('d\xe9f\n'); txt.flush(); print(raw.getvalue())
    raw = io.BytesIO(); txt = io.TextIOWrapper(raw, encoding='ascii', newline='\n'); txt.write('abc\n'); txt.reconfigure(encoding='utf-8-sig'); txt.write('d\xe9f\n'); txt.flush(); print(raw.getvalue())
    raw = io.BytesIO(b'abc\n\xe9\n'); txt = io.TextIOWrapper(raw, encoding='ascii', newline='\n'); txt.seek(0, 2); txt.reconfigure(encoding='utf-16'); txt.write('x'); txt.flush(); print(raw.getvalue())
t('reconf2', reconf2)
def readinto1():
    class R(io.RawIOBase):
        def __init__(s, chunks): s.c = chunks; s.reads = 0
        def readable(s): return True
        def readinto(s, b):
            s.reads += 1
            if not s.c: return 0
            n = len(s.c[0])
            if n <= len(b): b[:n] = s.c.pop(0); return n
            b[:] = s.c[0][:len(b)]; s.c[0] = s.c[0][len(b):]; return len(b)
    buffer_size = 10
    b = bytearray(2 * buffer_size); r = R((b"abc", b"de", b"fgh", b"jkl") and [b"abc", b"de", b"fgh", b"jkl"]); f = io.BufferedReader(r, buffer_size); n = f.readinto1(b); print(n, bytes(b[:n]), r.reads)
    b = bytearray(2 * buffer_size); r = R([b"abc", b"de", b"fgh", b"jkl"]); f = io.BufferedReader(r, buffer_size); print(f.readinto1(b), r.reads); print(f.readinto1(b), r.reads); print(f.readinto1(memoryview(b)[:3]), r.reads)
    try: io.BufferedReader(io.BytesIO(b'xxx')).readinto(b'bytes')
    except TypeError as e: print(e)
    try: io.BufferedReader(io.BytesIO(b'xxx')).readinto('s')
    except TypeError as e: print(e)
    try: io.BytesIO(b'xx').readinto(b'a')
    except TypeError as e: print(e)
    try: io.FileIO(fn).readinto(b'a')
    except TypeError as e: print(e)
t('readinto1', readinto1)
def init():
    class Raw(io.RawIOBase):
        def writable(s): return True
        def readable(s): return True
    f = io.BufferedWriter(Raw())
    for a in (0, -1):
        try: f.__init__(Raw(), buffer_size=a)
        except ValueError as e: print(e)
        try: f.write(b'def'); print('no error')
        except ValueError as e: print(e)
        r = io.BufferedReader(Raw())
        try: r.__init__(Raw(), buffer_size=a)
        except ValueError as e: print(e)
        try: r.read(); print('no error')
        except ValueError as e: print(e)
    b = io.BufferedReader.__new__(io.BufferedReader)
    try: b.read(0)
    except ValueError as e: print(e)
    try: print(b)
    except Exception as e: print(type(e), e)
    try: b.closed
    except Exception as e: print(type(e), e)
t('init', init)
def inval():
    for mode in 'w', 'wb':
        with open(fn, mode) as f:
            try: f.read()
            except OSError as e: print(type(e), e)
    with open(fn, 'wb', buffering=0) as f:
        try: f.read()
        except OSError as e: print(type(e), e)
    with open(fn, 'rb', buffering=0) as f:
        try: f.write(b'x')
        except OSError as e: print(type(e), e)
    with open(fn, 'rb') as f:
        for a in ((b'x',), (memoryview(b'x'),)):
            try: f.write(*a)
            except OSError as e: print(type(e), e)
        try: f.writelines([b'x'])
        except OSError as e: print(type(e), e)
    with open(fn, 'r') as f:
        try: f.write('x')
        except OSError as e: print(type(e), e)
        try: f.writelines(['x'])
        except OSError as e: print(type(e), e)
        try: f.seek(1, os.SEEK_CUR)
        except OSError as e: print(type(e), e)
        try: f.seek(-1, os.SEEK_END)
        except OSError as e: print(type(e), e)
t('inval', inval)
def opt():
    class M(io.RawIOBase):
        def writable(s): return False
        def readable(s): return True
        def seekable(s): return True
    for o in (io.BufferedReader(M()),):
        for a in ('write', 'truncate'):
            try: print(a, getattr(o, a)(b'x') if a == 'write' else o.truncate())
            except Exception as e: print(a, type(e), e)
    o = io.TextIOWrapper(io.BufferedReader(M()))
    try: o.write('x')
    except Exception as e: print(type(e), e)
t('opt', opt)
def destructor():
    rec = []
    class F(io.FileIO):
        def __del__(s):
            rec.append(1)
            try: f = super().__del__
            except AttributeError: pass
            else: f()
        def close(s): rec.append(2); super().close()
        def flush(s): rec.append(3); super().flush()
    f = F(fn, 'wb'); f.write(b'xxx'); del f; gc.collect(); return rec
t('destructor', destructor)
def destructor2():
    rec = []
    class F(io.BufferedWriter):
        def __del__(s): rec.append(1); super().__del__()
        def close(s): rec.append(2); super().close()
        def flush(s): rec.append(3); super().flush()
    f = F(io.FileIO(fn, 'wb')); del f; gc.collect(); print(rec)
    rec.clear()
    class G(io.TextIOWrapper):
        def __del__(s): rec.append(1); super().__del__()
        def close(s): rec.append(2); super().close()
        def flush(s): rec.append(3); super().flush()
    f = G(io.FileIO(fn, 'wb')); del f; gc.collect(); print(rec)
t('destructor2', destructor2)
def flusherr():
    f = open(fn, 'wb', buffering=0); closed = []
    def bad(): closed[:] = [f.closed]; raise OSError('bad')
    f.flush = bad
    try: f.close()
    except OSError as e: print('got', e)
    print(f.closed, closed); f.flush = lambda: None
t('flusherr', flusherr)
def rw():
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter('always')
        f = open(fn, 'wb', buffering=0); del f
        f = open(fn, 'wb'); del f
        f = open(fn, 'w'); del f
        gc.collect()
    return [str(x.message).replace(fn, 'file') for x in w]
t('warn', rw)
def loc():
    f = io.TextIOWrapper(io.BytesIO(), encoding='ascii'); f.reconfigure(encoding='locale'); print(f.encoding)
    print(io.TextIOWrapper(io.BytesIO(), encoding='locale').encoding)
t('locale', loc)
def internal():
    class C(io.BytesIO):
        def write(s, b): calls.append(bytes(b)); return super().write(b)
    calls = []
    f = io.TextIOWrapper(io.BufferedWriter(C(), 30) if 0 else C(), encoding='ascii'); f._CHUNK_SIZE = 10 if 0 else f._CHUNK_SIZE
    f.write('abcdef'); print(calls); f.write('x' * f._CHUNK_SIZE); print(len(calls)); f.flush(); print(len(calls))
    calls.clear()
    f = io.TextIOWrapper(C(), encoding='ascii', write_through=True); f.write('abc'); print(calls); f.write('x\n'); print(calls)
t('internal', internal)
def encst():
    for enc in ('euc_jis_2004', 'utf-16', 'utf-8-sig'):
        f = io.TextIOWrapper(io.BytesIO(), encoding=enc) if enc != 'x' else None
        with open(fn, 'w', encoding=enc) as f: f.write('\u00e6\u0300'); p = f.tell(); f.write('\u00e6\u0300'); 
        with open(fn, encoding=enc) as f: print(repr(f.read()))
        with open(fn, 'w', encoding=enc) as f: f.write('\u00e6'); p = f.tell(); f.write('\u0300'); f.seek(0); f.write('\u00e6'); f.seek(p) if enc != 'utf-16' else 0; f.write('\u0300')
        print(open(fn, 'rb').read())
t('encst', encst)
shutil.rmtree(folder)
