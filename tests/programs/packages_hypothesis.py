"""hypothesis: properties of json, zlib, floats, deque; a failure is shrunk."""
# timeout: 120
from hypothesis import given, settings, strategies as st, seed, HealthCheck
import json, base64, zlib, struct
S = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
js = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c), max_leaves=30)
@S
@given(js)
def t1(x): assert json.loads(json.dumps(x)) == x
@S
@given(st.binary())
def t2(b): assert zlib.decompress(zlib.compress(b)) == b and base64.b64decode(base64.b64encode(b)) == b
@S
@given(st.lists(st.integers()), st.integers())
def t3(l, k): assert sorted(l) == sorted(sorted(l, reverse=True)); assert k // (7) * 7 + k % 7 == k
@S
@given(st.text(), st.text())
def t4(a, b): assert (a + b).startswith(a) and (a + b).encode('utf-8', 'surrogatepass').decode('utf-8', 'surrogatepass') == a + b and repr(eval(repr(a))) == repr(a)
@S
@given(st.floats())
def t5(f): assert f != f or float(repr(f)) == f and struct.unpack('d', struct.pack('d', f))[0] == f and (f in (float('inf'), -float('inf')) or float.fromhex(f.hex()) == f)
@S
@given(st.lists(st.integers(0, 100)))
def bad(l): assert sum(l) < 200
from hypothesis.stateful import RuleBasedStateMachine, rule, invariant, run_state_machine_as_test
import collections
class M(RuleBasedStateMachine):
    def __init__(self): super().__init__(); self.d = collections.deque(); self.l = []
    @rule(x=st.integers())
    def add(self, x): self.d.append(x); self.l.append(x)
    @rule()
    def pop(self):
        if self.l: assert self.d.popleft() == self.l.pop(0)
    @rule(n=st.integers(-5, 5))
    def rot(self, n):
        self.d.rotate(n)
        if self.l: n %= len(self.l); self.l = self.l[-n:] + self.l[:-n] if n else self.l
    @invariant()
    def same(self): assert list(self.d) == self.l
for t in (t1, t2, t3, t4, t5): t(); print(t.__name__)
try: bad()
except AssertionError as e: print('shrunk', e, getattr(e, '__notes__', None))
run_state_machine_as_test(M, settings=settings(max_examples=50, deadline=None, database=None, derandomize=True)); print('done')
