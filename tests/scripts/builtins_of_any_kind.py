# __builtins__ may be any object; enumerate() names what is wrong with its arguments.
import sys, threading, time
def t(f,*a,**k):
    try: r = f(*a, **k); print('OK', list(r) if isinstance(r, enumerate) else r)
    except BaseException as e: print(type(e).__name__, e)
t(enumerate, x=1); t(enumerate, iterable=[1], x=2); t(enumerate); t(enumerate, [1],2,3); t(enumerate,[1],x=2); t(enumerate, start=2); t(enumerate, [1], start=2, x=3); t(enumerate,start=1,iterable=[2]); t(enumerate,1,iterable=2); t(enumerate,[1],2,start=3)
class M(dict):
    def __getitem__(self,k):
        print('get',k); return dict.__getitem__(self,k)
t(exec,'print(len("a"))',{'__builtins__':M(print=print,len=lambda x:99)})
class N:
    def __getitem__(self,k):
        print('getN',k)
        if k=='print': return print
        raise KeyError(k)
t(exec,'print(5)',{'__builtins__':N()})
t(exec,'print(foo)',{'__builtins__':N()})
t(exec,'print(5)',{'__builtins__':5})
t(exec,'x=5',{'__builtins__':None})
t(exec,'print(x)',{'__builtins__':None,'x':1})
t(exec,'class A: pass',{'__builtins__':{}})
t(exec,'import sys',{'__builtins__':{}})
t(exec,'def f(): return len("a")\nprint(f())',{'__builtins__':M(print=print,len=lambda x:98)})
t(exec,'print(__builtins__)',{'__builtins__':{'print':print}})
t(eval,'len("abc")',{'__builtins__':sys.modules['builtins']})
t(eval,'len("abc")',{'__builtins__':[]})
t(exec,'assert 0',{'__builtins__':{}})
t(exec,'assert 0, 1',{'__builtins__':N()})
import types
f=types.FunctionType(compile('len("a")','f','eval'),{'__builtins__':{'len':lambda x:7}})
t(f)
print(f.__builtins__.keys())

def nested():
    try:
        1 / 0
    except ZeroDivisionError:
        kind, value, traceback = sys._current_exceptions()[threading.get_ident()]
        print(kind, value, traceback.tb_lineno > 0)


nested()
print(sys._current_exceptions()[threading.get_ident()])
