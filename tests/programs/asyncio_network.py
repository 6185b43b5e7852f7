# asyncio: a server and many clients, plain and over TLS; subprocesses; executors; time-outs.
import asyncio
import os
import ssl
import subprocess
import sys
import tempfile


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def talk(port, name, **tls):
    reader, writer = await asyncio.open_connection("localhost", port, **tls)
    got = []
    for i in range(5):
        writer.write(f"{name} {i}\n".encode())
        await writer.drain()
        got.append((await reader.readline()).decode().strip())
    writer.close()
    await writer.wait_closed()
    return got


async def exchange(server_context, client_context):
    server = await asyncio.start_server(serve, "localhost", 0, ssl=server_context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        all_of_them = await asyncio.gather(*(talk(port, f"client{i}", ssl=client_context) for i in range(20)))
    print(len(all_of_them), all_of_them[7], all(len(x) == 5 for x in all_of_them))


async def main(folder):
    await exchange(None, None)
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    client = ssl.create_default_context(cafile=cert)
    await exchange(server, client)
    stranger = ssl.create_default_context()
    try:
        await exchange(server, stranger)
    except ssl.SSLCertVerificationError as e:
        print(e.reason, e.verify_message)
    p = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1]); sys.exit(4)", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = await p.communicate(b"abc")
    print(out, p.returncode)
    shells = await asyncio.gather(*(asyncio.create_subprocess_shell(f"echo {i}", stdout=subprocess.PIPE) for i in range(5)))
    print([(await p.communicate())[0] for p in shells])
    loop = asyncio.get_running_loop()
    print(await asyncio.gather(*(loop.run_in_executor(None, pow, 2, n) for n in range(8))))
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.05)
    except asyncio.TimeoutError:
        print("time is up")
    queue = asyncio.Queue(3)

    async def produce():
        for i in range(10):
            await queue.put(i)
        await queue.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        print([i async for i in numbers(queue)])


async def numbers(queue):
    while (i := await queue.get()) is not None:
        yield i


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
