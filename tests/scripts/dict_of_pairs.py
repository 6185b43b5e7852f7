"""dict() of pairs: of any iterables of two; a class's own __iter__ counts; a list that changes meanwhile."""
print(dict([(1,2),[3,4],'ab',(1,5)]), dict(((1,2),(3,4))), dict({1:2}.items()), dict(iter([(1,2)])), dict(zip('ab',(1,2))))
for bad in ([(1,2),(1,)],[(1,2),3],[(1,2,3)],['abc'],[([],1)],5,((1,2),[1])):
    try: print(dict(bad))
    except Exception as e: print(type(e).__name__,e)
class T(tuple):
    def __iter__(s): raise ValueError
try: print(dict([T((1,2))]))
except ValueError as e: print('ValueError')
class L(list):
    def __iter__(s): return iter('xy')
print(' '.join(L('ab')), dict([L('ab')]), [*L('ab')])
l=[]
class K:
    def __init__(s,n): s.n=n
    def __hash__(s):
        if len(l)<5: l.append((K(len(l)),1))
        return s.n
    def __eq__(s,o): return s.n==o.n
l.append((K(0),0)); print(len(dict(l)),len(l))
class C:
    def __hash__(s): l.clear(); return 1
l[:]=[(C(),1),(2,3)]; print(len(dict(l)),len(l))
