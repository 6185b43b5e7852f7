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
