"""'…' % (a, b), which the compiler may turn into an f-string: the same text, the same errors, each argument once and in order."""
import traceback


class Text(str):
    def __str__(self):
        return "as text"

    def __format__(self, spec):
        return f"formatted {spec!r}"


class Odd:
    def __repr__(self):
        return "Odd é"

    def __str__(self):
        return Text("odd")

    def __format__(self, spec):
        return "never"


class Bad:
    def __str__(self):
        raise ValueError("bad")

    def __repr__(self):
        return 5


a, b, text, odd, bad = 1, "two é", Text("t"), Odd(), Bad()
print("%s and %s" % (a, b))
print("%s" % (a,), "%r|%a|%s" % (b, b, b), "%%%s%%" % (a,), "100%%" % (), "" % (), "%s%s" % (a, b))
print("[%5s|%-5s|%.2s|%8.3s|%-8.3s|%5r|%-9a]" % (a, a, b, b, b, b, b))
print("[%05s|% s|%+s|%#s|%0s|%1000s|%.0s|%-s|%-0s]" % (a, a, a, a, a, a, b, b, a))
print("%s %d %x %c %5.1f" % (a, a, a, b[0], a), "%s" % ((a, b),), "%s" % (text,), "%r" % (text,), "%5s" % (text,))
print(type("%s" % (text,)), type("%s" % (Text("x"),)))
print("%s %r %a %9s" % (odd, odd, odd, odd))
print("é%sж\ud800%s\0" % (a, b) == "éONEж\ud800two é\0".replace("ONE", "1"))


def tell(x):
    print("tell", x)
    return x


print("%s %s %s" % (tell(1), tell(2), tell(3)))
print("%s %s" % (a, (a := 7)), a)
for bad_text in ("'%s %s' % (a,)", "'%s' % (a, b)", "'%s %' % (a, b)", "'%' % (a,)", "'%.s' % (a,)", "'%(x)s' % (a,)", "'%*s' % (4, a)", "'%ls' % (b,)", "'%y' % (a,)",
                 "'%1234s' % (a,)", "'%.1234s' % (b,)", "'%s' % (*[1],)", "'%s %s' % (*[1], 2)", "'%s' % ()", "'%%' % (a,)", "'%s' % (bad,)", "'%r' % (bad,)",
                 "b'%s' % (b'x',)", "'%--5s|' % (a,)", "'%-.1s|%-' % (a, b)"):
    try:
        print(bad_text, len(eval(bad_text)))
    except Exception as e:
        print(bad_text, type(e).__name__, e)
try:
    print("%s and %s" % (a,
                         bad))
except ValueError:
    print(traceback.format_exc().split("File", 2)[1].split(",", 1)[1])
print("%s " * 3 % (a, b, a), ("%s" % (a,)).join("xyz"))
many = "%s," * 3
print(many % (a, b, a))
