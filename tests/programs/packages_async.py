"""Asynchronous servers and clients: FastAPI under uvicorn asked by httpx, from a thread and from many tasks; trio, anyio; tornado."""
# timeout: 120
import asyncio, trio, anyio, httpx, uvicorn, fastapi, starlette, threading, tornado.web, tornado.ioloop, tornado.httpserver, tornado.testing, socket, time
from pydantic import BaseModel
app=fastapi.FastAPI()
class Item(BaseModel):
    name: str
    price: float = 1.5
    tags: list[str] = []
@app.post('/items/{n}')
async def make(n:int, item: Item, q: str|None=None): return {'n':n,'item':item,'q':q}
@app.get('/sync')
def sync(): return threading.current_thread() is not threading.main_thread()
s=socket.socket(); s.bind(('127.0.0.1',0)); port=s.getsockname()[1]; s.listen()
conf=uvicorn.Config(app,log_level='warning',lifespan='off'); server=uvicorn.Server(conf)
th=threading.Thread(target=lambda: server.run(sockets=[s])); th.start()
while not server.started: time.sleep(.01)
with httpx.Client(base_url=f'http://127.0.0.1:{port}') as c:
    print(c.post('/items/3?q=z',json={'name':'x','tags':['a']}).json())
    r=c.post('/items/z',json={'price':'q'}); print(r.status_code,r.json())
    print(c.get('/sync').json(), c.get('/nope').status_code, list(c.get('/openapi.json').json()['paths']))
async def many():
    async with httpx.AsyncClient() as c:
        rs=await asyncio.gather(*[c.post(f'http://127.0.0.1:{port}/items/{i}',json={'name':str(i)}) for i in range(30)])
        print(sum(r.json()['n'] for r in rs))
asyncio.run(many())
server.should_exit=True; th.join()
async def child(n, log, ev):
    await trio.sleep(0.01*n); log.append(n)
    if n==3: ev.set()
async def tmain():
    log=[]; ev=trio.Event()
    async with trio.open_nursery() as nu:
        for i in range(5): nu.start_soon(child,i,log,ev)
        await ev.wait()
    print(log)
    with trio.move_on_after(0.01) as cs: await trio.sleep(10)
    print(cs.cancelled_caught)
    print(await trio.to_thread.run_sync(lambda: trio.from_thread.run(trio.sleep,0) or 'thread'))
    try:
        with trio.fail_after(0.01): await trio.sleep(1)
    except trio.TooSlowError as e: print(repr(e))
    async def boom(): raise ValueError('x')
    try:
        async with trio.open_nursery() as nu: nu.start_soon(boom); nu.start_soon(trio.sleep_forever)
    except ValueError as e: print(repr(e))
    send,recv=trio.open_memory_channel(2)
    async def prod():
        async with send:
            for i in range(5): await send.send(i)
    async with trio.open_nursery() as nu:
        nu.start_soon(prod); print([v async for v in recv])
    p=await trio.run_process(['echo','hi'],capture_stdout=True); print(p.stdout)
trio.run(tmain)
async def amain():
    async with anyio.create_task_group() as tg:
        async def f(n): await anyio.sleep(0.001); print('any',n) if n==2 else None
        for i in range(3): tg.start_soon(f,i)
    print(await anyio.to_thread.run_sync(sum,[1,2]))
for be in 'asyncio','trio': anyio.run(amain,backend=be)
class H(tornado.web.RequestHandler):
    async def get(self,a): await asyncio.sleep(0.001); self.write({'a':a,'q':self.get_argument('q','-')})
class T(tornado.testing.AsyncHTTPTestCase):
    def get_app(self): return tornado.web.Application([(r'/x/(\w+)',H)])
    def test_it(self):
        r=self.fetch('/x/abc?q=1'); self.assertEqual(r.body,b'{"a": "abc", "q": "1"}'); self.assertEqual(self.fetch('/zz').code,404)
import unittest, logging
logging.disable(logging.CRITICAL)
print(unittest.TextTestRunner(stream=open('/dev/null','w')).run(unittest.defaultTestLoader.loadTestsFromTestCase(T)).wasSuccessful())
