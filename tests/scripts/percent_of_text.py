"""One text into a format: the text itself, a piece of the result, or an error."""
for f in ['%s','a%s','%sb','a%sb','%s%','%%s','%s%%','%s%s','%','','abc','%d','é%s','%5s','%s'*2,'%S','% s']:
    for a in ['','x','xy','é','жж',('q',)]:
        try: r=f % a; print(repr(f),repr(a),repr(r))
        except Exception as e: print(repr(f),repr(a),type(e).__name__,e)
class S(str):
    def __str__(s): return 'strS'
class F(str): pass
print('%s' % S('a'), 'b%s' % S('a'), F('%s') % 'a', type(F('%s') % 'a'), F('x%s') % 'abc')
class R(str):
    def __rmod__(s,o): return 'rmod'
print('%s' % R('x'), 'a%sb' % R('x'))
