"""What parses, renders and checks text: YAML, SQL, Jinja, Mako, Markdown, HTML, tables, grammars, schemas, dates, command lines."""
# timeout: 120
import yaml, json, io, sqlparse, jinja2, mako.template, markdown, bs4, tabulate, prettytable, lark, pyparsing as pp, networkx as nx, openpyxl, marshmallow, jsonschema, attr, dateutil.parser, babel.numbers, babel.dates, datetime, rich.console, rich.table, click, click.testing, html5lib, pycparser.c_parser, more_itertools as mi, hashlib, simplejson
doc = {'a': [1, 2.5, None, True, {'b': 'ü\n multi\n line'}], 'd': datetime.date(2020, 1, 2), 'e': datetime.datetime(2020, 1, 2, 3, 4, 5), 's': {'x', 'y'} and ['x'], 'bin': b'abc', 'long': 'word ' * 40}
s = yaml.dump(doc, default_flow_style=False, allow_unicode=True, Dumper=yaml.Dumper); print(s); assert yaml.load(s, Loader=yaml.SafeLoader) == doc
try: yaml.safe_load('a: [1, 2\nb: }')
except yaml.YAMLError as e: print(e)
print(yaml.safe_load('&a x: *a' if 0 else 'base: &b {k: 1}\nd:\n  <<: *b\n  z: 0x1F\n  t: 1:30\n  f: .inf'))
print(sqlparse.format('select a,b, count(*) from t join u on t.id=u.id where a in (select x from y) and b like "%x" group by 1 order by 2 desc', reindent=True, keyword_case='upper'))
env = jinja2.Environment(loader=jinja2.DictLoader({'base': '<{% block a %}x{% endblock %}>', 'c': '{% extends "base" %}{% block a %}{{ super() }}{% for k, v in d|dictsort if v %}{{ loop.index }}{{ k }}={{ v|tojson }}{% else %}-{% endfor %}{% macro m(q, r=2) %}[{{ q }}{{ r }}]{% endmacro %}{{ m(1) }}{% set ns = namespace(t=0) %}{% for i in range(5) %}{% set ns.t = ns.t + i %}{% endfor %}{{ ns.t }}{{ "%05.1f"|format(3.14159) }}{% endblock %}'}), autoescape=True)
print(env.get_template('c').render(d={'b': '<i>', 'a': [1, 2]}))
try: env.from_string('{% for %}').render()
except jinja2.TemplateSyntaxError as e: print(e, e.lineno)
try: env.from_string('a\n{{ x.y.z }}').render()
except jinja2.UndefinedError as e:
    import traceback; print(''.join(traceback.format_exception(e)).replace(__file__, 'F'))
print(mako.template.Template('% for i in range(3):\n${i * 2 | h}\n% endfor\n<%def name="f(x)">(${x})</%def>${f(7)}').render())
print(markdown.markdown('# T\n\n* a\n* b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```python\nx=1\n```\n[l](http://x) **b** `c`', extensions=['tables', 'fenced_code', 'toc', 'codehilite']))
soup = bs4.BeautifulSoup('<div class="a b"><p>One<p>Two<a href=x>L</a></div><table><tr><td>1', 'html5lib'); print(soup.prettify()); print([t.get_text() for t in soup.select('div.a > p')], soup.a['href'])
print(bs4.BeautifulSoup('<a><b>x</b><c y="1"/>&amp;&nbsp;é</a>', 'html.parser').find('c').attrs)
print(tabulate.tabulate([['a', 1.5], ['bb', 22]], headers=['n', 'v'], tablefmt='grid'))
pt = prettytable.PrettyTable(['x', 'y']); pt.add_rows([[1, 'é'], [22, '日本']]); print(pt)
g = lark.Lark(r'''?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: atom | product "*" atom -> mul | product "/" atom -> div
?atom: NUMBER -> number | "-" atom -> neg | "(" sum ")"
%import common.NUMBER
%import common.WS_INLINE
%ignore WS_INLINE''', parser='lalr'); print(g.parse('1 + 2 * (3 - -4) / 5').pretty())
try: g.parse('1 + * 2')
except lark.exceptions.UnexpectedInput as e: print(type(e).__name__, e.line, e.column)
num = pp.pyparsing_common.number(); ex = pp.infix_notation(num, [('*', 2, pp.opAssoc.LEFT), ('+', 2, pp.opAssoc.LEFT)]); print(ex.parse_string('1+2*3+4').as_list())
G = nx.gnp_random_graph(60, 0.1, seed=4); print(nx.number_connected_components(G), nx.shortest_path(G, 0, 9), sorted(nx.pagerank_scipy(G)) if 0 else sorted(nx.betweenness_centrality(G).items(), key=lambda p: -p[1])[:3], nx.density(G), sorted(map(sorted, nx.find_cliques(G)))[-3:])
wb = openpyxl.Workbook(); ws = wb.active; ws.append(['a', 2, 3.5, datetime.datetime(2020, 1, 1)]); ws['A2'] = '=SUM(B1:C1)'; b = io.BytesIO(); wb.save(b); b.seek(0); print([[c.value for c in r] for r in openpyxl.load_workbook(b).active.rows])
class S(marshmallow.Schema):
    n = marshmallow.fields.Str(required=True); a = marshmallow.fields.Int(validate=marshmallow.validate.Range(1, 9)); d = marshmallow.fields.Date()
