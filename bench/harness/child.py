"""Runs a script after checking, inside this very process, whether the GIL is on or off as it should be.

    INTERPRETER child.py on|off SCRIPT ARGS…

It looks again when the script ends. A wrong mode is told on stderr, and the exit status is then 97.
"""

def _run():
    import os  # here, so that the script finds none of this module's names
    import sys

    expected, path = sys.argv[1] == "on", sys.argv[2]

    def check(when):
        # An interpreter without the question has a GIL.
        enabled = sys._is_gil_enabled() if hasattr(sys, "_is_gil_enabled") else True
        if enabled != expected:
            sys.stdout.flush()
            sys.stderr.write(f"bench: the GIL is {'on' if enabled else 'off'} {when}, "
                             f"and should be {'on' if expected else 'off'}\n")
            sys.stderr.flush()
            os._exit(97)

    check("before the script")
    del sys.argv[:2]
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    scope = sys.modules["__main__"].__dict__
    del scope["_run"]
    scope.update(__doc__=None, __file__=path)
    try:
        exec(code, scope)
    finally:
        check("after the script")


_run()
