import _pickle, io, pickle, re, sys
def p(f,*a,**k):
    try: print(re.sub('0x[0-9a-f]+','0x',repr(f(*a,**k))))
    except BaseException as e: print(type(e).__name__, re.sub('0x[0-9a-f]+','0x',str(e)))
P=_pickle.Pickler; U=_pickle.Unpickler
p(P); p(P,1); p(P,io.BytesIO(),7); p(P,io.BytesIO(),-1); p(P,io.BytesIO(),'a'); p(_pickle.dumps,1,9); p(_pickle.dumps); p(_pickle.dump,1); p(_pickle.dump,1,2)
p(P,io.BytesIO(),3,buffer_callback=1); p(P,io.BytesIO(),5,buffer_callback=1); p(_pickle.dumps,1,protocol=4,buffer_callback=print)
p(U); p(U,1); p(_pickle.loads,'a'); p(_pickle.loads,b''); p(_pickle.load,1)
for b in (b'x',b'.',b'0.',b'N',b'N0.',b'(.',b't.',b'}.',b's.',b'Ns.',b'N(Ns.',b'](Nu.',b'Na.',b'NNa.',b'](Ne.',b'N(Ne.',b'\x80\x09.',b'\x80',b'I1',b'Ifoo\n.',b'I01\n.',b'I00\n.',b'Lfoo\n.',b'L1L\n.',b'Ffoo\n.',b'F1.5\n.',b'G\0\0.',b'S\n.',b'Sfoo\n.',b"S'a\n.",b"S'a'\n.",b"V\\u1234\n.",b'cfoo\nbar\n.',b'cbuiltins\nbar\n.',b'c\n.',b'gfoo\n.',b'g5\n.',b'h\5.',b'j\5\0\0\0.',b'p5\n.',b'Np-5\n.',b'Npx\n.',b'q',b'r\xff\xff\xff\xff',b'Nr\xff\xff\xff\x7f.',b'T\xff\xff\xff\xff',b'B\xff\xff\xff\xff',b'X\xff\xff\xff\xff',b'\x8d\xff\xff\xff\xff\xff\xff\xff\xff',b'\x8e\xff\xff\xff\xff\xff\xff\xff\xff',b'\x8b\xff\xff\xff\xff',b'\x8a\5a',b'\x82\1.',b'\x83\1\0.',b'\x84\0\0\0\0.',b'\x84\xff\xff\xff\xff.',b'P1\n.',b'N\x51.',b'R.',b'NR.',b'N)R.',b'NNR.',b'b.',b'Nb.',b'NNb.',b'N}b.',b'N(tb.',b'o.',b'(o.',b'(N)o.',b'i\n',b'(ibuiltins\nint\n.',b'(ibuiltins\n',b'\x81.',b'N\x81.',b'N)\x81.',b'cbuiltins\nint\nN\x81.',b'NN)\x92.',b'cbuiltins\nint\n)N\x92.',b'NN}\x92.',b'\x93.',b'N\x93.',b'NN\x93.',b'\x8c\1a\x93.',b'1.',b'2.',b'(2.',b'(l.',b'(d.',b'(Nd.',b'\x8f(N\x90.',b'N(N\x90.',b'(N\x91.',b'\x91.',b'\x94.',b'N\x94.',b'\x95\0',b'\x95\5\0\0\0\0\0\0\0N.',b'\x95\xff\xff\xff\xff\xff\xff\xff\xffN.',b'\x96\1\0\0\0\0\0\0\0a.',b'\x96\xff\xff\xff\xff\xff\xff\xff\xff.',b'\x97.',b'\x98.',b'N\x98.',b'C\5a.',b'U\5a.',b'\x8c\5a.',b'\x8c\1\xff.',b'U\1\xff.',b'K',b'K\1.',b'M\1\2.',b'J\xff\xff\xff\xff.',b'\x88.',b'\x89.',b'\x85.',b'N\x86.',b'N\x85.',b'NN\x86.',b'NNN\x87.',b'I99999999999999999999\n.',b'I1x\n.',b'L0x10L\n.',b'\x8a\1\xff.',b'\x8a\0.',b'(lp0\nI1\na.',b'](K\1K\2e.',b'}(K\1K\2u.',b'(K\1K\2d.',b'cos\nsystem\n)\x81.'):
    print(b,end=' '); p(_pickle.loads,b)
class R:
    def __init__(s,r): s.r=r
    def __reduce__(s): return s.r
for r in (1,'a',(),(1,),(1,2),(int,1),(int,()),(int,(),None,1),(int,(),None,None,1),(int,(),None,None,None,1),(int,(),)+(None,)*5,(1,()),'int','nope'):
    for proto in (0,2,4): print(r,proto,end=' '); p(_pickle.dumps,R(r),proto)
def f():
    def g(): pass
    return g
p(_pickle.dumps,f()); p(_pickle.dumps,lambda:1); p(_pickle.dumps,sys); p(_pickle.dumps,iter([]).__class__); p(_pickle.dumps,(x for x in []))
class A: pass
B=A
class A: pass
try: _pickle.dumps(B)
except Exception as e: print(str(e)[:40])
class C:
    def __reduce_ex__(s,p): return 1
    class D: pass
p(_pickle.dumps,C()); p(_pickle.dumps,C.D,2); p(_pickle.dumps,C.D,4)
class E:
    __reduce_ex__=1
p(_pickle.dumps,E())
class F:
    def __getnewargs_ex__(s): return 1
p(_pickle.dumps,F(),2);p(_pickle.dumps,F(),4)
class G(P):
    def persistent_id(s,o): return 'a\n' if o==3 else None
