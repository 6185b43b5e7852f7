# Connections, cursors and blobs that one thread closes or opens anew while others work with them: exceptions, but nothing breaks.
import os
import sqlite3
import tempfile

from _stress import check, done, together, turns

TURNS = turns(120)
path = os.path.join(tempfile.mkdtemp(), "db")
with sqlite3.connect(path) as c:
    c.execute("create table t(a, b)")
    c.executemany("insert into t values(?, ?)", [(i, b"x" * 50) for i in range(100)])

shared = sqlite3.connect(path, check_same_thread=False)
other = sqlite3.connect(":memory:", check_same_thread=False)
cursor = shared.cursor()
blob = None


def work(number, random):
    global blob
    for turn in range(TURNS):
        try:
            match number % 8:
                case 0:
                    if turn % 4 == 0:
                        shared.close()
                    shared.__init__(path, check_same_thread=False)
                case 1:
                    cursor.__init__(random.choice((shared, other)))
                case 2:
                    for row in cursor.execute("select a, b from t"):
                        check(len(row) in (1, 2), "another row")
                case 3:
                    shared.interrupt()
                    shared.total_changes, shared.in_transaction, shared.isolation_level, cursor.rowcount
                    shared.isolation_level = random.choice((None, "", "DEFERRED"))
                case 4:
                    shared.backup(other)
                case 5:
                    blob = shared.blobopen("t", "b", 1, readonly=True)
                    check(blob[3:5] in (b"xx", b""), "another blob")
                    blob.read(7), blob.seek(3), blob.tell(), len(blob)
                case 6:
                    b = blob
                    if b is not None:
                        b.read(3)
                        b.close()
                    shared.create_function("f", 1, lambda x: x)
                    shared.execute("select f(a) from t").fetchall()
                case 7:
                    cursor.execute("select count(*) from t").fetchone()
                    cursor.fetchmany(3)
                    cursor.close()
        except (sqlite3.Error, sqlite3.Warning, IndexError, ValueError):
            pass


together(work, 8)
shared.close()
other.close()
os.remove(path)
done()
