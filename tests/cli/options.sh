# The command line's ways to say what to run, and how.
"$PYTHON" -c 'import sys; print(sys.argv, __name__)' a -b --c
"$PYTHON" -c 'print(1)
if 2:
    print(3)'
echo 'import sys; print(sys.argv)' >script.py
"$PYTHON" script.py x -v
"$PYTHON" - y <script.py
"$PYTHON" <script.py
mkdir package && echo 'import sys; print(__name__, __package__, sys.argv[1:])' >package/__main__.py
"$PYTHON" package z
"$PYTHON" -m package z
echo 'print(__name__, __spec__.name)' >module.py
"$PYTHON" -m module
"$PYTHON" -m package.missing 2>&1; echo "status $?"
"$PYTHON" -m missing 2>&1; echo "status $?"
"$PYTHON" -c 'import sys; print(sys.flags.optimize, __debug__); assert False' 2>&1; echo "status $?"
"$PYTHON" -O -c 'import sys; print(sys.flags.optimize, __debug__); assert False'; echo "status $?"
"$PYTHON" -OO -c 'def f(): "doc"
print(f.__doc__)'
"$PYTHON" -B -c 'import sys; print(sys.dont_write_bytecode, sys.flags.dont_write_bytecode)'
"$PYTHON" -S -c 'import sys; print("site" in sys.modules, sys.flags.no_site)'
"$PYTHON" -E -s -c 'import sys; print(sys.flags.ignore_environment, sys.flags.no_user_site)'
"$PYTHON" -I -c 'import sys; print(sys.flags.isolated, sys.flags.safe_path, "" in sys.path)'
"$PYTHON" -P -c 'import sys; print(sys.flags.safe_path, "" in sys.path)'
"$PYTHON" -u -c 'import sys; sys.stdout.write("a"); sys.stderr.write("b"); sys.stdout.write("c\n")' 2>&1
for file in stdin stdout stderr; do "$PYTHON" -u -c "import sys; print(sys.$file.line_buffering, sys.$file.write_through)"; "$PYTHON" -c "import sys; print(sys.$file.line_buffering, sys.$file.write_through)"; done
"$PYTHON" -X utf8 -X other=value -c 'import sys; print(sys._xoptions, sys.flags.utf8_mode)'
"$PYTHON" -W error -c 'import warnings; warnings.warn("w")' 2>&1; echo "status $?"
"$PYTHON" -W ignore -c 'import warnings; warnings.warn("w")' 2>&1; echo "status $?"
"$PYTHON" -q -c 'print("quiet")'
"$PYTHON" -bb -c 'b"" == ""' 2>&1 | tail -n 1
"$PYTHON" -Bc 'print("joined")'
"$PYTHON" -x script.py 2>&1; echo "status $?"
"$PYTHON" -V | sed 's/[0-9.]*$/VERSION/; s/Weft/Python/'
"$PYTHON" -z 2>&1 | head -n 1 | sed 's/-z.*/-z/'; "$PYTHON" -c 2>&1 | head -n 1; "$PYTHON" -m 2>&1 | head -n 1; "$PYTHON" -X 2>&1 | head -n 1
"$PYTHON" -z >/dev/null 2>&1; echo "status $?"
