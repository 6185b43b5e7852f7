# Source lines in tracebacks are decoded as the file says.
try() {
    /usr/bin/python3.11 -c "
import sys
open('script.py', 'w', encoding=sys.argv[2]).write(sys.argv[1] + 'def f():\n    raise ValueError(\'\u4e02\u5100\' if 0 else \'x\') # \u4e02 \n\n\nf()\n')" "$1" "$2" && "$PYTHON" script.py 2>&1
}
nl='
'
try "" utf-8
try "# -*- coding: gbk -*-$nl" gb18030
try "#!/usr/bin/python$nl# coding=big5$nl" big5
try "# coding: utf-8$nl" utf-8
true
