# "Did you mean" for names and attributes.


class Shape:
    def __init__(self):
        self.colour = "red"


shape = Shape()
try:
    shape.color
except AttributeError:
    import traceback

    traceback.print_exc()
length = 5
print(lenght)
