"""The docstrings of built-in functions and types are Weft's own words.

Weft copies no text of CPython's. What a program can take from __doc__ by rule, the signature at its beginning, is in __text_signature__, which is the same.

programs: __doc__
lines: any
python3.11: Create a complex number from a real part and an optional imaginary part.
weft: A complex number from its parts, or from a text.
"""
print(complex.__doc__.splitlines()[0])
