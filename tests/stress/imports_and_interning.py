# Imports of the same modules, interned strings, attribute names made at run time, exceptions, compiled code, at once.
import importlib
import os
import shutil
import sys
import tempfile

import _stress
from _stress import THREADS, check, together, turns

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
COUNT = turns(20)
for i in range(COUNT):
    with open(os.path.join(folder, f"stress_module_{i}.py"), "w") as file:
        file.write(
            f"import time\nruns = globals().get('runs', 0) + 1\ntime.sleep(0.001)\nvalue = {i}\n"
            + (f"import stress_module_{i - 1}\n" if i else "")
        )


def imports(number, random):
    for i in sorted(range(COUNT), key=lambda _: random.random()):
        module = importlib.import_module(f"stress_module_{i}")
        check(module.value == i and module.runs == 1, "module", i, vars(module).get("runs"))


together(imports)


WORDS = ["word_%d" % i for i in range(turns(200))]  # this thread's, until somebody interns them
CONSTANT = ("a constant", "of %d" % COUNT)


def names(number, random):
    for turn in range(turns(200)):
        name = sys.intern(f"name_{turn}")
        check(name is sys.intern("name_" + str(turn)), "interned twice")
        check(sys.intern(WORDS[turn]) is sys.intern("word_" + str(turn)), "another thread's interned")
        check((lambda: None).__code__.replace(co_consts=(None, CONSTANT)).co_consts[1] == CONSTANT, "another thread's constant")
        holder = type("H", (), {name: number})
        check(getattr(holder, name) == number, "attribute")
        scope = {}
        exec(compile(f"def f(x):\n    return x + {number}\n", "<stress>", "exec"), scope)
        check(scope["f"](turn) == turn + number, "compiled code")
        try:
            {}[name]
        except KeyError as error:
            check(error.args == (name,), "exception", error.args)


together(names)
shutil.rmtree(folder)
_stress.done()
