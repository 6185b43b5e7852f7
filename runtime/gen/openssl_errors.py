"""Writes the names of OpenSSL's libraries and of the reasons of its errors, as its headers define them.

usage: openssl_errors.py INCLUDE_DIRECTORY OUT
Rows: LIBRARY("SSL", 20) and REASON(20, 134, "CERTIFICATE_VERIFY_FAILED").
"""

import os
import re
import sys

include, out = sys.argv[1:]
define = re.compile(r"^#\s*define\s+(\w+)\s+(\w+)")
libraries, reasons = {}, []
names = [n for n in sorted(os.listdir(include)) if n.endswith("err.h")]
for name in names:
    with open(os.path.join(include, name)) as f:
        for line in f:
            m = define.match(line)
            if m is None:
                continue
            macro, value = m.groups()
            if macro.startswith("ERR_LIB_") and value.isdigit():
                libraries[macro[len("ERR_LIB_") :]] = int(value)
            elif "_R_" in macro and value.isdigit() and not macro.startswith("ERR_R_"):
                reasons.append((*macro.split("_R_", 1), int(value)))
with open(out, "w") as f:
    for name, number in libraries.items():
        print(f'LIBRARY("{name}", {number})', file=f)
    for library, reason, number in reasons:
        if library in libraries:
            print(f'REASON({libraries[library]}, {number}, "{reason}")', file=f)
