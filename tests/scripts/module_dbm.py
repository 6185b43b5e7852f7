# _dbm: databases by Berkeley DB's ndbm interface, whose files python3.11 reads too.
import _dbm, os, pathlib, shutil, tempfile, threading
folder = tempfile.mkdtemp()
os.chdir(folder)
def t(f,*a,**k):
    try: r = f(*a,**k); print(getattr(f,'__qualname__',f), a, '->', r if not isinstance(r,_dbm.open('tmp','c').__class__) else type(r)); return r
    except BaseException as e: print(getattr(f,'__qualname__',f),a,type(e).__module__,type(e).__name__,e, e.args, getattr(e,'filename',0))
o=_dbm.open
t(o); t(o,1); t(o,'x',1); t(o,'x','q'); t(o,'x','r'); t(o,'x','rw'); t(o,'a\0b'); t(o,'x','c','m'); t(o,'/nonexist/x','c'); t(o,'x','c',0o640,1); t(o,'x','r\0')
t(o,'x',b'r')
d=t(o,'x','c'); print(sorted(os.listdir()), oct(os.stat('x.db').st_mode))
print(type(d), type(d).__mro__, type(d).__doc__, type(d).__flags__ & (1<<10), hash(d)!=0)
try: type(d)()
except TypeError as e: print(e)
try: type("X",(type(d),),{})
except TypeError as e: print(e)
print(sorted(set(dir(d))-set(dir(object))-{'__module__'}), [ (n, getattr(type(d),n).__text_signature__, ) for n in ('close','keys','get','setdefault')])
t(d.__setitem__, 'a','b'); t(d.__setitem__,b'c',b'd\0e'); t(d.__setitem__,1,'b'); t(d.__setitem__,'z',1); t(d.__getitem__,'a'); t(d.__getitem__,b'c'); t(d.__getitem__,'nope'); t(d.__getitem__,5); t(d.__delitem__,'nope'); t(d.__delitem__, 5); t(d.__setitem__,'é\0','ü'); t(d.__getitem__,bytearray(b'a'))
t(d.__contains__,'a'); t(d.__contains__,b'q'); t(d.__contains__,4); t(d.get,'a'); t(d.get,'q'); t(d.get,'q',9); t(d.get,4); t(d.get); t(d.setdefault,'a'); t(d.setdefault,'new'); t(d.setdefault,'new2','val'); t(d.setdefault,'new3',7); t(d.setdefault,'new3',None); t(d.setdefault,5); t(d.__contains__, bytearray(b'a'))
print(sorted(d.keys()), len(d), bool(d))
try: list(d)
except TypeError: print('not iterable')
t(d.__setitem__,'\ud800','x'); t(d.__contains__,'\ud800'); t(d.get, '\ud800')
with d as e: print(e is d)
for f,a in ((d.keys,()),(d.__getitem__,('a',)),(d.__setitem__,('a','b')),(d.__delitem__,('a',)),(d.__contains__,('a',)),(d.get,('a',)),(d.setdefault,('a',)),(d.__len__,()),(d.close,()), (d.__enter__,()), (d.__exit__,())): t(f,*a)
try: print(bool(d))
except Exception as e: print(e)
d=o('x','r'); t(d.__setitem__,'a','b'); t(d.__delitem__,'a'); t(d.setdefault,'a'), t(d.setdefault,'qq',b'1')
d.close(); d=o('x','n'); print(d.keys())
print(_dbm.error, _dbm.error.__mro__, _dbm.library); 
d['big']='x'*100000; print(len(d['big'])); d['']=''; print(d.keys(), d[''])
d['a'*5000]='1'; print(len(d))
t(o,1,'q'); t(o,b'nope'); t(o,pathlib.Path('nope')); t(o,pathlib.Path('yes'),'c'); t(o,'x',flags='c'); t(o,'\ud800','c')
d=o('x','c')
t(d.close,1); t(d.__enter__,1); t(d.get,1,2,3); t(d.get,key=1); t(d.setdefault); t(d.close,x=1)
t(d.get,'\ud800'); t(d.setdefault,'k','v'); t(d.setdefault,'k2',bytearray(b'v'))
t(d.__setitem__,bytearray(b'x'),'y');
e=o('x','r'); print(len(e),len(d)); t(d.__setitem__,'k3','1'); print(len(e)); e.close()
class S(str): pass
d[S('sub')]=S('v'); print(d['sub'])
d.close()
t(d.get,5); t(d.__getitem__,5); t(d.__contains__,5); t(d.__setitem__,5,5); t(d.__setitem__,'a',5); t(d.__delitem__,5); t(d.setdefault,5); t(d.setdefault,'a',5)
import pickle
try: pickle.dumps(d)
except TypeError as e: print(e)
try: d.x=1
except Exception as e: print(e)
import weakref
try: weakref.ref(d)
except Exception as e: print(e)
try: type(d).x=1
except Exception as e: print(e)
print(type(d).__name__, type(d).__module__, repr(d)[:15], _dbm.open.__doc__ is not None)
try: hash(d); d==d; d<d
except Exception as e: print(e)

# many threads, one handle
d = o('threads', 'n')
def work(number):
    for i in range(200):
        d[f'{number} {i}'] = str(i)
        assert d[f'{number} {i}'] == str(i).encode()
        if i % 50 == 0: len(d), d.keys()
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(d))
d.close()
import dbm, dbm.ndbm
print(dbm.whichdb('threads'), dbm.ndbm.open is o)
with dbm.open('threads') as d: print(type(d), d['3 199'])
shutil.rmtree(folder)
