# One builder of several parsers, elements' texts and children that others change, a parser that others ask where it is.
import pyexpat
import xml.etree.ElementTree as ElementTree

from _stress import check, done, together, turns

TURNS = turns(60)
DOCUMENT = b"<a>" + b"".join(b"<b x='%d'>text %d<c/>tail</b>\n" % (i, i) for i in range(200)) + b"</a>"
builder = ElementTree.TreeBuilder()
builder.start("everything", {})
expat = pyexpat.ParserCreate()
expat.buffer_text = True
expat.StartElementHandler = lambda name, attributes: None
expat.CharacterDataHandler = lambda text: None
expat.Parse(b"<everything>")
shared = ElementTree.Element("shared")


def work(number, random):
    for turn in range(TURNS):
        if number % 3 == 0:
            parser = ElementTree.XMLParser(target=builder)
            try:
                parser.feed(DOCUMENT)
                builder.data("more")
            except (ElementTree.ParseError, IndexError):
                pass
        elif number % 3 == 1:
            expat.Parse(b"<x>\n" * 20 + b"some text" * 50 + b"</x>\n" * 20)
            expat.buffer_text = turn % 2 == 0
            expat.buffer_size = random.randrange(1, 2000)
        else:
            for _ in range(50):
                expat.CurrentLineNumber, expat.CurrentColumnNumber, expat.ErrorByteIndex, expat.GetBase(), expat.buffer_used
            root = ElementTree.fromstring(DOCUMENT)
            check(len(root) == 200 and root[7].text == "text 7" and root[7][0].tail == "tail", "another document")
        child = ElementTree.SubElement(shared, "child", number=str(number))
        child.text = random.choice(("text", None, 5))
        shared.text = random.choice(("text", None, 5))
        for found in shared.findall("child")[:20]:
            check(found.tag == "child", "another element")
        ElementTree.ElementTree(shared).find(".//child[@number='1']")
        if len(shared) > 50:
            shared.clear()


together(work, 9)
done()
