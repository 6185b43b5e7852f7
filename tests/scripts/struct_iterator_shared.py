# An iterator of iter_unpack() that is made once threads have been: what it holds is seen by whoever has it.
import gc
import struct
import threading


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


in_a_thread(lambda: None)
shared = [struct.iter_unpack("B", b"abcdef"), struct.Struct("H").iter_unpack(bytearray(b"abcd"))]
gc.collect()
in_a_thread(lambda: print(next(shared[0]), next(shared[1])))
print(list(shared[0]), shared[1].__length_hint__())
shared.append(struct.Struct("H").iter_unpack(bytearray(b"wxyz")))
gc.collect()
print(list(shared[2]))
