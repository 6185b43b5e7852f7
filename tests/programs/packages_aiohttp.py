"""aiohttp serves and fetches: JSON, streams, web sockets, forms."""
# timeout: 120
import asyncio, json
from aiohttp import web, ClientSession, WSMsgType, FormData
async def hello(r): return web.json_response({'name': r.match_info['name'], 'q': dict(r.query)})
async def ws(r):
    w = web.WebSocketResponse(); await w.prepare(r)
    async for m in w:
        if m.type == WSMsgType.TEXT:
            if m.data == 'end': await w.close()
            else: await w.send_str(m.data[::-1])
    return w
async def stream(r):
    resp = web.StreamResponse(); resp.enable_chunked_encoding(); await resp.prepare(r)
    for i in range(20): await resp.write(b'%d,' % i * 100)
    await resp.write_eof(); return resp
async def post(r):
    d = await r.post(); return web.Response(text=repr(sorted((k, v if isinstance(v, str) else (v.filename, len(v.file.read()))) for k, v in d.items())))
async def main():
    app = web.Application()
    app.add_routes([web.get('/h/{name}', hello), web.get('/ws', ws), web.get('/s', stream), web.post('/p', post)])
    run = web.AppRunner(app); await run.setup()
    site = web.TCPSite(run, '127.0.0.1', 0); await site.start()
    port = site._server.sockets[0].getsockname()[1]; b = f'http://127.0.0.1:{port}'
    async with ClientSession() as s:
        async def one(i):
            async with s.get(f'{b}/h/x{i}', params={'a': str(i)}) as r: return r.status, await r.json()
        print(await asyncio.gather(*[one(i) for i in range(50)]))
        async with s.get(b + '/s') as r: d = await r.read(); print(len(d), r.headers['Transfer-Encoding'])
        async with s.ws_connect(b + '/ws') as w:
            for x in ['abc', 'ü' * 200, 'q' * 70000]:
                await w.send_str(x); m = await w.receive(); print(m.type, m.data == x[::-1])
            await w.send_str('end'); print((await w.receive()).type)
        f = FormData(); f.add_field('a', 'b'); f.add_field('f', b'z' * 5000, filename='z.bin')
        async with s.post(b + '/p', data=f) as r: print(await r.text())
        async with s.get(b + '/none') as r: print(r.status, r.reason)
    await run.cleanup()
asyncio.run(main())
