"""Sets whose elements' hashes come from addresses have an order of their own.

Classes, functions, None, NaNs and objects without __hash__ are hashed by where they lie in memory, which is another place in each
interpreter (and, with another version or another library, in the same one). A set's order follows the hashes. No program may rely on it.

lines: reordered
varies: yes
python3.11: {<class 'float'>, <class 'bool'>, <class 'int'>}
weft: {<class 'float'>, <class 'int'>, <class 'bool'>}
"""
print({float, int, bool})
