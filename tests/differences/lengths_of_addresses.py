"""The repr of a method holds an address, and addresses have 11 to 14 digits here, 14 in CPython.

programs: len\((ascii|repr|str|format)\(
lines: numbers
varies: yes
python3.11: 14
weft: 13
"""
print(len(repr([].append).split()[-1][:-1]))
