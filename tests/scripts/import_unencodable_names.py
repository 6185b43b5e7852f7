# Names that have no UTF-8 are names of no module.
for n in '\udcff', 'a\udcffb.c', 'x\udc80.y':
    try: __import__(n)
    except ImportError as e: print(ascii(e))
import _imp
for f in _imp.is_builtin, _imp.is_frozen, _imp.find_frozen, _imp.get_frozen_object, _imp.init_frozen, _imp.is_frozen_package:
    try: print(f.__name__, f('\udcff'))
    except ImportError as e: print(f.__name__, ascii(str(e)), ascii(e.name), e.path)
