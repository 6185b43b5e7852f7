# urllib.request in ten threads against a threading http.server, plain and over TLS.
import concurrent.futures
import hashlib
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/big":
            n = int(urllib.parse.parse_qs(parts.query)["n"][0])
            self.answer(200, b"0123456789" * n, "text/plain")
        elif parts.path == "/json":
            self.answer(200, json.dumps({"path": self.path, "agent": self.headers["X-Name"]}).encode())
        elif parts.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/json")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(404, b"{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, hashlib.sha256(body).hexdigest().encode(), "text/plain")

    def log_message(self, *args):
        pass


def visit(base, context, i):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    seen = []
    for n in range(5):
        with opener.open(f"{base}/big?n={n * 1000 + i}") as r:
            body = r.read()
            seen.append((r.status, len(body), body[-1:]))
    request = urllib.request.Request(base + "/json", headers={"X-Name": f"thread {i}"})
    with opener.open(request) as r:
        seen.append(json.load(r)["agent"])
    with opener.open(base + "/moved") as r:
        seen.append(r.geturl().removeprefix(base))
    data = bytes(range(256)) * (i + 1)
    with opener.open(base + "/", data) as r:
        seen.append(r.read().decode() == hashlib.sha256(data).hexdigest())
    try:
        opener.open(base + "/nothing")
    except urllib.error.HTTPError as e:
        seen.append((e.code, e.reason))
        e.close()
    return seen


def run(server_context, client_context):
    server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
    if server_context:
        server.socket = server_context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"{'https' if server_context else 'http'}://localhost:{server.server_address[1]}"
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for seen in pool.map(lambda i: visit(base, client_context, i), range(10)):
            print(seen)
    server.shutdown()
    thread.join()
    server.server_close()


run(None, None)
with tempfile.TemporaryDirectory() as folder:
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    run(context, ssl.create_default_context(cafile=cert))
