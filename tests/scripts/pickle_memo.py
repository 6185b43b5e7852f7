"""What the memo has of objects met once, met again by way of reducers, and met while others change; bytearray.__init__ with exports."""
import pickle,io,hashlib
s=''.join(['ab','c']); b=bytes([1,2,3]); L=[s,b]
class R:
    def __init__(s,o): s.o=o
    def __reduce__(s): return (R,(s.o,))
class S:
    def __reduce__(self): return (list,((L[0],L[1]),))
class W(io.BytesIO):
    def write(self,d):
        if L2: L2.clear()
        return super().write(d)
L2=[]
x=[L,R(L[0]),S(),S(),L[0],[L[1]],{L[0]:L[1]},{'k':L},[[]]]
for p in range(6):
    d=pickle.dumps(x,p); print(p,len(d),hashlib.md5(d.replace(b'__main__',b'')).hexdigest())
L2=[bytes(70000),bytearray(b'x'*70000),[bytes(5)],{'a':bytes(66000)}]
f=W(); P=pickle.Pickler(f,5)
try: P.dump(L2); print(len(f.getvalue()))
except Exception as e: print(type(e),e)
print(bytearray(b'abc'), bytearray(b''), bytearray(bytearray(b'x')))
c=bytearray(b'hello'); c.__init__(b'yo'); print(c)
m=memoryview(c)
try: c.__init__(b'yoyo')
except BufferError as e: print(e)
try: c.__init__(b'')
except BufferError as e: print(e)
try: c.__init__(b'ab')
except BufferError as e: print(e)
print(c)
