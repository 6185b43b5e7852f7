from ctypes import *
import _ctypes, ctypes, re
def plain(x): return re.sub(r'^\S*: undef','undef',re.sub(r'0x[0-9a-f]+|_p\(\d+\)','0x',str(x)))
def p(f,*a,**k):
    try: print(plain(repr(f(*a,**k))))
    except BaseException as e: print(type(e).__name__, plain(e))
for c in (c_int,c_double,c_char,c_char_p,c_wchar_p,c_void_p,c_bool,c_wchar,py_object,c_longdouble):
    print(c, end=' ')
    for v in (1,'a','ab',b'a',b'ab',None,1.5,2**70,[],c_int(1),byref(c_int(1)),c_char_p(b'x'),(c_char*3)()):
        p(c,v); 
        try: r=c.from_param(v); print('fp',type(r).__name__, plain(r).split('(')[0] if type(r).__name__!='CArgObject' else str(r)[:12])
        except Exception as e: print('fp',type(e).__name__,e)
for t in (c_int,Structure,Union,Array,_ctypes._Pointer,_ctypes.CFuncPtr,_ctypes._SimpleCData):
    m=type(t); print(t,m); print(t.__doc__, m.__doc__)
    p(t)
class S(Structure): _fields_=[('a',c_int),('b',c_char*4),('c',POINTER(c_int)),('d',c_int,3),('e',c_int,5)]
for n in 'abcde': print(getattr(S,n), getattr(S,n).offset, getattr(S,n).size)
print(type(S.a),dir(type(S.a))[-3:])
p(S,1,b'abcd',None,1,2,3); p(S,a=1,b=b'abcde'); p(S,'x'); p(S,1,a=2); p(S, foo=1)
p(type,'X',(Structure,),{'_fields_':1}); p(lambda:type(Structure)('X',(Structure,),{'_fields_':1})); p(lambda:type(Structure)('X',(Structure,),{'_fields_':[1]}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',int)]}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',c_int,40)]}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',c_float,4)]}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',c_int)],'_pack_':-1}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',c_int)],'_anonymous_':['b']}));p(lambda:type(Structure)('X',(Structure,),{'_fields_':[('a',c_int)],'_anonymous_':['a']}))
p(setattr,S,'_fields_',[])
A=c_int*3; p(A,1,2,3,4); a=A(1,2,3); p(lambda:a[3]); p(lambda:a[-1]); p(lambda:a['x']); p(lambda:a[0:2]); p(lambda:a[::2]); p(a.__setitem__,0,'x'); p(a.__setitem__,5,1); p(a.__setitem__,slice(0,2),[1]); p(a.__setitem__,slice(0,2),[8,9]); print(list(a),len(a),A.__name__,A._length_,A._type_); p(a.__delitem__,0)
p(lambda:c_int*-1); p(lambda:c_int*'a'); p(lambda: (c_int*10)*(2**62))
p(lambda:type(Array)('X',(Array,),{})); p(lambda:type(Array)('X',(Array,),{'_length_':1})); p(lambda:type(Array)('X',(Array,),{'_length_':-1,'_type_':c_int})); p(lambda:type(Array)('X',(Array,),{'_length_':'a','_type_':c_int})); p(lambda:type(Array)('X',(Array,),{'_length_':1,'_type_':int}))
s=create_string_buffer(b'abc',8); print(plain(s),s.value,s.raw); p(setattr,s,'value',b'123456789'); p(setattr,s,'value','x'); p(setattr,s,'raw',b'123456789'); p(s.__getitem__,slice(0,3)); u=create_unicode_buffer('abc',5); print(u.value,u[:]); p(setattr,u,'value','abcdef'); p(setattr,u,'value',b'')
P=POINTER(c_int); x=c_int(5); q=pointer(x); print(P,q.contents,q[0],bool(P()),bool(q)); p(lambda:P().contents); p(lambda:P()[0]); p(P,1); p(setattr,q,'contents',1); p(lambda:q[0:2]); p(lambda:q[:]); p(lambda:q['a']); q[0]=7; print(x); p(q.__setitem__,0,'a'); p(POINTER,1); p(POINTER,'foo'); p(pointer,1); p(P.from_param,None); p(P.from_param,1); p(P.from_param,c_long(1)); p(P.from_param,pointer(c_long(1)))
p(byref,1); p(byref,x,4); p(sizeof,1); p(sizeof,c_int); p(alignment,1); p(addressof,1); p(resize,1,1); p(resize,x,2); p(resize,x,100); print(sizeof(x))
p(c_int.from_address,'a'); p(c_int.from_buffer,b'abcd'); p(c_int.from_buffer,bytearray(2)); p(c_int.from_buffer,bytearray(8),-1); p(c_int.from_buffer_copy,b'abc'); p(c_int.from_buffer_copy,b'\1\0\0\0'); p(c_int.from_buffer,1); p(c_int.in_dll,1,'x'); p(c_int.in_dll,CDLL(None),'nosuchsym')
lib=CDLL(None); f=lib.strlen; p(f,b'abc'); p(f,'abc',1.5); f.argtypes=[c_char_p]; p(f,1.5); p(f,'abc'); p(f,b'a',b'b'); p(setattr,f,'argtypes',1); p(setattr,f,'argtypes',[1]); p(setattr,f,'restype',1); p(setattr,f,'errcheck',1); print(f.argtypes,f.restype,f.errcheck); p(getattr,lib,'nosuch'); p(CDLL,'nosuch.so'); p(lib.abs,2**40); p(lib.abs,[]); print(f.__name__, str(f)[:10]); p(lib.__getitem__,3)
CB=CFUNCTYPE(c_int,c_int,c_int); cb=CB(lambda a,b:a+b); print(cb(1,2)); p(cb,1); p(cb,1,2,3); p(CB,1); p(CB,'a'); p(CB,('x',lib)); p(CB, ('abs',1)); p(CFUNCTYPE,c_int,1); p(CFUNCTYPE,1); print(bool(CB()))
T=CFUNCTYPE(c_int,c_int); p(T,('abs',lib),((1,'x',5),)); g=T(('abs',lib),((1,'x',-5),)); p(g); p(g,x=-3); p(g,y=1); p(g,1,2); p(T,('abs',lib),((9,),)); p(T,('abs',lib),1); p(T,('abs',lib),((1,),(1,)))
import pickle; p(lambda:pickle.loads(pickle.dumps(c_int(3)))); p(pickle.dumps,c_char_p(b'a')); p(lambda:list(pickle.loads(pickle.dumps(A(1,2,3)))))
for t in (c_byte,c_short,c_int,c_long,c_longlong,c_float,c_double,c_longdouble,c_char,c_wchar,c_bool,c_void_p,c_char_p,py_object,S,A,A*2,P,CB,c_int.__ctype_be__): m=memoryview(t()); print(t.__name__,m.format,m.shape,m.itemsize,m.ndim)
print(c_int.__ctype_be__,c_int.__ctype_le__,hex(c_int.__ctype_be__(1).value),bytes(c_int.__ctype_be__(1)))
p(c_int(1)._objects.__repr__); print(c_char_p(b'a')._objects, q._objects, S(b=b'a')._objects); 
p(_ctypes.set_errno,5); p(get_errno); p(set_errno,'a'); p(cast,b'abc',c_int); p(cast,b'abc',c_char_p); p(string_at,b'abc'); p(string_at,b'abc',2); p(wstring_at,'abc'); p(cast,[],c_char_p)
p(ctypes.memmove,1); print(repr(c_int(3)),repr(c_char(b'a')),c_double(1.5),c_void_p(3),c_bool(5))

# a view with a format that isn't native may still be cast to bytes
view = memoryview((ctypes.c_uint16 * 3)(1, 2, 3))
print(view.format, view.cast('B').tolist())
try:
    view.cast('H')
except TypeError as e:
    print(e)

# A pointer is set to an object of any C type.
number = c_long(258)
pointer = POINTER(c_char)(number)
print(pointer[:2])
pointer.contents = c_short(65)
print(pointer[0])
for wrong in 5, b"x", None:
    try:
        pointer.contents = wrong
    except TypeError as e:
        print(e)

# A callback lives as long as what it was stored in.
CALLBACK = CFUNCTYPE(c_int, c_int)
class Table(Structure):
    _fields_ = [("first", CALLBACK), ("others", CALLBACK * 2)]
class Doubled:
    def __call__(self, x):
        return x * 2
    def __del__(self):
        print("gone")
table = Table(CALLBACK(Doubled()))
table.others[1] = CALLBACK(lambda x: x + 1)
more = [CALLBACK(lambda x: 0) for _ in range(100)]
print(table.first(4), table.others[1](4))
outer = (Table * 1)(table)
del table
print(outer[0].first(5), outer[0].others[1](5))
del outer
