# The audit event "open" comes before anything else is looked at, for descriptors and files of other modules too.
import os
import ssl
import sys

watched = False


def hook(event, args):
    if watched and event == "open":
        print(event, args[0] if isinstance(args[0], int) else os.path.basename(args[0]), args[1])
        raise RuntimeError("stopped")


sys.addaudithook(hook)
context = ssl.create_default_context()
for function, *args in [(open, __file__, "r"), (open, 3, "wb"), (open, True, "rb"), (open, __file__, "w", -1, None, None, None, False, lambda *a: 1),
                        (open, __file__, "r", -1, None, None, None, False), (open, "/no/such", "x"), (open, -1), (open, __file__, "z"), (context.load_dh_params, __file__)]:
    watched = True
    try:
        function(*args)
    except (RuntimeError, ValueError, OSError) as e:
        watched = False
        print(type(e).__name__, e)
