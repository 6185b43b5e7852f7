# What named tuples of C make of sequences that programs build them from.
import os
import pickle
import time

r = os.stat_result(range(10))
print(r)
print(r.st_atime, r.st_mtime, r.st_ctime, r.st_atime_ns, r.st_blksize, r[7:])
print(r.__reduce__(), pickle.loads(pickle.dumps(r)) == r)
print(os.stat_result(range(10, 21)).st_atime, os.stat_result(range(19)).st_atime)
print(os.stat_result(range(10), {'st_mtime': 4.5, 'st_blocks': 2}).st_mtime)
print(os.stat_result(range(10), {'st_mtime': None, 'st_mtime_ns': 5}).st_mtime)
print(time.struct_time(range(9)).tm_zone, time.struct_time(range(9)))
for make in (lambda: os.stat_result(range(9)), lambda: os.stat_result(range(20)), lambda: os.stat_result(range(10), 3), lambda: os.terminal_size([1])):
    try:
        make()
    except TypeError as e:
        print(e)
here = os.stat('/')
print(str(here).partition('st_size')[0] != '', [p.partition('=')[0] for p in str(here)[15:-1].split(', ')])
