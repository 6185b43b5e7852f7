"""The kinds that bench/library.py measures: KINDS[name]() makes what the kind needs and returns the function to be timed.

FIELDS has those that are one expression: for each field of the library what runs first, then the kinds, `name: expression`. The rest are functions below."""

import collections
import dataclasses
import functools
import textwrap

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


TEXT = "the quick brown fox jumps over the lazy dog 123 foo@bar.com 2020-01-02\n" * 200
CYRILLIC = "Съешь ещё этих мягких французских булок да выпей же чаю\n" * 100
RECORDS = [{"id": i, "name": f"name {i}", "tags": ["a", "b", "c"], "v": i * 1.5, "ok": True, "n": None} for i in range(100)]


class Point:
    def __init__(self):
        self.x, self.name, self.items = 1, "x", [1, 2]


Record = dataclasses.make_dataclass("Record", ["a", "b", "c"], namespace={"__module__": __name__})
Pair = collections.namedtuple("Pair", "x y")


def shuffled(n):
    import random
    return random.Random(1).sample(range(10 * n), n)


def file_of(data):
    """A temporary file, which lives as long as what is returned; its name is .name."""
    import tempfile
    file = tempfile.NamedTemporaryFile()
    file.write(data)
    file.flush()
    return file


def each(iterable):
    for _ in iterable:
        pass


