# A null byte in a script is an error. (python3.11.2 silently leaves out the rest of the line; later ones refuse it.)
printf 'x = 1\n\000y = 2\n' >nul.py
head -c 3000 /dev/zero >zeros.py
for script in nul.py zeros.py; do
    "$PYTHON" $script >out 2>&1
    status=$?
    test $status = 1 && grep -q 'null bytes' out || { echo "$script: status $status"; cat out; exit 1; }
done
exit 0
