"""Typer, tomlkit, dnspython, PLY, dill."""
import typer
from typer.testing import CliRunner
app = typer.Typer()
@app.command()
def hello(name: str, n: int = typer.Option(1, help="times"), loud: bool = False):
    for i in range(n): typer.echo((f"Hello {name}").upper() if loud else f"Hello {name}")
@app.command()
def bye(): raise typer.Exit(3)
r = CliRunner()
for args in [["hello","x","--n","2","--loud"],["bye"],["--help"],["hello"],["hello","x","--n","q"]]:
    res = r.invoke(app,args); print(res.exit_code, res.output)
import tomlkit
doc = tomlkit.parse('# c\na = 1 # x\n[t]\nb = ["a",\n "b"]\n'); doc['t']['c']=5; doc['a']=2; print(tomlkit.dumps(doc))
import dns.message, dns.name, dns.zone, dns.rdatatype, dns.reversename
q=dns.message.make_query('example.com','MX',want_dnssec=True); q.id=1; print(q.to_text()); print(dns.message.from_wire(q.to_wire())==q)
z=dns.zone.from_text('$ORIGIN x.\n$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS ns\nns IN A 1.2.3.4\nt IN TXT "a b"\n','x.'); print(z.to_text()); print(dns.reversename.from_address('::1'))
import ply.lex, ply.yacc, sys
tokens=('N','P','T','L','R'); t_P=r'\+'; t_T=r'\*'; t_L=r'\('; t_R=r'\)'; t_ignore=' '
def t_N(t):
    r'\d+'
    t.value=int(t.value); return t
def t_error(t): print('bad',t.value[0]); t.lexer.skip(1)
precedence=(('left','P'),('left','T'))
def p_e(p):
    '''e : e P e
         | e T e'''
    p[0]=p[1]+p[3] if p[2]=='+' else p[1]*p[3]
def p_p(p):
    'e : L e R'
    p[0]=p[2]
def p_n(p):
    'e : N'
    p[0]=p[1]
def p_error(p): print('syntax error',p)
ply.lex.lex(); yy=ply.yacc.yacc(write_tables=False,debug=False); print(yy.parse('1+2*(3+4)'), yy.parse('1+'))
import dill
def counter(start):
    n = start
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
c = counter(5); c(); again = dill.loads(dill.dumps(c)); print(c(), again(10), again())
class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
print(dill.loads(dill.dumps([Point(3), lambda a, *b: (a, b)]))[1](1, 2), dill.copy(Point(4)) == Point(4), dill.source.getsource(counter).splitlines()[0])
