# += and *= of subclasses of sequences that have their own + and *.
class L(list):
    def __add__(self, o): print('add'); return list.__add__(self,o)
    def __mul__(self, o): print('mul'); return 1
    def __radd__(self,o): print('radd'); return 2
l=L([1]); l+=[2]; print(l, type(l).__name__)
l*=2; print(l)
class B(bytearray):
    def __add__(self,o): print('badd'); return 1
b=B(b'x'); b+=b'y'; print(b)
x=[1]; x+=L([3]); print(x)
import collections, array
class D(collections.deque):
    def __add__(self,o): print('dadd'); return 1
    def __mul__(self,o): print('dmul'); return 1
d=D([1]); d+=[2]; d*=2; print(d)
class A(array.array):
    def __add__(self,o): print('aadd'); return 1
a=A('i',[1]); a+=array.array('i',[2]); a*=2; print(a)
class S(set):
    def __or__(self,o): print('or'); return 1
s=S([1]); s|={2}; print(s)
class DD(dict):
    def __or__(self,o): print('dor'); return 1
s=DD(); s|={2:3}; print(s)
class L2(list):
    def __radd__(self,o): print('radd2'); return 5
x=[1]; x+=L2([7]); print(x); x=[1]+L2([7]); print(x)
x=(1,); 
class T2(tuple):
    def __radd__(self,o): print('tradd'); return 5
x+=T2((3,)); print(x)