try: S().load({'a': 77, 'd': 'x', 'q': 1})
except marshmallow.ValidationError as e: print(sorted(e.messages.items()))
try: jsonschema.validate({'a': 'x', 'b': [1, 'y']}, {'type': 'object', 'properties': {'b': {'type': 'array', 'items': {'type': 'integer'}}}, 'required': ['a']})
except jsonschema.ValidationError as e: print(e)
@attr.s(auto_attribs=True, order=True, frozen=True, slots=True)
class P:
    x: int = attr.ib(validator=attr.validators.instance_of(int)); y: list = attr.Factory(list)
print(P(1, [2]), P(1) < P(2), attr.asdict(P(3)), attr.evolve(P(1), x=5))
try: P('q')
except TypeError as e: print(e)
try: P(1).x = 3
except attr.exceptions.FrozenInstanceError as e: print(type(e), e)
print(dateutil.parser.parse('Thu Sep 25 10:36:28 2003 +0300'), dateutil.parser.parse('3rd of May 2001'), list(dateutil.rrule.rrule(dateutil.rrule.MONTHLY, count=3, byweekday=dateutil.rrule.FR(-1), dtstart=datetime.datetime(2020, 1, 1))) if hasattr(dateutil, 'rrule') else '')
print(babel.numbers.format_currency(1234567.891, 'EUR', locale='de_DE'), babel.dates.format_datetime(datetime.datetime(2020, 2, 3, 4, 5), locale='fr_FR'))
c = rich.console.Console(file=io.StringIO(), width=60, force_terminal=True, color_system='truecolor'); t = rich.table.Table(title='T'); t.add_column('a', style='red'); t.add_row('[b]x[/b]'); c.print(t, {'k': [1, 2, {'z': None}] * 4}); 
try: 1 / 0
except Exception: c.print_exception(show_locals=False)
print(len(c.file.getvalue()))
@click.group()
@click.option('--v/--no-v', default=False)
@click.pass_context
def cli(ctx, v): ctx.obj = v
@cli.command()
@click.argument('n', type=int)
@click.option('--c', type=click.Choice(['a', 'b']), default='a', help='which')
@click.pass_obj
def go(o, n, c): "Goes n times."; click.secho(f'{o} {n} {c}', fg='red')
R = click.testing.CliRunner()
for a in (['--v', 'go', '3'], ['go', 'x'], ['--help'], ['go', '--help'], ['go', '1', '--c', 'z'], ['og']): r = R.invoke(cli, a); print(r.exit_code, r.output)
ast = pycparser.c_parser.CParser().parse('int f(int a, char *b[3]) { for (int i = 0; i < a; i++) { a += i << 2; } return a ? *b[0] : 1; } struct s { int x:3; };'); 
buf = io.StringIO(); ast.show(buf=buf, attrnames=True); print(buf.getvalue())
from pycparser import c_generator; print(c_generator.CGenerator().visit(ast))
print(list(mi.chunked(range(7), 3)), list(mi.windowed('abcd', 2)), mi.first_true([0, 3]), list(mi.set_partitions([1, 2, 3])), list(mi.interleave_longest('ab', 'xyz')))
print(simplejson.dumps({'a': __import__('decimal').Decimal('1.10')}, use_decimal=True))
