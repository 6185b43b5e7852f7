# One connection for all threads (check_same_thread=False), with cursors, callbacks, adapters and blobs; and a connection for each.
import sqlite3

import _stress
from _stress import THREADS, check, together, turns

shared = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None, cached_statements=4)
shared.execute("create table log(id integer primary key, thread int, turn int, data blob)")
shared.create_function("twice", 1, lambda x: x * 2)


class Sum:
    def __init__(self):
        self.total = 0

    def step(self, x):
        self.total += x

    def finalize(self):
        return self.total


shared.create_aggregate("pysum", 1, Sum)
shared.create_collation("backwards", lambda a, b: (a < b) - (a > b))
one_cursor = shared.cursor()
TURNS = turns(20)


def work(number, random):
    own = sqlite3.connect(":memory:")
    own.execute("create table t(a)")
    for turn in range(TURNS):
        row = shared.execute("insert into log(thread, turn, data) values(?, ?, zeroblob(8)) returning id", (number, turn)).fetchone()[0]
        with shared.blobopen("log", "data", row) as blob:
            blob.write(bytes([number % 256] * 8))
        check(shared.execute("select twice(?)", (turn,)).fetchone() == (turn * 2,), "function")
        check(shared.execute("select data from log where id = ?", (row,)).fetchone() == (bytes([number % 256] * 8),), "blob")
        rows = list(shared.execute("select thread, turn from log where thread = ? order by id", (number,)))
        check(rows == [(number, t) for t in range(turn + 1)], "rows of thread", number, rows)
        check(shared.execute("select pysum(turn) from log where thread = ?", (number,)).fetchone() == (sum(range(turn + 1)),), "aggregate")
        try:
            one_cursor.execute("select thread from log limit 5")
            one_cursor.fetchmany(3)
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
            pass  # another thread uses it just now
        own.execute("insert into t values(?)", (turn,))
        own.commit()
    check(own.execute("select count(*), sum(a) from t").fetchone() == (TURNS, sum(range(TURNS))), "own database")
    own.close()


together(work)
check(shared.execute("select count(*) from log").fetchone() == (THREADS * TURNS,), "rows in all")
_stress.done()
