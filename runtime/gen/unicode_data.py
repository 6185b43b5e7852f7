"""Writes unicode_tables.h from the files of Debian's unicode-data package.

Usage: unicode_data.py DIRECTORY OUTPUT
Code points younger than VERSION count as unassigned: python3.11 knows Unicode 14.0.
"""
import bz2
import os
import re
import sys
from fractions import Fraction

VERSION = (14, 0)
LIMIT = 0x110000
FLAGS = {name: 1 << i for i, name in enumerate(
    "ALPHA DECIMAL DIGIT NUMERIC SPACE LINEBREAK UPPER LOWER TITLE PRINTABLE ID_START ID_CONTINUE CASED "
    "CASE_IGNORABLE MIRRORED AGE_3_2".split())}
CATEGORIES = "Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So".split()
BIDI = " L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI".split(" ")
WIDTHS = "N F H W Na A".split()
FORMS = ["NFD_QC", "NFKD_QC", "NFC_QC", "NFKC_QC"]

directory, output = sys.argv[1:]


def lines(name):
    path = os.path.join(directory, name)
    with (bz2.open(path + ".bz2", "rt", encoding="utf-8") if not os.path.exists(path)
          else open(path, encoding="utf-8")) as f:
        for line in f:
            line = line.partition("#")[0].strip()
            if line:
                yield line


def fields(name):
    for line in lines(name):
        yield [part.strip() for part in line.split(";")]


def span(text):
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def points(text):
    return tuple(int(x, 16) for x in text.split())


age = [None] * LIMIT
for where, version in fields("DerivedAge.txt"):
    version = tuple(map(int, version.split(".")))
    if version <= VERSION:
        for c in span(where):
            age[c] = version

rows = {}
names = {}
first = None
for row in fields("UnicodeData.txt"):
    c = int(row[0], 16)
    if row[1].endswith(", First>"):
        first = c
        continue
    if row[1].endswith(", Last>"):
        for x in range(first, c + 1):
            if age[x]:
                rows[x] = row
        continue
    if age[c]:
        rows[c] = row
        if not row[1].startswith("<"):
            names[c] = row[1]

properties = {}
for file in "DerivedCoreProperties.txt", "DerivedNormalizationProps.txt", "PropList.txt":
    for row in fields(file):
        key = row[1] if len(row) == 2 or not row[1].endswith("_QC") else row[1] + row[2]
        properties.setdefault(key, set()).update(span(row[0]))
for c in 0x10FC, 0xA7F2, 0xA7F3, 0xA7F4, 0xAB69:  # lower case since 15.0 only
    properties["Lowercase"].discard(c)
    properties["Cased"].discard(c)
width = {}
for where, kind in fields("EastAsianWidth.txt"):
    for c in span(where):
        width[c] = kind
numeric = {}
for line in lines("Unihan_NumericValues.txt"):
    code, field, value = line.split("\t")
    if field in ("kAccountingNumeric", "kOtherNumeric", "kPrimaryNumeric"):
        numeric[int(code[2:], 16)] = Fraction(value.split()[0])
special = {}
for row in fields("SpecialCasing.txt"):
    if row[4]:
        continue  # conditional: the final sigma is the program's, languages are nobody's
    special[int(row[0], 16)] = (points(row[1]), points(row[2]), points(row[3]))
fold = {}
for row in fields("CaseFolding.txt"):
    if row[1] in "CF":
        fold[int(row[0], 16)] = points(row[2])

full = [0]
full_index = {}


def full_mapping(mapping):
    if mapping not in full_index:
        full_index[mapping] = len(full)
        full.extend((len(mapping),) + mapping)
    return full_index[mapping]


values = []


def number_index(value):
    if value not in values:
        values.append(value)
    return values.index(value)


def quick(c):
    bits = 0
    for i, form in enumerate(FORMS):
        bits |= (2 if c in properties.get(form + "N", ()) else c in properties.get(form + "M", ())) << (2 * i)
    return bits


def record(c):
    row = rows.get(c)
    if row is None:
        return (0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0, 0, 0, WIDTHS.index("F"), 0)  # "F": as python3.11 says it
    category, bidi = row[2], row[4]
    flags = 0
    if category in ("Lm", "Lt", "Lu", "Ll", "Lo"):
        flags |= FLAGS["ALPHA"]
    decimal = int(row[6]) if row[6] else -1
    digit = int(row[7]) if row[7] else -1
    value = Fraction(row[8]) if row[8] else numeric.get(c)
    if decimal >= 0:
        flags |= FLAGS["DECIMAL"]
    if digit >= 0:
        flags |= FLAGS["DIGIT"]
    if value is not None:
        flags |= FLAGS["NUMERIC"]
    if category == "Zs" or bidi in ("WS", "B", "S"):
        flags |= FLAGS["SPACE"]
    if category in ("Zl", "Zp") or bidi == "B" or c in (0x0B, 0x0C):
        flags |= FLAGS["LINEBREAK"]
    if category == "Lt":
        flags |= FLAGS["TITLE"]
    if c == 32 or category[0] not in "CZ":
        flags |= FLAGS["PRINTABLE"]
    if row[9] == "Y":
        flags |= FLAGS["MIRRORED"]
    if age[c] <= (3, 2):
        flags |= FLAGS["AGE_3_2"]
    for flag, name in (("UPPER", "Uppercase"), ("LOWER", "Lowercase"), ("ID_START", "XID_Start"),
                       ("ID_CONTINUE", "XID_Continue"), ("CASED", "Cased"), ("CASE_IGNORABLE", "Case_Ignorable")):
        if c in properties[name]:
            flags |= FLAGS[flag]
    upper = int(row[12], 16) if row[12] else c
    lower = int(row[13], 16) if row[13] else c
    title = int(row[14], 16) if row[14] else upper
    lower_full = upper_full = title_full = fold_full = 0
    if c in special:
        low, tit, up = special[c]
        if low != (lower,):
            lower_full = full_mapping(low)
        if tit != (title,):
            title_full = full_mapping(tit)
        if up != (upper,):
            upper_full = full_mapping(up)
    if fold.get(c, (c,)) != (lower,):
        fold_full = full_mapping(fold.get(c, (c,)))
    if lower_full and not fold_full and fold.get(c, (c,)) == (lower,):
        fold_full = full_mapping((lower,))
    return (flags, lower - c, upper - c, title - c, lower_full, upper_full, title_full, fold_full, decimal, digit,
            -1 if value is None else number_index(value), CATEGORIES.index(category), BIDI.index(bidi), int(row[3]),
            WIDTHS.index(width.get(c, "N")), quick(c))


