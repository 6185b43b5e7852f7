# os.utime: times that nanoseconds in a word can't hold, and what it says of others.
import os, tempfile
f=tempfile.mktemp(); open(f,'w').close()
def t(*a, **k):
    try: os.utime(f,*a,**k); s=os.stat(f); print(a,k,s.st_atime_ns,s.st_mtime_ns)
    except Exception as e: print(a,k,type(e).__name__,e)
t((2**32,2**32+5)); t((2**33+.75,1.25)); t((-1.5,-2)); t((-0.3,-1e-9)); t((1e300,0)); t((float('nan'),0)); t((float('inf'),0)); t((2**63,0)); t((2**63-1,0)) ; t((-2**63,0)); t((2**64,0)); t((1.9999999999,0.1)); t((0.9999999999,5)); t(('a',1)); t((1,)); t([1,2]); t(ns=(2**33*10**9+7,-5)); t(ns=(2**70,0)); t(ns=(2**63,0)); t(ns=(1.5,2)); t((1,2),ns=(1,2)); t(ns=[1,2]); t((True,False)); t((1e18,0)); t(ns=(-1,-10**9-1))
class I:
    def __index__(self): return 77
t((3, I()) and (3, 4))
class I:
    def __init__(self, r): self.r = r
    def __index__(self): return 77
    def __divmod__(self, other): return self.r
    def __repr__(self): return f'I({self.r})'
t((I(0),I(0))); t((I(0),None)); t(ns=(I((1,2)),0)); t(ns=(I([1,2]),0)); t(ns=(I((1,2**64)),0)); t(ns=(I((1,-5)),0)); t(ns=(I((1,'x')),0)); t(ns=(I((1.5,0)),0))
os.remove(f)
try: os.utime('/nope')
except OSError as e: print(e, e.filename)
