# Positions whose buffer can't be: in memory, or in the numbers that measure it.
import io

s = io.StringIO()
for position in 2**62 - 1, 2**62, 2**63 - 2, 2**63 - 1, 3689348814741910323, 3689348814741910324, 2**61:
    s.seek(position)
    try:
        s.write("xy")
    except (OverflowError, MemoryError) as error:
        print(position, type(error).__name__, error)
print(repr(s.getvalue()))
