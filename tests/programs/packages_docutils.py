"""docutils: one document in every format."""
# timeout: 120
import docutils.core, hashlib, glob, re

src = '''
Title
=====
:Author: me
:Date: 2020-01-01

.. contents::

Part *one*
----------
Text with ``code``, **bold**, `link <http://x.y>`_ and |sub|. Footnote [1]_, cite [C]_.

.. |sub| replace:: replaced text
.. [1] foot
.. [C] cite

+-----+------+
| a   | b    |
+=====+======+
| 1   | - x  |
|     | - y  |
+-----+------+

.. code-block:: python

   def f(x): return x + 1

.. math:: \\sum_{i=0}^n i^2 = \\frac{n(n+1)(2n+1)}{6}

1. one
2. two

   a) sub
   b) sub2

term
  definition

.. figure:: x.png
   :alt: alt

   Caption

.. csv-table:: T
   :header: "a","b"

   1, 2
   "x,y", 3

unknown :role:`x` and bad `ref_

.. nodir:: x
''' 
for w in ['html5', 'html4', 'latex', 'xml', 'manpage', 'pseudoxml', 'odt']:
    o = docutils.core.publish_string(src * 1, writer_name=w, settings_overrides={'report_level': 5, 'datestamp': None})
    if w == 'odt': print(len(o) > 1000); continue
    print(w, len(o), hashlib.md5(o).hexdigest()); 
    if w in ('html5', 'pseudoxml'): print(o.decode())