FIELDS = {
    "json": ("""
        import io, json
        text, words = json.dumps(RECORDS), [f"word{i}" for i in range(1000)]
        words_text, numbers = json.dumps(words), [i * 0.37 for i in range(1000)]
        numbers_text, ints_text = json.dumps(numbers), json.dumps(list(range(1000)))
        cyrillic = CYRILLIC.split()
        cyrillic_text, cyrillic_raw, pretty = json.dumps(cyrillic), json.dumps(cyrillic, ensure_ascii=False), json.dumps(RECORDS, indent=2)
        newlines = 'a\\n"b' * 200
        class Odd:
            pass
        odd = [Odd() for _ in range(100)]
        """, {
        "dumps": "json.dumps(RECORDS)",
        "dumps_indent": "json.dumps(RECORDS, indent=2)",
        "dumps_sorted": "json.dumps(RECORDS, sort_keys=True)",
        "dumps_compact": "json.dumps(RECORDS, separators=(',', ':'))",
        "dumps_not_ascii": "json.dumps(cyrillic, ensure_ascii=False)",
        "dumps_escapes": "json.dumps(cyrillic)",
        "dumps_newlines": "json.dumps(newlines)",
        "dumps_default": "json.dumps(odd, default=lambda o: 1)",
        "dumps_short": "[json.dumps({'a': 1}) for _ in range(100)]",
        "dumps_floats": "json.dumps(numbers)",
        "dump_to_file": "json.dump(RECORDS, io.StringIO())",
        "loads": "json.loads(text)",
        "loads_bytes": "json.loads(data)",
        "loads_pretty": "json.loads(pretty)",
        "loads_strings": "json.loads(words_text)",
        "loads_floats": "json.loads(numbers_text)",
        "loads_ints": "json.loads(ints_text)",
        "loads_escapes": "json.loads(cyrillic_text)",
        "loads_not_ascii": "json.loads(cyrillic_raw)",
        "loads_hook": "json.loads(text, object_hook=lambda d: d)",
        "loads_pairs": "json.loads(text, object_pairs_hook=dict)",
        "loads_short": "[json.loads('{\"a\": 1}') for _ in range(100)]",
        "load_from_file": "json.load(io.StringIO(text))",
        }),
    "pickle": ("""
        import copy, datetime, io, pickle
        data = pickle.dumps(RECORDS, -1)
        points, points_data = [Point() for _ in range(200)], pickle.dumps([Point() for _ in range(200)], -1)
        records, pairs = [Record(i, "x", 2.5) for i in range(200)], [Pair(i, i) for i in range(200)]
        nested, sets = [[[i, [i + 1]], (i, i)] for i in range(300)], [{i, i + 1, "x"} for i in range(200)]
        ints, floats, words = list(range(2000)), [i * 0.37 for i in range(2000)], [f"word{i}" for i in range(2000)]
        big, table, cyrillic = [1 << 70 + i % 50 for i in range(300)], {f"k{i}": i for i in range(1000)}, CYRILLIC.split()
        pieces = [b"abc%d" % i for i in range(300)]
        days = [datetime.date(2020, 1, 1 + i % 28) for i in range(200)]
        """, {
        "dumps": "pickle.dumps(RECORDS, -1)",
        "dumps_default": "pickle.dumps(RECORDS)",
        "dumps_2": "pickle.dumps(RECORDS, 2)",
        "dumps_0": "pickle.dumps(RECORDS, 0)",
        "dumps_instances": "pickle.dumps(points, -1)",
        "dumps_instances_2": "pickle.dumps(points, 2)",
        "dumps_dataclasses": "pickle.dumps(records)",
        "dumps_namedtuples": "pickle.dumps(pairs)",
        "dumps_nested": "pickle.dumps(nested)",
        "dumps_sets": "pickle.dumps(sets)",
        "dumps_ints": "pickle.dumps(ints)",
        "dumps_floats": "pickle.dumps(floats)",
        "dumps_strings": "pickle.dumps(words)",
        "dumps_cyrillic": "pickle.dumps(cyrillic)",
        "dumps_big_ints": "pickle.dumps(big)",
        "dumps_dict": "pickle.dumps(table)",
        "dumps_dates": "pickle.dumps(days)",
        "dumps_bytes": "pickle.dumps(pieces)",
        "loads_bytearrays": "pickle.loads(arrays_data)",
        "dumps_short": "[pickle.dumps((1, 'a')) for _ in range(100)]",
        "dump_to_file": "pickle.dump(RECORDS, io.BytesIO())",
        "loads": "pickle.loads(data)",
        "loads_2": "pickle.loads(data_2)",
        "loads_0": "pickle.loads(data_0)",
        "loads_instances": "pickle.loads(points_data)",
        "loads_dataclasses": "pickle.loads(records_data)",
        "loads_namedtuples": "pickle.loads(pairs_data)",
        "loads_nested": "pickle.loads(nested_data)",
        "loads_sets": "pickle.loads(sets_data)",
        "loads_ints": "pickle.loads(ints_data)",
        "loads_strings": "pickle.loads(words_data)",
        "loads_big_ints": "pickle.loads(big_data)",
        "loads_dict": "pickle.loads(table_data)",
        "loads_dates": "pickle.loads(days_data)",
        "loads_short": "[pickle.loads(short_data) for _ in range(100)]",
        "load_from_file": "pickle.load(io.BytesIO(data))",
        "deepcopy": "copy.deepcopy(RECORDS)",
        "copy": "[copy.copy(point) for point in points]",
        }),
    "regex": ("""
        import re
        data = TEXT.encode()
        word, named = re.compile(r"\\w+"), re.compile(r"(?P<year>\\d{4})-(?P<month>\\d\\d)-(?P<day>\\d\\d)")
        lines = TEXT.splitlines()
        """, {
        "findall": r"re.findall(r'\w+', TEXT)",
        "findall_bytes": r"re.findall(rb'\w+', data)",
        "findall_cyrillic": r"re.findall(r'\w+', CYRILLIC)",
        "findall_groups": r"re.findall(r'(\w+)@(\w+)\.com', TEXT)",
        "findall_ignorecase": r"re.findall(r'FOX|Dog|lazy', TEXT, re.I)",
        "findall_cyrillic_ignorecase": r"re.findall(r'СЪЕШЬ|Чаю', CYRILLIC, re.I)",
        "findall_multiline": r"re.findall(r'^the|\d+$', TEXT, re.M)",
        "findall_literal": r"re.findall('lazy', TEXT)",
        "findall_alternatives": r"re.findall(r'fox|dog|bar|jumps', TEXT)",
        "findall_set": r"re.findall(r'[aeiou]+', TEXT)",
        "findall_lazy": r"re.findall(r'q.*?k', TEXT)",
        "findall_lookahead": r"re.findall(r'\w+(?=@)', TEXT)",
        "findall_backreference": r"re.findall(r'(\w)\1', TEXT)",
        "groups": r"[match.groups() for match in re.finditer(r'(\d{4})-(\d\d)-(\d\d)', TEXT)]",
        "groupdict": "[match.groupdict() for match in named.finditer(TEXT)]",
        "named": "[match['year'] for match in named.finditer(TEXT)]",
        "finditer": "[match.group() for match in word.finditer(TEXT)]",
        "spans": "[match.span() for match in word.finditer(TEXT)]",
        "sub": r"re.sub(r'(\w+)@(\w+)', r'\2', TEXT)",
        "sub_literal": "re.sub('fox', 'cat', TEXT)",
        "sub_delete": r"re.sub(r'\d', '', TEXT)",
        "sub_bytes": r"re.sub(rb'\d+', b'#', data)",
        "sub_callback": r"re.sub(r'\w+', lambda match: match[0].upper(), TEXT)",
        "sub_named": r"named.sub(r'\g<day>.\g<month>.\g<year>', TEXT)",
        "split": r"re.split(r'\s+', TEXT)",
        "split_groups": r"re.split(r'(\W)', TEXT)",
        "match": "[named.match(line) for line in lines]",
        "search": "[named.search(line) for line in lines]",
        "search_by_name": r"[re.search(r'\d+', line).group() for line in lines]",
        "fullmatch": r"[re.fullmatch(r'.*', line) for line in lines]",
        "escape": "[re.escape('a.b*c') for _ in range(100)]",
        "scan_none": "re.search('zebra', TEXT)",
        }),
    "struct": ("""
        import struct
        packed, form, room = struct.pack("<IHdq", 1, 2, 3.0, 4), struct.Struct("<IHdq"), bytearray(100)
        pairs, hundred, hundred_packed = struct.pack("<IH", 1, 2) * 500, list(range(100)), struct.pack("<100i", *range(100))
        doubles = [0.5 * k for k in range(100)]
        doubles_packed = struct.pack("100d", *doubles)
        """, {
        "pack": "[struct.pack('<IHdq', k, 3, 2.5, -k) for k in range(100)]",
        "pack_native": "[struct.pack('iid', k, 3, 2.5) for k in range(100)]",
        "pack_big_endian": "[struct.pack('>IH', k, 3) for k in range(100)]",
        "pack_one": "[struct.pack('<I', k) for k in range(100)]",
        "pack_string": "[struct.pack('10sB?', b'abc', 3, True) for k in range(100)]",
        "pack_float": "[struct.pack('<ff', 1.5, 2.5) for k in range(100)]",
        "pack_many": "struct.pack('<100i', *hundred)",
        "pack_doubles": "struct.pack('100d', *doubles)",
        "pack_into": "[struct.pack_into('<IH', room, k % 90, k, 3) for k in range(100)]",
        "Struct_pack": "[form.pack(k, 3, 2.5, -k) for k in range(100)]",
        "Struct_unpack": "[form.unpack(packed) for _ in range(100)]",
        "Struct_unpack_from": "[form.unpack_from(packed, 0) for _ in range(100)]",
        "unpack": "[struct.unpack('<IHdq', packed) for _ in range(100)]",
        "unpack_one": "[struct.unpack('<I', b'abcd')[0] for _ in range(100)]",
        "unpack_from": "[struct.unpack_from('<IH', packed, 4) for _ in range(100)]",
        "unpack_from_view": "[struct.unpack_from('<I', memoryview(packed), 4) for _ in range(100)]",
        "pack_half": "[struct.pack('<eq', 1.5, -1) for _ in range(100)]",
        "unpack_many": "struct.unpack('<100i', hundred_packed)",
        "unpack_doubles": "struct.unpack('100d', doubles_packed)",
        "iter_unpack": "list(struct.iter_unpack('<IH', pairs))",
        "iter_unpack_loop": "sum(a + b for a, b in struct.iter_unpack('<IH', pairs))",
        "calcsize": "[struct.calcsize('<IHdq') for _ in range(100)]",
        "int_to_bytes": "[k.to_bytes(4, 'little') for k in range(100)]",
        "int_from_bytes": "[int.from_bytes(b'abcd', 'big') for k in range(100)]",
        }),
    "csv": ("""
        import csv, io
        text = "\\n".join(",".join(f"f{k}" for k in range(8)) for _ in range(500))
        quoted = "\\n".join(",".join(f'"f, ""{k}"' for k in range(8)) for _ in range(500))
        lines, rows, words = text.splitlines(), [["a", 1, 2.5, "b c"]] * 500, [["name", "other name", "c"]] * 500
        quotes, dicts = [["a,b", 'c"d', "e f"]] * 500, [{"a": 1, "b": "x", "c": 2.5}] * 500
        numbers = "\\n".join(f"{k},{k * 0.5}" for k in range(500))
        cyrillic = CYRILLIC.replace(" ", ",")
        file = file_of(text.encode())
        def from_file():
            with open(file.name, newline="") as lines:
                return list(csv.reader(lines))
        """, {
        "reader": "list(csv.reader(io.StringIO(text)))",
        "reader_of_list": "list(csv.reader(lines))",
        "reader_of_file": "from_file()",
        "reader_quoted": "list(csv.reader(io.StringIO(quoted)))",
        "reader_tabs": "list(csv.reader(io.StringIO(text), delimiter='\\t'))",
        "reader_numeric": "list(csv.reader(io.StringIO(numbers), quoting=csv.QUOTE_NONNUMERIC))",
        "reader_cyrillic": "list(csv.reader(io.StringIO(cyrillic)))",
        "reader_loop": "sum(int(row[0]) for row in csv.reader(io.StringIO(numbers)))",
        "dict_reader": "list(csv.DictReader(io.StringIO(text)))",
        "dict_reader_names": "list(csv.DictReader(lines, fieldnames='abcdefgh'))",
        "reader_short": "[next(csv.reader(['a,b,c'])) for _ in range(50)]",
        "writer": "csv.writer(io.StringIO()).writerows(rows)",
        "writer_strings": "csv.writer(io.StringIO()).writerows(words)",
        "writer_quoted": "csv.writer(io.StringIO()).writerows(quotes)",
        "writer_quote_all": "csv.writer(io.StringIO(), quoting=csv.QUOTE_ALL).writerows(words)",
        "writer_by_row": "each(map(csv.writer(io.StringIO()).writerow, rows))",
        "dict_writer": "csv.DictWriter(io.StringIO(), fieldnames=['a', 'b', 'c']).writerows(dicts)",
        }),
    "zlib": ("""
        import binascii, gzip, io, zlib
        data, small = TEXT.encode(), b"some text " * 10
        digits = data.hex()
        compressed, zipped = zlib.compress(data), gzip.compress(data)
        def in_pieces():
            c = zlib.compressobj()
            return b"".join([c.compress(data[k:k + 500]) for k in range(0, len(data), 500)]) + c.flush()
        def out_of_pieces():
            d = zlib.decompressobj()
            return b"".join([d.decompress(compressed[k:k + 50]) for k in range(0, len(compressed), 50)]) + d.flush()
        """, {
        "both_ways": "zlib.decompress(zlib.compress(data))",
        "compress": "zlib.compress(data)",
        "compress_1": "zlib.compress(data, 1)",
        "compress_small": "[zlib.compress(small) for _ in range(20)]",
        "decompress": "zlib.decompress(compressed)",
        "objects": "in_pieces()",
        "decompress_objects": "out_of_pieces()",
        "gzip": "gzip.compress(data)",
        "gunzip": "gzip.decompress(zipped)",
        "gzip_lines": "each(gzip.open(io.BytesIO(zipped)))",
        "gzip_text_lines": "each(gzip.open(io.BytesIO(zipped), 'rt'))",
        "crc32": "zlib.crc32(data)",
        "crc32_small": "[zlib.crc32(b'some text') for _ in range(100)]",
        "adler32": "zlib.adler32(data)",
        "crc_hqx": "binascii.crc_hqx(data, 0)",
        "crc32_binascii": "binascii.crc32(data)",
        "hex_separated": "data.hex(':')",
        "hexlify": "[binascii.hexlify(small) for _ in range(100)]",
        "unhexlify": "binascii.unhexlify(digits)",
        "crc32_view": "[zlib.crc32(memoryview(small)[:50]) for _ in range(100)]",
        "base64": "binascii.a2b_base64(binascii.b2a_base64(data))",
        }),
    "hash": ("""
        import base64, hashlib, hmac
        data, lines, big = bytes(range(250)) * 80, TEXT.encode().splitlines(), bytes(1 << 20)
        def by_line():
            h = hashlib.md5()
            for line in lines:
                h.update(line)
            return h.hexdigest()
        """, {
        "short": "[hashlib.sha256(b'abc').hexdigest() for _ in range(50)]",
        "short_md5": "[hashlib.md5(b'abc').hexdigest() for _ in range(50)]",
        "short_sha1": "[hashlib.sha1(b'abc').digest() for _ in range(50)]",
        "short_sha3": "[hashlib.sha3_256(b'abc').digest() for _ in range(50)]",
        "short_blake2b": "[hashlib.blake2b(b'abc').digest() for _ in range(50)]",
        "new": "[hashlib.new('sha256', b'abc').digest() for _ in range(50)]",
        "long": "hashlib.sha256(data).digest()",
        "long_md5": "hashlib.md5(data).digest()",
        "long_sha512": "hashlib.sha512(data).digest()",
        "long_sha3": "hashlib.sha3_256(data).digest()",
        "long_blake2b": "hashlib.blake2b(data).digest()",
        "long_blake2s": "hashlib.blake2s(data).digest()",
        "megabyte": "hashlib.sha256(big).digest()",
        "update": "by_line()",
        "hmac": "[hmac.new(b'key', b'abc', 'sha256').hexdigest() for _ in range(20)]",
        "hmac_digest": "[hmac.digest(b'key', b'abc', 'sha256') for _ in range(20)]",
        "hmac_hashlib": "[hmac.new(b'key', b'abc', hashlib.sha256).digest() for _ in range(20)]",
        "pbkdf2": "hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 100)",
        "base64_short": "[base64.urlsafe_b64decode(b'dXNlcjpwYXNzd29yZA==') for _ in range(100)]",
        "compare_digest": "[hmac.compare_digest(b'a' * 32, b'a' * 32) for _ in range(100)]",
        "base64": "base64.b64decode(base64.b64encode(data))",
        }),
    "sort": ("""
        import functools, operator, heapq, bisect
        numbers = shuffled(5000)
        floats, words = [number * 0.37 for number in numbers], [f"k{number}" for number in numbers]
        pairs, mixed = [(number % 50, number * 0.37) for number in numbers], [number if number % 2 else number * 1.0 for number in numbers]
        named, lists = [(word, number) for word, number in zip(words, numbers)], [[number % 50, number] for number in numbers]
        big, records = [number + (1 << 70) for number in numbers], [{"id": number, "name": f"k{number}"} for number in numbers[:1000]]
        points = [Point() for _ in range(1000)]
        for point, number in zip(points, numbers):
            point.x = number
        class Ordered:
            def __init__(self, key):
                self.key = key
            def __lt__(self, other):
                return self.key < other.key
        ordered, cyrillic, in_order = [Ordered(number) for number in numbers[:500]], CYRILLIC.split(), sorted(numbers)
        latin = [word + "é" for word in words]
        data = [word.encode() for word in words]
        def heap_sort(heap):
            heapq.heapify(heap)
            return [heapq.heappop(heap) for _ in range(len(heap))]
        """, {
        "ints": "sorted(numbers)",
        "floats": "sorted(floats)",
        "strings": "sorted(words)",
        "strings_latin": "sorted(latin)",
        "strings_cyrillic": "sorted(cyrillic)",
        "bytes": "sorted(data)",
        "tuples": "sorted(pairs)",
        "tuples_of_strings": "sorted(named)",
        "lists": "sorted(lists)",
        "mixed": "sorted(mixed)",
        "big_ints": "sorted(big)",
        "in_order": "sorted(in_order)",
        "reversed": "sorted(in_order, reverse=True)",
        "reverse": "sorted(numbers, reverse=True)",
        "in_place": "numbers[:].sort()",
        "set": "sorted(set(numbers))",
        "dict_items": "sorted(dict(named).items())",
        "by_key": "sorted(pairs, key=lambda pair: pair[1])",
        "by_float": "sorted(floats, key=float)",
        "by_key_tuple": "sorted(pairs, key=lambda pair: (-pair[0], pair[1]))",
        "by_itemgetter": "sorted(pairs, key=operator.itemgetter(1))",
        "by_itemgetter_two": "sorted(pairs, key=operator.itemgetter(0, 1))",
        "by_dict_key": "sorted(records, key=lambda record: record['name'])",
        "by_dict_itemgetter": "sorted(records, key=operator.itemgetter('id'))",
        "by_attribute": "sorted(points, key=lambda point: point.x)",
        "by_attrgetter": "sorted(points, key=operator.attrgetter('x'))",
        "by_len": "sorted(words, key=len)",
        "by_lower": "sorted(words, key=str.lower)",
        "by_negative": "sorted(numbers, key=lambda n: -n)",
        "by_cmp": "sorted(numbers[:1000], key=functools.cmp_to_key(lambda a, b: a - b))",
        "instances": "sorted(ordered)",
        "min_max": "(min(numbers), max(floats), min(words), max(pairs))",
        "min_by_key": "min(pairs, key=lambda pair: pair[1])",
        "heapq": "heapq.nsmallest(10, numbers)",
        "heap": "heap_sort(numbers[:1000])",
        "bisect": "[bisect.bisect(in_order, n) for n in numbers[:1000]]",
        }),
    "text": ("""
        import io, string
        words, numbers, data, cyrillic = TEXT.split()[:1000], list(range(1000)), TEXT.encode(), CYRILLIC.encode()
        koi8, cp1251, latin, utf16 = CYRILLIC.encode("koi8-r"), CYRILLIC.encode("cp1251"), ("é" + TEXT).encode("latin-1"), TEXT.encode("utf-16")
        latin_text, table, template = "é" + TEXT, str.maketrans("abc", "xyz"), string.Template("$a and ${b}")
        lines, cyrillic_words = TEXT.splitlines(), CYRILLIC.split()
        table_of_many = str.maketrans({"a": "AA", "b": None, "c": "ж"})
        def append():
            text = ""
            for k in numbers:
                text += "ab"
            return text
        def append_str():
            text = ""
            for k in numbers:
                text += str(k) + ","
            return text
        def append_bytes():
            data = bytearray()
            for k in numbers:
                data += b"ab"
            return data
        def stringio():
            out = io.StringIO()
            for k in numbers:
                out.write("some text")
            return out.getvalue()
        def bytesio():
            out = io.BytesIO()
            for k in numbers:
                out.write(b"some text")
            return out.getvalue()
        def printing():
            out = io.StringIO()
            for k in numbers:
                print(k, "x", file=out)
            return out.getvalue()
        """, {
        "join": "','.join([str(k) for k in numbers])",
        "join_generator": "','.join(str(k) for k in numbers)",
        "join_map": "','.join(map(str, numbers))",
        "join_words": "' '.join(words)",
        "join_cyrillic": "' '.join(cyrillic_words)",
        "join_bytes": "b' '.join(data.split())",
        "append": "append()",
        "append_str": "append_str()",
        "append_bytes": "append_bytes()",
        "stringio": "stringio()",
        "bytesio": "bytesio()",
        "print": "printing()",
        "concat": "['a' + word + 'b' for word in words]",
        "repeat": "['ab' * 50 for _ in numbers]",
        "fstring": "[f'{k}:{k * 2} x' for k in numbers]",
        "fstring_float": "[f'{k * 0.37:.2f}' for k in numbers]",
        "fstring_width": "[f'{k:>8} {k:05d} {k:x}' for k in numbers]",
        "fstring_comma": "[f'{k * 1000:,}' for k in numbers]",
        "fstring_repr": "[f'{word!r} {word=}' for word in words]",
        "fstring_string": "[f'{word} and {word}' for word in words]",
        "percent": "['%d %s' % (k, 'a') for k in numbers]",
        "percent_one": "['%s' % word for word in words]",
        "percent_string": "['%s and %s' % (word, word) for word in words]",
        "percent_float": "['%.2f %5.1f' % (k * 0.37, k) for k in numbers]",
        "percent_width": "['%-10s|%5d|%x' % ('ab', k, k) for k in numbers]",
        "percent_repr": "['%r %r' % (k, 'ab') for k in numbers]",
        "percent_dict": "['%(a)s %(b)d' % {'a': 1, 'b': k} for k in numbers]",
        "percent_bytes": "[b'%d %s' % (k, b'a') for k in numbers]",
        "format": "['{} {:>5}'.format(k, 'a') for k in numbers]",
        "format_plain": "['{} {}'.format(k, 'a') for k in numbers]",
        "format_named": "['{a} {b}'.format(a=k, b='x') for k in numbers]",
        "format_indexed": "['{0} {1} {0}'.format(k, 'x') for k in numbers]",
        "format_float": "['{:.2f} {:10.3f}'.format(k * 0.37, 1.5) for k in numbers]",
        "format_item": "['{0[0]} {0[1]}'.format((k, 2)) for k in numbers]",
        "format_map": "['{a} {b}'.format_map({'a': k, 'b': 2}) for k in numbers]",
        "format_function": "[format(k, '>8') for k in numbers]",
        "template": "[template.substitute(a=1, b=k) for k in numbers[:100]]",
        "str_int": "[str(k) for k in numbers]",
        "str_float": "[str(k * 0.37) for k in numbers]",
        "repr": "[repr(k) for k in (numbers, words)]",
        "repr_string": "[repr(word) for word in words]",
        "int_of": "[int(text) for text in ['123', '-45678', '7'] * 300]",
        "float_of": "[float(text) for text in ['1.5', '-456.78', '7e10'] * 300]",
        "split": "(TEXT.split(), TEXT.split(' '), TEXT.splitlines())",
        "split_lines": "[line.split() for line in lines]",
        "split_comma": "[line.split(',') for line in ['a,b,c,d,e,f'] * 300]",
        "split_cyrillic": "(CYRILLIC.split(), CYRILLIC.splitlines())",
        "split_bytes": "(data.split(), data.splitlines(), data.split(b' '))",
        "partition": "[line.partition(' ') for line in lines]",
        "rsplit": "[line.rsplit(' ', 1) for line in lines]",
        "strip": "[word.strip() for word in [' some text \\n'] * 500]",
        "strip_none": "[word.strip() for word in words]",
        "strip_chars": "[word.rstrip('x ') for word in ['some textxx '] * 500]",
        "replace": "(TEXT.replace('fox', 'cat'), TEXT.replace('o', '0'))",
        "replace_longer": "(TEXT.replace('fox', 'elephant'), TEXT.replace('o', '--'))",
        "replace_short": "[word.replace('o', '0') for word in words]",
        "replace_cyrillic": "CYRILLIC.replace('е', 'э')",
        "replace_latin": "latin_text.replace('o', '0')",
        "replace_words_cyrillic": "CYRILLIC.replace('булок', 'пирогов')",
        "replace_bytes": "(data.replace(b'fox', b'cat'), data.replace(b'o', b'00'))",
        "translate": "TEXT.translate(table)",
        "translate_many": "TEXT.translate(table_of_many)",
        "translate_cyrillic": "CYRILLIC.translate(table)",
        "search": "(TEXT.find('zzz'), TEXT.count('dog'), 'bears' in TEXT, TEXT.rfind('zzz'))",
        "startswith": "[word.startswith('th') or word.endswith(('x', 'y')) for word in words]",
        "in_short": "['o' in word for word in words]",
        "case": "(TEXT.upper(), TEXT.lower(), TEXT.title())",
        "case_short": "[word.upper() for word in words]",
        "case_latin": "(latin_text.upper(), latin_text.lower(), latin_text.swapcase())",
        "case_cyrillic": "(CYRILLIC.upper(), CYRILLIC.lower(), CYRILLIC.title(), CYRILLIC.casefold())",
        "kinds": "[word.isdigit() or word.isalpha() or word.isalnum() for word in words]",
        "justify": "[word.ljust(10) + word.rjust(10) + word.center(10) for word in words]",
        "zfill": "[str(k).zfill(6) for k in numbers]",
        "slices": "[word[1:] + word[:-1] for word in words]",
        "chars": "[c for c in TEXT[:3000]]",
        "chars_cyrillic": "[c for c in CYRILLIC]",
        "ord_chr": "[chr(ord(c) + 1) for c in TEXT[:3000]]",
        "list_of": "(list(TEXT[:3000]), tuple(CYRILLIC), set(TEXT))",
        "reversed": "TEXT[::-1]",
        "reversed_cyrillic": "CYRILLIC[::-1]",
        "expandtabs": "[line.expandtabs() for line in ['a\\tb\\tc'] * 300]",
        "codecs": "(TEXT.encode().decode(), CYRILLIC.encode().decode())",
        "codecs_short": "[word.encode().decode() for word in words]",
        "codecs_short_cyrillic": "[word.encode().decode() for word in cyrillic_words]",
        "encode_latin": "latin_text.encode('latin-1')",
        "decode_latin": "latin.decode('latin-1')",
        "decode_ascii": "data.decode('ascii')",
        "encode_utf16": "TEXT.encode('utf-16')",
        "decode_utf16": "utf16.decode('utf-16')",
        "encode_koi8": "CYRILLIC.encode('koi8-r')",
        "decode_koi8": "koi8.decode('koi8-r')",
        "encode_cp1251": "CYRILLIC.encode('cp1251')",
        "decode_cp1251": "cp1251.decode('cp1251')",
        "encode_cp1251_short": "[word.encode('cp1251') for word in cyrillic_words]",
        "decode_ignore": "cyrillic.decode('ascii', 'ignore')",
        "encode_replace": "CYRILLIC.encode('ascii', 'replace')",
        "encode_escape": "CYRILLIC.encode('unicode-escape')",
        "encode_xml": "CYRILLIC.encode('ascii', 'xmlcharrefreplace')",
        "hex": "bytes.fromhex(data.hex())",
        "equal": "sum(word == 'lazy' for word in words)",
        }),
    "file": ("""
        import fileinput, io, os, pathlib
        ascii = file_of(b"some line of text here 5\\n" * 5000)
        russian, windows = file_of(CYRILLIC.encode() * 20), file_of(b"some line of text here 5\\r\\n" * 5000)
        numbers, out, lines = file_of(b"".join(b"%d\\n" % k for k in range(5000))), file_of(b""), TEXT.splitlines(True)
        data_lines, text = TEXT.encode().splitlines(True), TEXT * 5
        def opened(file, what, *args, **more):
            with open(file.name, *args, **more) as lines:
                return what(lines)
        def readline(lines):
            while lines.readline():
                pass
        def walrus(lines):
            while line := lines.readline():
                line.strip()
        def number_of(lines):
            for number, line in enumerate(lines):
                pass
        def write(lines_out):
            for line in lines:
                lines_out.write(line)
        def write_bytes(lines_out):
            for line in data_lines:
                lines_out.write(line)
        def printing(lines_out):
            for k in range(1000):
                print(k, "some text", file=lines_out)
        def chunks(file):
            while file.read(4096):
                pass
        """, {
        "lines": "opened(ascii, each)",
        "lines_binary": "opened(ascii, each, 'rb')",
        "lines_cyrillic": "opened(russian, each, encoding='utf-8')",
        "lines_windows": "opened(windows, each)",
        "lines_latin": "opened(ascii, each, encoding='latin-1')",
        "lines_cp1251": "opened(russian, each, encoding='cp1251', errors='replace')",
        "lines_no_newline": "opened(windows, each, newline='')",
        "lines_strip": "opened(ascii, lambda lines: [line.strip() for line in lines])",
        "lines_split": "opened(ascii, lambda lines: [line.split() for line in lines])",
        "lines_int": "opened(numbers, lambda lines: [int(line) for line in lines])",
        "lines_sum": "opened(numbers, lambda lines: sum(map(int, lines)))",
        "lines_enumerate": "opened(ascii, number_of)",
        "lines_unbuffered": "opened(numbers, each, 'rb', 0)",
        "list": "opened(ascii, list)",
        "readlines": "opened(ascii, lambda file: file.readlines())",
        "readlines_binary": "opened(ascii, lambda file: file.readlines(), 'rb')",
        "readlines_cyrillic": "opened(russian, lambda file: file.readlines())",
        "readline": "opened(ascii, readline)",
        "readline_binary": "opened(ascii, readline, 'rb')",
        "readline_cyrillic": "opened(russian, readline)",
        "readline_walrus": "opened(ascii, walrus)",
        "read_splitlines": "opened(ascii, lambda file: file.read().splitlines())",
        "read_split": "opened(ascii, lambda file: file.read().split('\\n'))",
        "read_binary": "opened(ascii, lambda file: file.read().splitlines(), 'rb')",
        "read": "opened(ascii, lambda file: file.read())",
        "read_cyrillic": "opened(russian, lambda file: file.read())",
        "read_chunks": "opened(ascii, chunks)",
        "read_chunks_binary": "opened(ascii, chunks, 'rb')",
        "pathlib": "pathlib.Path(ascii.name).read_text().count('x')",
        "open": "[opened(out, chunks) for _ in range(10)]",
        "writelines": "opened(out, lambda file: file.writelines(lines), 'w')",
        "writelines_binary": "opened(out, lambda file: file.writelines(data_lines), 'wb')",
        "write": "opened(out, write, 'w')",
        "write_binary": "opened(out, write_bytes, 'wb')",
        "write_once": "opened(out, lambda file: file.write(text), 'w')",
        "print": "opened(out, printing, 'w')",
        "stringio_lines": "each(io.StringIO(text))",
        "bytesio_lines": "each(io.BytesIO(text.encode()))",
        "fileinput": "each(fileinput.input(numbers.name))",
        }),
}
# what a field's kinds need besides, made for one kind only
EXTRA = {
    "json_loads_bytes": "data = text.encode()",
    "pickle_loads_2": "data_2 = pickle.dumps(RECORDS, 2)",
    "pickle_loads_0": "data_0 = pickle.dumps(RECORDS, 0)",
    "pickle_loads_dataclasses": "records_data = pickle.dumps(records)",
    "pickle_loads_namedtuples": "pairs_data = pickle.dumps(pairs)",
    "pickle_loads_nested": "nested_data = pickle.dumps(nested)",
    "pickle_loads_sets": "sets_data = pickle.dumps(sets)",
    "pickle_loads_ints": "ints_data = pickle.dumps(ints)",
    "pickle_loads_strings": "words_data = pickle.dumps(words)",
    "pickle_loads_big_ints": "big_data = pickle.dumps(big)",
    "pickle_loads_dict": "table_data = pickle.dumps(table)",
    "pickle_loads_dates": "days_data = pickle.dumps(days)",
    "pickle_loads_bytearrays": "arrays_data = pickle.dumps([bytearray(b'abc') for _ in range(100)])",
    "pickle_loads_short": "short_data = pickle.dumps((1, 'a'))",
}


