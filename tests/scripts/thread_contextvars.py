# contextvars: each thread starts with an empty context; copy_context().run carries values over.
import contextvars
import threading

var = contextvars.ContextVar("var", default="default")
token = var.set("main")
seen = []


def work():
    seen.append(var.get())
    var.set("thread")
    seen.append(var.get())


t = threading.Thread(target=work)
t.start()
t.join()
context = contextvars.copy_context()
t = threading.Thread(target=context.run, args=(work,))
t.start()
t.join()
print(seen, var.get(), context[var], token.old_value is contextvars.Token.MISSING)
var.reset(token)
print(var.get(), list(contextvars.copy_context().items()))
try:
    var.reset(token)
except RuntimeError as error:
    print(str(error).split(" at ")[0].split("<")[0])
missing = contextvars.ContextVar("missing")
try:
    missing.get()
except LookupError as error:
    print(type(error).__name__, missing.get("fallback"))


def change():
    var.set("inside")
    return var.get()


print(context.run(change), var.get(), context[var], len(context), var in context)
