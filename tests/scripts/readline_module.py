# readline without a terminal: history, files, hooks, settings, and what wrong arguments are told.
import inspect
import os
import readline
import tempfile


def show(f, *args):
    try:
        print(f.__name__, args, repr(f(*args)))
    except Exception as e:
        print(f.__name__, args, type(e).__name__, e)


r = readline
for f in (r.get_completer_delims, r.get_completer, r.get_begidx, r.get_endidx, r.get_completion_type, r.get_history_length, r.get_current_history_length, r.clear_history):
    show(f)
    show(f, 1)
for f in (r.set_completer, r.set_startup_hook, r.set_pre_input_hook, r.set_completion_display_matches_hook):
    for v in (len, 1, None):
        show(f, v)
    show(f)
r.set_completer(print)
print(r.get_completer())
for f in (r.add_history, r.insert_text, r.parse_and_bind, r.set_completer_delims):
    for v in ("tab: complete", 1, "\ud800", "a\0b", "é"):
        show(f, v)
    show(f)
print(r.get_completer_delims(), r.get_line_buffer())
r.clear_history()
for word in ("one", "two", "drei\udcff", "quatre é", "two"):
    r.add_history(word)
print(r.get_current_history_length(), [r.get_history_item(i) for i in range(-1, 8)])
for at in (1, 9, -1, "x"):
    show(r.replace_history_item, at, "new")
    show(r.remove_history_item, at)
print([r.get_history_item(i) for i in range(1, 5)])
for n in (3, "x", 2**40, -1):
    show(r.set_history_length, n)
    show(r.set_auto_history, n)
for f in (r.read_history_file, r.write_history_file, r.read_init_file):
    for name in ("/nonexistent/x", 1, "a\0b"):
        show(f, name)
show(r.append_history_file, 1, "/nonexistent/x")
show(r.append_history_file, "x")
with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "history")
    r.write_history_file(name)
    print(open(name, "rb").read())
    r.add_history("more")
    r.append_history_file(1, name)
    r.clear_history()
    r.read_history_file(name.encode())
    print([r.get_history_item(i) for i in range(1, 7)])
    r.set_history_length(2)
    r.write_history_file(name)
    print(open(name, "rb").read())
    init = os.path.join(folder, "inputrc")
    open(init, "w").write("set history-size 3\n")
    r.read_init_file(init)
    for i in range(10):
        r.add_history(str(i))
    print(r.get_current_history_length(), r.get_history_item(1), r.get_history_item(10))
print(r._READLINE_VERSION, r._READLINE_RUNTIME_VERSION, r._READLINE_LIBRARY_VERSION, r.__doc__)
for name in sorted(vars(r)):
    if callable(f := getattr(r, name)) and not name.startswith("_"):
        print(name, inspect.signature(f))

import ctypes
value = ctypes.CDLL(readline.__file__).rl_variable_value
value.argtypes, value.restype = [ctypes.c_char_p], ctypes.c_char_p
print(value(b"enable-bracketed-paste"))  # what a program that drives the prompt through a terminal would see in the output
