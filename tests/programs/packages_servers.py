"""Servers with threads on loopback: Bottle on waitress, websockets, RPyC."""
# timeout: 120
import asyncio
import json
import logging
import threading
import time
import urllib.error
import urllib.request

import bottle
import rpyc
import rpyc.utils.server
import waitress
import websockets


def at_once(count, work):
    """work(0), work(1) … in as many threads; what they gave, in order."""
    got = [None] * count

    def run(i):
        got[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return got


# -- Bottle, waitress
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
app = bottle.Bottle()
PAGE = "<b>{{n}}</b>\n% for i in range(n):\n{{i}}{{'<'}}\n% end\n"
@app.route("/page/<n:int>")
def page(n): return bottle.template(PAGE, n=n)
@app.post("/form")
def form(): return {"form": bottle.request.forms.get("a"), "json": bottle.request.json}
@app.route("/fail")
def fail(): raise bottle.HTTPError(418, "tea")
server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
threading.Thread(target=server.run, daemon=True).start()
base = f"http://127.0.0.1:{server.effective_port}"


def fetch(path, data=None, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, data=data, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, "tea" in e.read().decode()


print(at_once(8, lambda k: [fetch(f"/page/{k + i}") for i in range(5)]))
print(fetch("/form", b"a=5"), fetch("/form", json.dumps({"q": [1]}).encode(), **{"Content-Type": "application/json"}), fetch("/fail"), fetch("/none"))
server.close()


# -- websockets
async def echo(socket):
    async for message in socket:
        await socket.send(message.upper() if isinstance(message, str) else message[::-1])


async def talk(port, k):
    async with websockets.connect(f"ws://127.0.0.1:{port}") as socket:
        await socket.send(f"hello {k}")
        await socket.send(bytes([k]) * 70000 + b"end")
        return await socket.recv(), len(await socket.recv())


async def sockets():
    async with websockets.serve(echo, "127.0.0.1", 0) as serving:
        port = serving.sockets[0].getsockname()[1]
        return await asyncio.gather(*(talk(port, k) for k in range(6)))


print(asyncio.run(sockets()))


# -- RPyC
class Service(rpyc.Service):
    def exposed_add(self, a, b): return a + b
    def exposed_squares(self, n): return (i * i for i in range(n))
    def exposed_call(self, f, x): return f(x)
    def exposed_fail(self): return 1 // 0


service = rpyc.utils.server.ThreadedServer(Service, hostname="127.0.0.1", port=0)
threading.Thread(target=service.start, daemon=True).start()
while not service.active: time.sleep(0.01)
remote = rpyc.connect("127.0.0.1", service.port)
print(remote.root.add(1, 2), list(remote.root.squares(5)), remote.root.call(lambda x: x * 2, 21))
try:
    remote.root.fail()
except ZeroDivisionError as e:
    print(str(e).splitlines()[0])


def many(k):
    own = rpyc.connect("127.0.0.1", service.port)
    try:
        return sum(own.root.add(i, k) for i in range(20))
    finally:
        own.close()


print(at_once(6, many))
remote.close()
service.close()
