# Repeated frames of a deep recursion are folded.


def again(n):
    return again(n + 1) + 1


again(0)
