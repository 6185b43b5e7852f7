# Random programs, kept: their output must be python3.11's.
/usr/bin/python3.11 "$(dirname "$0")/../fuzz/differential.py" --corpus --interpreter "$PYTHON"
