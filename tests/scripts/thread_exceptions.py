# Exceptions stay in their own thread, also while others raise; excepthook gets the rest.
import sys
import threading

results, hooked = {}, []
threading.excepthook = lambda args: hooked.append(
    (args.exc_type.__name__, str(args.exc_value), args.thread.name)
)


def work(n):
    for i in range(200):
        try:
            if i % 2:
                raise ValueError((n, i))
            {}[n]
        except ValueError as error:
            assert error.args[0] == (n, i) and sys.exc_info()[1] is error
        except KeyError as error:
            assert error.args == (n,)
        assert sys.exc_info() == (None, None, None)
    results[n] = "fine"
    raise LookupError(n)


threads = [threading.Thread(target=work, args=(n,), name=f"w{n}") for n in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results.items()), sorted(hooked))
