"""bytes.join, unhexlify, isinstance and += where what is given is the usual, and where it isn't quite."""
import binascii
x=b'abc'
print(b','.join([x]) is x, b''.join([]), b', '.join((b'a',b'',b'b'*50)), b'--'.join([b'a'*40,b'b']), bytearray(b',').join([b'a']), b','.join([bytearray(b'q'),b'z']), b','.join(memoryview(b'ab').cast('c')))
try: b','.join([b'a',1])
except TypeError as e: print(e)
try: b','.join([b'a','x'])
except TypeError as e: print(e)
class B(bytes): pass
print(b','.join([B(b'x')]), type(b','.join([B(b'x')])))
for s in ('00ff','0g','g0','AbCd','','zz',b'12','\x80a','0'):
    try: print(binascii.unhexlify(s))
    except Exception as e: print(type(e).__name__,e)
class M:
    @property
    def __class__(self): return int
class N:
    __class__=str
class O: pass
o=O(); o.__dict__['__class__']=int
print(isinstance(M(),int),isinstance(N(),str),isinstance(o,int),isinstance(O(),int),isinstance(3,str),isinstance('x',(int,bytes)),isinstance(M(),str))
import weakref
print(isinstance(weakref.proxy(o),O), isinstance(weakref.proxy(o),int))
a=bytearray(b'x')
a+=b'y'; print(a)
for bad in (1,'s',[1],None,1.5):
    try: a+=bad; print(a)
    except TypeError as e: print(e)
    l=[1]
    try: l+=bad; print(l)
    except TypeError as e: print(e)
class R:
    def __radd__(s,o): return 'radd'
class L(list):
    def __iadd__(s,o): return 'iadd'
l=[1]; l+=R(); print(l)
l=L(); l+=[1]; print(l)
import collections
d=collections.deque([1]); d+=[2]; print(d)
try: d+=R(); print(d)
except TypeError as e: print(e)
