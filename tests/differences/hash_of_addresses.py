"""The hashes of None, classes, functions and NaNs are numbers made of addresses.

programs: hash
lines: numbers
varies: yes
python3.11: 8732006177726
weft: 571019
"""
print(hash(None))
