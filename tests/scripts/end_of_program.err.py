# What is registered while exit functions run isn't run; an exception that nobody can catch is shown with its text, if there is none, too.
import atexit


class Raises:
    def __repr__(self):
        return "<Raises>"

    def __call__(self, *arguments):
        raise ValueError


class Dies:
    __del__ = Raises()


@atexit.register
def last():
    print("last")


@atexit.register
def first():
    atexit.register(print, "never")
    print("first", atexit._ncallbacks() > 0)


Dies()