def expression(field, name):
    first, kinds = FIELDS[field]
    space = dict(globals())
    exec(textwrap.dedent(first) + EXTRA.get(f"{field}_{name}", ""), space)
    return eval(f"lambda: {kinds[name]}", space)


for _field, (_, _kinds) in FIELDS.items():
    for _name in _kinds:
        KINDS[f"{_field}_{_name}"] = functools.partial(expression, _field, _name)


# --- kinds of more than an expression ------------------------------------------------------------------------------------

def with_attributes(point):
    def run():
        for _ in range(1000):
            point.x = point.x + 1
            point.name
    return run

@kind
def attributes():
    return with_attributes(Point())

@kind
def attributes_after_dict():
    point = Point()
    point.__dict__
    return with_attributes(point)

@kind
def instances():
    return lambda: [Point() for _ in range(1000)]

@kind
def set_algebra():
    a, b = set(range(0, 1000)), set(range(500, 1500))
    return lambda: (a | b, a & b, a - b, a ^ b)

@kind
def dict_methods():
    def run():
        groups = {}
        for i in range(1000):
            groups.setdefault(i & 63, []).append(i)
        return list(groups.items()), groups.get(7), groups.copy()
    return run

@kind
def exceptions():
    def run():
        for _ in range(1000):
            try:
                raise ValueError("x")
            except ValueError:
                pass
    return run

@kind
def generators():
    def count(n):
        for i in range(n):
            yield i
    return lambda: [sum(count(100)) for _ in range(10)]

# kinds that write to what they were given: nothing for threads to share
WRITERS = {"attributes", "attributes_after_dict", "struct_pack_into", *(name for name in KINDS if name.startswith(("file_write", "file_print", "file_open")))}
