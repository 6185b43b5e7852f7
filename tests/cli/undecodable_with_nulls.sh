# What isn't UTF-8 is said before null bytes are.
printf '0000\000\n00000000000\n\000\n\236\n' >one.py
printf '#\000\n#\375\n' >two.py
for script in one.py two.py; do
    "$PYTHON" $script 2>&1 | grep -o 'Non-UTF-8'
done
true
"$PYTHON" -c "$(printf 'print("\377")')" 2>&1; echo "status $?"
