"""pygments highlights files of the standard library."""
# timeout: 120
import glob
import hashlib

from pygments import highlight
from pygments.formatters import HtmlFormatter, LatexFormatter, Terminal256Formatter
from pygments.lexers import PythonLexer, get_lexer_by_name

whole = hashlib.sha256()
for path in sorted(glob.glob("/usr/lib/python3.11/[a-h]*.py")):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if len(text) < 40000:
        whole.update(highlight(text, PythonLexer(), HtmlFormatter(linenos=True)).encode())
print(whole.hexdigest())
SAMPLES = {"c": "int main(void) { /* x */ return 'a' + 0x1fUL; }", "json": '{"a": [1, 2.5e3, null, "\\u00e9"]}', "html": "<p class='x'>a &amp; b<script>var x = `q${1}`;</script></p>",
           "sql": "SELECT count(*) FROM t WHERE a LIKE '%x' -- c", "bash": 'for i in $(seq 3); do echo "${i%.*}"; done', "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", "yaml": "a: &x\n  - 1\nb: *x\n"}
for name, code in SAMPLES.items():
    for formatter in (HtmlFormatter(nowrap=True), LatexFormatter(), Terminal256Formatter()):
        print(repr(highlight(code, get_lexer_by_name(name), formatter)))
