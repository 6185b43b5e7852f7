# Random programs: the kept ones, and some hundred that are the same each time. Their output must be python3.11's.
fuzz=$(dirname "$0")/../fuzz/differential.py
/usr/bin/python3.11 "$fuzz" --corpus --interpreter "$PYTHON" || exit
/usr/bin/python3.11 "$fuzz" --seed 1 --programs 600 --seconds 25 --interpreter "$PYTHON"