p(lambda:G(io.BytesIO(),0).dump(3)); p(lambda:G(io.BytesIO(),2).dump(3))
class H(P):
    def persistent_id(s,o): return 'é' if o==3 else None
p(lambda:H(io.BytesIO(),0).dump(3))
class I(P):
    def reducer_override(s,o): return 1 if o==3 else (int,()) if isinstance(o,A) else NotImplemented
f=io.BytesIO(); p(lambda:I(f,2).dump(A())); print(f.getvalue()); p(lambda:I(f,2).dump([len,R((int,()))])); print(f.getvalue())
class J(P):
    def __init__(s): pass
p(lambda:J().dump(1)); p(lambda:J().clear_memo()); 
class K(U):
    def __init__(s): pass
p(lambda:K().load()); p(lambda: K().memo)
q=P(io.BytesIO(),2); l=[1]; q.dump([l,l]); m=q.memo.copy(); print(sorted((a,b) for a,b in m.values())); q.memo.clear(); print(q.memo.copy()); p(setattr,q,'memo',1); p(setattr,q,'memo',{1:2}); q.memo={id(l):(7,l)}; print(q.memo.copy()[id(l)]); p(delattr,q,'memo')
p(lambda:q.fast); q.fast=True; p(lambda:q.fast); p(lambda:q.bin); p(lambda:q.persistent_id); p(lambda:q.dispatch_table); q.dispatch_table={}; p(lambda:q.dispatch_table)
u=U(io.BytesIO(_pickle.dumps([1,[2]]))); p(u.load); print(u.memo.copy()); p(setattr,u,'memo',{-1:2}); p(setattr,u,'memo',{'a':2}); p(setattr,u,'memo',3);  u.memo.clear(); print(u.memo.copy()); p(u.load); p(lambda:u.persistent_load); p(u.find_class,'builtins','nope'); p(u.find_class,'builtins','int'); p(u.find_class,1,2); p(u.find_class,'no.such','a'); p(u.find_class, 'copy_reg','_reconstructor'); p(u.find_class,'__builtin__','unicode')
l=[]
for i in range(100000): l=[l]
p(_pickle.dumps,l)
q=P(io.BytesIO()); q.fast=1; l=[]; l.append(l); p(q.dump,l); q=P(io.BytesIO()); q.fast=1; l={}; l[1]=l; p(q.dump,l)
class W:
    def __init__(s,r): s.w=r
    def write(s,b): return None
p(lambda:P(W(1)).dump(1)); p(lambda:P(W(1)).dump(b'a'*100000))
class V:
    def read(s,n): return 1
    def readline(s): return 1
p(lambda: U(V()).load())
class X(V):
    def read(s,n): return b'I'
    def readline(s): return 2
p(lambda: U(X()).load())
for o in (None,True,0,255,256,65535,65536,-1,2**31,2**31-1,-2**31,2**70,-2**2040,1.5,'a','é\n\\','\ud800',b'',b'a',b'\xff',bytearray(b'a'),(),(1,),(1,2,3),(1,2,3,4),[],[1],[1,2],{},{1:2},{1:2,3:4},set(),{1},frozenset({1}),len,int,type(None),...,NotImplemented,complex(1,2),type(...),type(NotImplemented),range(3),slice(1,2),A,f.getvalue,'a'*300,b'a'*300,[1]*1001, {i:i for i in range(1001)}):
    for proto in range(6):
        try: x=_pickle.dumps(o,proto)
        except Exception as e: print(type(e).__name__, e); continue
        print(proto,x if len(x)<100 else hash(x)%1 or (len(x),x[:50],x[-50:])); y=_pickle.loads(x)
        try: assert y==o or o is f.getvalue or len(x)>0
        except Exception as e: print(e)
p(_pickle.loads,_pickle.dumps(pickle.PickleBuffer(b'a'),5)); p(_pickle.dumps,pickle.PickleBuffer(b'a'),4)
bs=[]; x=_pickle.dumps([pickle.PickleBuffer(b'a'),pickle.PickleBuffer(bytearray(b'b'))],5,buffer_callback=bs.append); print(x,bs and len(bs)); p(_pickle.loads,x,buffers=[b'x',bytearray(b'y')]);p(_pickle.loads,x,buffers=[b'x']);p(_pickle.loads,x);p(_pickle.loads,x,buffers=1);p(_pickle.loads,x,buffers=[bytearray(b'x'),b'q'])
b=pickle.PickleBuffer(b'abc'); p(b.raw); print(bytes(b.raw())); b.release(); p(b.raw); p(pickle.PickleBuffer,1); p(pickle.PickleBuffer); p(bytes,b); p(pickle.PickleBuffer,memoryview(b'abcdef')[::2]); p(lambda:pickle.PickleBuffer(memoryview(b'abcdef')[::2]).raw())
p(_pickle.dumps,pickle.PickleBuffer(memoryview(b'abcdef')[::2]),5)
p(_pickle.loads,b'\x80\x02cbuiltins\nint\n.',encoding='x'); p(_pickle.loads,b'U\1\xff.',encoding='bytes'); p(_pickle.loads,b'U\1\xff.',encoding='latin1'); p(_pickle.loads,b'U\1\xff.',encoding='x'); p(_pickle.loads,b'U\1\xff.',errors='ignore');p(_pickle.loads,b'N.',fix_imports=1,foo=2)
print(_pickle.PicklingError,_pickle.PickleError,_pickle.UnpicklingError, _pickle.PicklingError.__mro__)
