import sqlite3, datetime, re
def p(f,*a,**k):
    try: print(re.sub('0x[0-9a-f]+','0x',repr(f(*a,**k))))
    except BaseException as e: print(type(e).__name__, re.sub('thread id [0-9]+','thread id',str(e)), {k:v for k,v in getattr(e,'__dict__',{}).items()})
c=sqlite3.connect(':memory:'); cu=c.cursor()
p(cu.execute,'select 1; select 2'); p(cu.execute,'select \0'); p(cu.execute,'selec'); p(cu.execute,1); p(cu.execute); p(cu.execute,'select ?'); p(cu.execute,'select ?',(1,2)); p(cu.execute,'select ?',1); p(cu.execute,'select ?',{}); p(cu.execute,'select :a',{}); p(cu.execute,'select :a',{'a':[]}); p(cu.execute,'select ?',([],)); p(cu.execute,'select ?',(2**63,)); p(cu.execute,'select ?',('\ud800',)); p(cu.executemany,'select 1',[()]); p(cu.executemany,'insert into x values(?)',1); p(cu.executescript,1); p(cu.executescript,'select 1; selec'); p(cu.executescript,'\0')
cu.execute('create table t(a integer primary key, b text unique)'); p(cu.execute,"insert into t values(1,'x')"); print(cu.lastrowid,cu.rowcount); p(cu.execute,"insert into t values(1,'x')"); print(c.in_transaction,c.total_changes,c.isolation_level); p(cu.executemany,"insert into t(b) values(?)",[('a',),('b',)]); print(cu.lastrowid,cu.rowcount)
print(cu.execute('select * from t').description, cu.fetchone(), cu.fetchmany(1), cu.fetchall(), cu.fetchone())
print(cu.execute('select 1 as "x [foo]", null, 1.5, x\'00ff\', \'é\'').description, cu.fetchall())
p(setattr,c,'isolation_level','foo'); p(setattr,c,'isolation_level',1); p(delattr,c,'isolation_level'); c.isolation_level='exclusive'; print(c.isolation_level); c.isolation_level=None; print(c.isolation_level)
p(sqlite3.connect); p(sqlite3.connect,1); p(sqlite3.connect,'/nonexistent/x'); p(sqlite3.connect,':memory:',isolation_level='x'); p(sqlite3.Connection,':memory:',1,2,3,4,5,6,7,8,9); p(sqlite3.connect,':memory:',foo=1); p(sqlite3.Cursor); p(sqlite3.Cursor,1)
class C(sqlite3.Cursor):
    def __init__(s): pass
p(lambda:C().execute('x'))
class D(sqlite3.Connection):
    def __init__(s): pass
p(lambda:D().cursor()); p(lambda:D().close())
p(c.create_function,'f',1,1); p(c.create_function,'f',-2,lambda:1); c.create_function('f',1,lambda x:x*2); print(cu.execute('select f(4),f(1.5)').fetchall()); p(cu.execute,"select f(x'00')"); p(cu.execute,"select f(null)"); c.create_function('g',1,lambda x:[]); p(cu.execute,'select g(1)'); p(cu.execute,'select f(1,2)'); p(cu.execute,'select nofunc(1)')
class A:
    def __init__(s): s.n=0
    def step(s,x): s.n+=x
    def finalize(s): return s.n
c.create_aggregate('agg',1,A); print(cu.execute('select agg(a) from t').fetchall())
class B: pass
c.create_aggregate('bad',1,B); p(cu.execute,'select bad(a) from t')
class W(A):
    def value(s): return s.n
    def inverse(s,x): s.n-=x
