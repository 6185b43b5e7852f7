"""SQLAlchemy: mapped classes, queries, errors, several threads with sessions of their own on one file, other dialects' SQL."""
# timeout: 120
import sqlalchemy as sa, threading
from sqlalchemy import orm
Base=orm.declarative_base()
class User(Base):
    __tablename__='u'; id=sa.Column(sa.Integer,primary_key=True); name=sa.Column(sa.String(30),unique=True); posts=orm.relationship('Post',back_populates='user',cascade='all, delete-orphan')
    def __repr__(self): return f'<{self.name}>'
class Post(Base):
    __tablename__='p'; id=sa.Column(sa.Integer,primary_key=True); t=sa.Column(sa.String); uid=sa.Column(sa.ForeignKey('u.id')); user=orm.relationship(User,back_populates='posts')
e=sa.create_engine('sqlite://',poolclass=sa.pool.StaticPool,connect_args={'check_same_thread':False})
Base.metadata.create_all(e)
with orm.Session(e) as s:
    for n in 'abc': s.add(User(name=n,posts=[Post(t=n*i) for i in range(3)]))
    s.commit()
    q=sa.select(User.name,sa.func.count(Post.id)).join(Post).group_by(User.name).having(sa.func.count()>1).order_by(User.name.desc())
    print(q); print(s.execute(q).all())
    u=s.query(User).filter_by(name='a').one(); print(u,[p.t for p in u.posts]); s.delete(u); s.commit(); print(s.query(Post).count())
    s.add(User(name='b'))
    try: s.commit()
    except sa.exc.IntegrityError as x: print(x); s.rollback()
    print(s.scalars(sa.select(User).options(orm.selectinload(User.posts)).order_by(User.id)).all())
    try: s.query(User).filter_by(zz=1)
    except Exception as x: print(type(x),x)
print(sa.inspect(e).get_columns('u'))
import tempfile,os
f=tempfile.mktemp()
e2=sa.create_engine('sqlite:///'+f, connect_args={'timeout':60}); Base.metadata.create_all(e2)
def w(k):
    for i in range(10):
        with orm.Session(e2) as s:
            s.add(User(name=f'{k}-{i}',posts=[Post(t='x')])); s.commit()
ts=[threading.Thread(target=w,args=(k,)) for k in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]
with orm.Session(e2) as s: print(s.query(User).count(), s.query(Post).count())
os.unlink(f)
t=sa.table('x',sa.column('a'),sa.column('b'))
from sqlalchemy.dialects import postgresql, mysql, oracle
st=sa.select(t.c.a, sa.case((t.c.b>1,'x'),else_='y')).where(t.c.a.in_([1,2])|t.c.b.is_(None)).limit(5).offset(2)
for d in postgresql,mysql,oracle: print(st.compile(dialect=d.dialect(),compile_kwargs={'literal_binds':True}))
