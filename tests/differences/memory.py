"""Where memory ends depends on how much of it objects take: small ints and most floats take none in Weft.

lines: memory
python3.11: MemoryError
weft: 200000000
"""
import resource

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
try:
    print(len(list(range(1000, 200001000))))
except MemoryError:
    print("MemoryError")
