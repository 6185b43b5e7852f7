# The repr of a large text takes no more memory than the text: both fit where three times as much doesn't.
# builds: ft gil
ulimit -v 800000
"$PYTHON" -c 'print(len(repr("x" * 300000000)))'
