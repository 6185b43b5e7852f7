# Infinite recursion, in Python and in built-in operations: RecursionError and status 1, never a crash.
for code in 'f = lambda: f()
f()' 'class A:
 def __repr__(self): return repr(self)
repr(A())' 'class A:
 def __getattr__(self, n): return getattr(self, n)
A().x' 'class A:
 def __eq__(self, o): return self == o
A() == A()' 'a = []
for i in range(1000000): a = [a]
repr(a)' 'a = b = None
for i in range(200000): a, b = [a], [b]
a == b' 'import json
a = []
for i in range(100000): a = [a]
json.dumps(a)' 'import json
json.loads("[" * 1000000)' 'class A:
 def __call__(self): self()
A()()' 'class A:
 def __iter__(self): return iter(self)
list(A())' 'def g(): yield from g()
list(g())' 'import sys
sys.setrecursionlimit(1000000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(20000))' 'class A:
 def __len__(self): return len(self)
len(A())' 'class A:
 def __hash__(self): return hash(self)
{A(): 1}' 'a = {}
for i in range(200000): a = {1: a}
repr(a)'; do
    timeout 100 "$PYTHON" -c "$code" >out 2>&1
    status=$?
    echo "status $status $(tail -n 1 out | cut -c 1-46)"
done
