# UTF-8 mode in the C locale; the status after -i is the prompt's; -X importtime names what is imported.
show='import os, sys; print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors, os.environ.get("LC_CTYPE"))'
for setting in A=B PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 LC_CTYPE=C LC_ALL=C LC_ALL= LANG=C LC_ALL=C.UTF-8; do
    env -i $setting "$PYTHON" -c "$show"
done
echo 'print(x)' | "$PYTHON" -i -c 'x = 5; 1/0' 2>/dev/null
echo "status $?"
echo 'print(x)' | "$PYTHON" -i -c 'x = 5; raise SystemExit(3)' 2>/dev/null
echo "status $?"
echo 'raise SystemExit(4)' | "$PYTHON" -i -c 'x = 5' 2>/dev/null
echo "status $?"
"$PYTHON" -X importtime -c 'import colorsys' 2>&1 | grep -E -c '^import time: +[0-9]+ \| +[0-9]+ \| colorsys$'