c.create_window_function('win',1,W); print(cu.execute('select win(a) over (order by a rows between 1 preceding and 1 following) from t').fetchall())
c.create_collation('rev',lambda x,y:(x<y)-(x>y)); print(cu.execute('select b from t order by b collate rev').fetchall()); p(c.create_collation,'x',1); p(c.create_collation,1,1); c.create_collation('rev',None); p(cu.execute,'select b from t order by b collate rev')
c.row_factory=sqlite3.Row; r=c.execute('select a,b from t').fetchone(); print(r.keys(),r[0],r['B'],r[-1],len(r),tuple(r),r[0:1],r==r,hash(r)==hash(r)); p(lambda:r['zz']); p(lambda:r[5]); p(lambda:r[1.5]); p(sqlite3.Row,1,2); p(sqlite3.Row,cu,2); c.row_factory=None
c.text_factory=bytes; print(c.execute("select 'é'").fetchall()); c.text_factory=lambda x:x[:1]; print(c.execute("select 'abc'").fetchall()); c.text_factory=str; p(lambda:c.execute("select cast(x'ff' as text)").fetchall())
b=c.execute('create table bl(b blob)'); c.execute("insert into bl values(zeroblob(10))"); bl=c.blobopen('bl','b',1); p(bl.write,b'abc'); p(bl.write,b'x'*20); p(bl.tell); p(bl.seek,0); p(bl.read,3); p(bl.read); p(bl.seek,100); p(bl.seek,0,5); print(len(bl),bl[0],bl[0:3],bl[::4]); bl[0]=65; bl[1:3]=b'BC'; p(bl.__setitem__,0,300); p(bl.__setitem__,0,'a'); p(bl.__setitem__,slice(0,2),b'abc'); p(bl.__delitem__,0); p(lambda:bl[100]); p(lambda:bl['a']); bl.seek(0); p(bl.read); p(c.blobopen,'nope','b',1); p(c.blobopen,'bl','b',5); bl.close(); p(bl.read)
p(c.serialize); print(len(c.serialize())); d=sqlite3.connect(':memory:'); d.deserialize(c.serialize()); print(d.execute('select count(*) from t').fetchall()); p(d.deserialize,b'abc'); p(d.execute,'select * from t'); p(d.deserialize,1)
e=sqlite3.connect(':memory:'); p(c.backup,e); p(c.backup,c); p(c.backup,1); p(c.backup,e,progress=1); p(c.backup,e,pages=1,progress=lambda *a:print(a)); p(c.backup,e,name='x')
p(c.setlimit,sqlite3.SQLITE_LIMIT_SQL_LENGTH,5); p(c.execute,'select 11111'); p(c.getlimit,999); p(c.setlimit,999,1); c.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH,10**6)
p(c.set_authorizer,lambda *a:sqlite3.SQLITE_DENY); p(c.execute,'select * from t'); p(c.set_authorizer,None); p(c.set_trace_callback,print); c.execute('select 1+1'); c.set_trace_callback(None); c.set_progress_handler(lambda:1,1); p(c.execute,'select * from t,t,t'); c.set_progress_handler(None,1)
print(sqlite3.adapt(1) if 0 else '', end=''); p(sqlite3.adapt,object()); p(sqlite3.adapt,1,sqlite3.PrepareProtocol,'alt'); p(sqlite3.register_adapter,1,2); p(sqlite3.register_converter,1,2); p(sqlite3.complete_statement,'select 1;'); p(sqlite3.complete_statement,'select 1')
f=sqlite3.connect(':memory:',detect_types=sqlite3.PARSE_DECLTYPES|sqlite3.PARSE_COLNAMES); f.execute('create table d(a date,b timestamp,c foo(1))'); f.execute('insert into d values(?,?,?)',(datetime.date(2020,1,2),datetime.datetime(2020,1,2,3,4,5,6),1)); print(f.execute('select * from d').fetchall()); print(f.execute('select a as "a [timestamp]" from d where 0').description)
with c: pass
try:
    with c: 1/0
except ZeroDivisionError: pass
p(c,'select 1'); p(c); p(c.interrupt); p(c.close); p(c.close); p(c.execute,'x'); p(cu.execute,'x'); p(cu.fetchone); p(lambda:c.total_changes); p(lambda:c.in_transaction); p(cu.close); p(c.commit); p(c.__enter__)
import threading
def t(): p(d.execute,'select 1')
x=threading.Thread(target=t); x.start(); x.join()
g=sqlite3.connect(':memory:'); cu=g.cursor(); cu.execute('create table q(a)'); 
def it():
    yield (1,)
    p(cu.execute,'select 1')
    yield (2,)
p(cu.executemany,'insert into q values(?)',it()); print(list(g.iterdump())); print(g.execute('insert into q values(3) returning a').fetchall()); p(cu.setinputsizes,1); p(cu.setoutputsize,1); p(cu.fetchmany,'x'); cu.arraysize=2; print(cu.execute('select a from q').fetchmany(),[r for r in cu]); p(g.enable_load_extension,1); p(g.load_extension,'nope')
