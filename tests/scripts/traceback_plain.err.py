# The traceback of an uncaught exception, with markers below the part of the line that failed.


class Vector:
    def __init__(self, items):
        self.items = items

    def scale(self, factor):
        return [item * factor for item in self.items]


def compute(vector, index):
    total = 1
    return total + vector.scale(2)[index] + sum(
        vector.items
    )


def main():
    v = Vector([1, 2, 3])
    compute(v, 1)
    compute(v, 10)


main()
