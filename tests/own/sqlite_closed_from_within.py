# A connection that is closed by what one of its operations runs: closed at once for Python, and nothing breaks.
import sqlite3


def fails(f, *args):
    try:
        f(*args)
    except sqlite3.Error:
        return
    except Exception as e:
        assert type(e) in (IndexError, TypeError), repr(e)


def opened():
    c = sqlite3.connect(":memory:")
    c.execute("create table t(a, b)")
    c.executemany("insert into t values(?, ?)", [(i, str(i)) for i in range(50)])
    c.commit()
    return c


class Closing:
    """Closes the connection as it is asked for something."""

    def __init__(self, c, after=0):
        self.c, self.after = c, after

    def close(self):
        self.after -= 1
        if self.after < 0:
            self.c.close()
            fails(self.c.execute, "select 1")
            fails(self.c.close)

    def __conform__(self, protocol):
        self.close()
        return 1

    def __iter__(self):
        self.close()
        return iter([(1, 2), (3, 4)])

    def __len__(self):
        self.close()
        return 2

    def __getitem__(self, key):
        self.close()
        return 1

    def __index__(self):
        self.close()
        return 1

    def __call__(self, *args):
        self.close()
        return 1

    step = __call__

    def finalize(self):
        self.close()
        return 1


class Key(str):
    closing = None

    def __hash__(self):
        if self.closing:
            self.closing.close()
        return str.__hash__(self)


for after in range(4):
    for try_it in (
        lambda c, x: c.execute("insert into t values(?, ?)", (x, 2)),
        lambda c, x: c.execute("insert into t values(?, ?)", x),
        lambda c, x: c.execute("insert into t values(:a, :b)", {"a": x, "b": x}),
        lambda c, x: c.executemany("insert into t values(?, ?)", x),
        lambda c, x: c.executemany("insert into t values(?, ?)", iter([(1, x), (x, 2)])),
        lambda c, x: (c.create_function("f", -1, x), c.execute("select f(a) from t").fetchall()),
        lambda c, x: (c.create_function("f", -1, x), c.execute("insert into t values(f(1), f(2))")),
        lambda c, x: (c.create_function("f", -1, x), c.executescript("select f(1); select f(2); select f(a) from t; create table u(x);")),
        lambda c, x: (c.create_aggregate("g", -1, lambda: x), c.execute("select g(a) from t group by b").fetchall()),
        lambda c, x: (c.create_collation("k", x), c.execute("select * from t order by b collate k").fetchall()),
        lambda c, x: (c.set_authorizer(x), c.execute("select a from t").fetchall()),
        lambda c, x: (c.set_progress_handler(x, 1), c.execute("select a from t").fetchall()),
        lambda c, x: (c.set_trace_callback(x), c.execute("insert into t values(1, 2)"), c.commit()),
        lambda c, x: (setattr(c, "text_factory", x), c.execute("select b from t").fetchall()),
        lambda c, x: (setattr(c, "row_factory", x), c.execute("select b from t").fetchall()),
        lambda c, x: c.backup(sqlite3.connect(":memory:"), pages=1, progress=x),
        lambda c, x: sqlite3.connect(":memory:").backup(c, pages=1, progress=x),
        lambda c, x: c.blobopen("t", "b", 2)[x],
        lambda c, x: c.blobopen("t", "b", 2)[x:2],
        lambda c, x: c.blobopen("t", "b", 2).__setitem__(slice(x, 2), b"1"),
        lambda c, x: (setattr(Key, "closing", x), c.execute(Key("select 7"))),
    ):
        c = opened()
        fails(try_it, c, Closing(c, after))
        Key.closing = None
        c.close()
        fails(c.execute, "select 1")

# __init__ from within
c = opened()
c.create_function("again", 0, lambda: c.__init__(":memory:"))
fails(lambda: c.execute("select again()").fetchall())
cursor = c.execute("select a from t")
other = opened()
cursor.__init__(other)
assert cursor.fetchall() == []
del c
cursor.execute("select count(*) from t")
assert cursor.fetchone() == (50,)