records = {}
table = [records.setdefault(record(c), len(records)) for c in range(LIMIT)]
SHIFT = 7
blocks = {}
index1 = []
for start in range(0, LIMIT, 1 << SHIFT):
    index1.append(blocks.setdefault(tuple(table[start:start + (1 << SHIFT)]), len(blocks)))

tags = [""]
decompositions = []
compositions = []
data = []
for c in sorted(rows):
    text = rows[c][5]
    if not text or first is None:
        continue
    match = re.match(r"(<\w+>)?\s*(.*)", text)
    tag, to = match[1] or "", points(match[2])
    if tag not in tags:
        tags.append(tag)
    decompositions.append((c, len(data)))
    data.extend((len(to) | tags.index(tag) << 8,) + to)
    if not tag and len(to) == 2 and c not in properties["Full_Composition_Exclusion"]:
        compositions.append((to[0] << 32 | to[1], c))
compositions.sort()

entries = [(name, c) for c, name in sorted(names.items())]
plain_names = len(entries)
for row in fields("NameAliases.txt"):
    if age[int(row[0], 16)]:
        entries.append((row[1], int(row[0], 16)))
sequences = []
for name, text in fields("NamedSequences.txt"):
    to = points(text)
    if all(age[c] for c in to):
        entries.append((name, 0x80000000 | len(sequences)))
        sequences.extend((len(to),) + to)
corrections = []
for row in fields("NormalizationCorrections.txt"):
    corrections.append((int(row[0], 16), int(row[1], 16)))

HASH_SIZE = 1 << 17


def hash_name(name):
    h = 0x811C9DC5
    for byte in name.encode("ascii"):
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


cells = [0] * HASH_SIZE
for i, (name, _) in enumerate(entries):
    h = hash_name(name) & (HASH_SIZE - 1)
    while cells[h]:
        h = (h + 1) & (HASH_SIZE - 1)
    cells[h] = i + 1


def array(out, kind, name, items, per_line=16):
    out.write(f"static const {kind} {name}[] = {{\n")
    items = [str(x) for x in items]
    for i in range(0, len(items), per_line):
        out.write(",".join(items[i:i + per_line]) + ",\n")
    out.write("};\n")


def strings(out, name, items):
    out.write(f"static const char *const {name}[] = {{{', '.join(chr(34) + x + chr(34) for x in items)}}};\n")


with open(output + ".new", "w", encoding="ascii") as out:
    out.write("/* Generated from unicode-data by runtime/gen/unicode_data.py. */\n")
    out.write(f"#define UNI_SHIFT {SHIFT}\n#define UNI_NAME_HASH {HASH_SIZE}\n#define UNI_PLAIN_NAMES {plain_names}\n")
    out.write("static const UniRecord records[] = {\n")
    for r in records:
        out.write("{" + ",".join(map(str, r)) + "},\n")
    out.write("};\n")
    array(out, "uint16_t", "record_index1", index1)
    array(out, "uint16_t", "record_index2", [x for block in blocks for x in block], 32)
    array(out, "uint32_t", "full_mappings", full)
    array(out, "double", "numeric_values", [f"{v.numerator}.0/{v.denominator}.0" for v in values])
    strings(out, "category_names", CATEGORIES)
    strings(out, "bidirectional_names", BIDI)
    strings(out, "width_names", WIDTHS)
    strings(out, "decomposition_tags", tags)
    array(out, "uint32_t", "decomposition_chars", [c for c, _ in decompositions])
    array(out, "uint16_t", "decomposition_index", [i for _, i in decompositions])
    array(out, "uint32_t", "decomposition_data", data)
    array(out, "uint64_t", "composition_pairs", [pair for pair, _ in compositions])
    array(out, "uint32_t", "composition_results", [c for _, c in compositions])
    array(out, "uint32_t", "sequence_data", sequences)
    offset, offsets = 0, []
    for name, _ in entries:
        offsets.append(offset)
        offset += len(name) + 1
    array(out, "uint32_t", "name_offsets", offsets + [offset])
    array(out, "uint32_t", "name_chars", [c for _, c in entries])
    array(out, "uint16_t", "name_hash", [i if i < 0x10000 else 1 / 0 for i in cells], 32)
    out.write("static const char name_text[] =\n")
    for name, _ in entries:
        out.write(f'"{name}\\0"\n')
    out.write(";\n")
os.replace(output + ".new", output)
