"""Which read-only attributes are members, and which are computed, shows in the message."""
import csv
import re
import weakref


class Class:
    def __getattribute__(self, name):
        print("attribute", name)
        return super().__getattribute__(name)


async def coroutine():
    pass


async def generator():
    yield


waiting = coroutine()
for value, names in ((coroutine.__code__, "co_argcount co_consts co_flags co_names co_varnames co_code co_name co_linetable co_lnotab co_cellvars"), (waiting, "cr_origin cr_frame cr_running"),
                     (generator(), "ag_running ag_await ag_frame"), (list.append, "__name__ __qualname__ __objclass__ __doc__"), (list.__len__, "__name__ __objclass__ __qualname__"),
                     ([].__len__, "__self__ __name__ __objclass__"), (type.__dict__["__dict__"], "__name__ __objclass__ __qualname__"), (weakref.ref(Class), "__callback__"),
                     (csv.reader([]), "line_num dialect"), (re.compile("a"), "flags groups groupindex pattern"), (int, "__base__ __flags__ __itemsize__")):
    for name in names.split():
        for use in (lambda: setattr(value, name, 1), lambda: delattr(value, name)):
            try:
                print(use())
            except Exception as error:
                print(type(value).__name__, name, type(error).__name__, error)
waiting.close()

import copy
copy.copy(Class())
Class().__reduce_ex__(2)
