# Classes: attributes, methods, class attributes, inheritance, and what a class body does.


class Animal:
    """An animal."""

    legs = 4
    names = []

    def __init__(self, name):
        self.name = name
        self.names.append(name)

    def speak(self):
        return f"{self.name} makes {self.sound()}"

    def sound(self):
        return "a sound"

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


class Dog(Animal):
    def sound(self):
        return "wuff"


class Bird(Animal):
    legs = 2

    def __init__(self, name, wings=2):
        super().__init__(name)
        self.wings = wings


dog, bird = Dog("Rex"), Bird("Tweety")
print(dog, bird, dog.speak(), bird.speak(), Animal.names)
print(dog.legs, bird.legs, Dog.__mro__, Dog.__bases__)
dog.legs = 3
print(dog.__dict__, Dog.legs, "legs" in Dog.__dict__)
del dog.legs
print(dog.legs, isinstance(dog, Animal), issubclass(Bird, Dog), Animal.__doc__, Dog.__doc__)
Animal.legs = 6
print(dog.legs, bird.legs)
try:
    dog.nothing
except AttributeError as error:
    print(error, error.name, error.obj is dog)
try:
    del dog.nothing
except AttributeError as error:
    print(error)
try:
    Dog()
except TypeError as error:
    print(error)
try:
    Dog("a", "b")
except TypeError as error:
    print(error)


class Body:
    for i in range(3):
        locals()[f"x{i}"] = i
    if i:
        y = [j for j in range(i)]
    print(__qualname__, __module__)

    class Inner:
        z = 5


print(Body.x2, Body.y, Body.Inner.__qualname__, sorted(k for k in vars(Body) if not k.startswith("_")))
print(type(dog) is Dog, type(Dog) is type, dog.__class__.__name__, Dog.speak.__qualname__)
bound = dog.speak
print(bound(), bound.__self__ is dog, bound.__func__ is Animal.speak, Animal.speak(bird))
print(getattr(dog, "name"), getattr(dog, "age", 7), hasattr(dog, "age"))
setattr(dog, "age", 3)
print(dog.age, vars(dog))
Person = type("Person", (), {"greet": lambda self: "hello", "n": 1})
print(Person().greet(), Person.n, Person.__name__)
