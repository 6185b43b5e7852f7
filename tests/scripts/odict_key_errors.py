# OrderedDict's KeyErrors are made as raise makes exceptions; a group that was split suppresses its context.
from collections import *
for k in (None,(1,2),(),5,'a'):
    for f in (lambda o: o.pop(k), lambda o: o.move_to_end(k), lambda o:o[k], lambda o:o.__delitem__(k)):
        try: f(OrderedDict())
        except KeyError as e: print(k, e.args)
        class S(OrderedDict): pass
        try: f(S())
        except KeyError as e: print(k, e.args)
try:
    raise ExceptionGroup('a',[ValueError(1)])
except* ValueError as e: print(e.__suppress_context__)
o=OrderedDict(a=1)
for f in [lambda: o.pop({1,2}), lambda: o.move_to_end({1}), lambda: OrderedDict().pop({1}), lambda: {}.pop({1}), lambda: {}.pop({1},5), lambda: {'a':1}.pop({1}), lambda: {'a':1}.pop({1},5), lambda: OrderedDict(a=1).pop([],5),lambda: OrderedDict().pop([],5), lambda: OrderedDict().move_to_end({1})]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)

P=namedtuple('P','x y')
class T(tuple): pass
for k in (P(1,2),T((1,2)),(1,2)):
  for o in (OrderedDict(),OrderedDict(a=1)):
    for f in (lambda: o.pop(k), lambda: o.move_to_end(k), lambda: o[k], lambda: o.__delitem__(k)):
        try: f()
        except KeyError as e: print(e.args, e)

for arguments in (None,), ():
    try:
        super(*arguments)
    except (TypeError, RuntimeError) as error:
        print(error)
