# A parser of XML whose settings change while it hands on text, or that is initialized again by what it calls.
import pyexpat
import xml.etree.ElementTree as ElementTree

got = []


def text(s):
    got.append(s)
    change(len(got))


for change in (lambda n: setattr(p, "buffer_text", False), lambda n: setattr(p, "buffer_size", 1 + n), lambda n: setattr(p, "buffer_text", n % 2 == 0)):
    got.clear()
    p = pyexpat.ParserCreate()
    p.buffer_text = True
    p.buffer_size = 8
    p.CharacterDataHandler = text
    p.Parse(b"<a>abcd&lt;efgh&lt;ijkl&lt;mn</a>", True)
    change = lambda n: None
    assert "".join(got) == "abcd<efgh<ijkl<mn", got


class Target:
    def start(self, tag, attributes):
        try:
            parser.__init__(target=self)
        except RuntimeError as e:
            failed.append(str(e))

    def close(self):
        return "closed"


failed = []
parser = ElementTree.XMLParser(target=Target())
parser.feed("<a><b/></a>")
assert parser.close() == "closed" and len(failed) == 2, failed


# elements of Python's, which go on building
class Element(ElementTree.Element):
    @property
    def text(self):
        return None

    @text.setter
    def text(self, s):
        if s == "one":
            builder.start("inner", {})
            builder.data("two")
            builder.end("inner")


builder = ElementTree.TreeBuilder(element_factory=Element)
builder.start("outer", {})
builder.data("one")
builder.end("outer")
builder.close()
