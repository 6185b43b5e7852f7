# Hashes, compressors, maps, sockets and a TLS connection, each used by all threads at once: nothing is lost, nothing breaks.
import bz2
import hashlib
import hmac
import lzma
import mmap
import os
import re
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import zlib

import _stress
from _stress import THREADS, check, together, turns

PIECE = b"0123456789abcdef" * 300
TURNS = turns(30)

# one hash, one code, one compressor of each kind: the pieces are equal, so their order doesn't matter
for make in (hashlib.sha256, hashlib.md5, hashlib.sha3_256, lambda: hashlib.blake2b(key=b"k"), lambda: hmac.new(b"k", digestmod="sha1")):
    h, expected = make(), make()

    def update(number, random):
        for _ in range(TURNS):
            h.update(PIECE)
            h.copy().hexdigest()

    together(update)
    for _ in range(THREADS * TURNS):
        expected.update(PIECE)
    check(h.digest() == expected.digest(), "hash", h.name)

for name, make, unpack in (("zlib", zlib.compressobj, zlib.decompress), ("bz2", bz2.BZ2Compressor, bz2.decompress), ("lzma", lambda: lzma.LZMACompressor(preset=0), lzma.decompress)):
    c, pieces, lock = make(), [], threading.Lock()

    def compress(number, random):
        for _ in range(TURNS // 5 + 1):
            with lock:  # so that the pieces of output are in order
                pieces.append(c.compress(PIECE))

    together(compress)
    pieces.append(c.flush())
    check(unpack(b"".join(pieces)) == PIECE * (THREADS * (TURNS // 5 + 1)), name)
    c = make()

    def race(number, random):
        for turn in range(TURNS // 5 + 1):
            try:
                c.compress(PIECE)
                if turn == 3:
                    c.flush()
            except (ValueError, zlib.error):
                pass

    together(race)

# one map: bytes of their own for each thread, and a close in the middle of it all
m = mmap.mmap(-1, THREADS * 64)


def write(number, random):
    for turn in range(TURNS):
        m[number * 64 : number * 64 + 64] = bytes([turn % 256]) * 64
        check(m[number * 64 : number * 64 + 64] == bytes([turn % 256]) * 64, "mmap", number)
        m.find(b"xyz", 0)


together(write)


def close(number, random):
    for turn in range(TURNS):
        try:
            m[number], m.tell(), len(m)
            if number == 0 and turn == TURNS // 2:
                m.close()
        except (ValueError, BufferError):
            pass


together(close)

# one pair of datagram sockets: every message arrives whole and once
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
got, senders = [], max(1, THREADS // 2)


def talk(number, random):
    if number < senders:
        for turn in range(TURNS):
            a.send(b"%d %d" % (number, turn))
    elif number == senders:
        while len(got) < senders * TURNS:
            got.append(b.recv(100))


together(talk, senders + 1)
check(len(set(got)) == senders * TURNS, "socket", len(set(got)), senders * TURNS)

# one epoll object
poll = select.epoll()
poll.register(a, select.EPOLLOUT)


def watch(number, random):
    for _ in range(TURNS):
        check(poll.poll(1) == [(a.fileno(), select.EPOLLOUT)], "epoll")


together(watch)
a.close()
b.close()

# one TLS connection: all write on one side, one reads on the other, both ways at once
with tempfile.TemporaryDirectory() as folder:
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key, "-out", cert, "-subj", "/CN=x", "-addext",
         "subjectAltName=DNS:x"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server_context, client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=cert)
    server_context.load_cert_chain(cert, key)
    a, b = socket.socketpair()
    ends = [None, None]

    def shake(number, random):
        if number == 0:
            ends[0] = server_context.wrap_socket(a, server_side=True)
        else:
            ends[1] = client_context.wrap_socket(b, server_hostname="x")

    together(shake, 2)
    writers = max(1, min(THREADS, 16) // 2)
    received = [bytearray(), bytearray()]

    def message(number):  # of every length, some longer than what the kernel takes at once
        return bytes([number]) * (number * 40001 % 300000 + 1)

    expected = [sum(len(message(n)) for n in range(2 + side, 2 + 2 * writers, 2)) * (TURNS // 5 + 1) for side in (0, 1)]

    def both(number, random):
        side = number % 2
        if number < 2:
            while len(received[side]) < expected[side]:
                received[side] += ends[side].recv(100000)
        else:
            for _ in range(TURNS // 5 + 1):
                check(ends[1 - side].send(message(number)) == len(message(number)), "TLS send")
                ends[side].cipher()

    together(both, 2 + 2 * writers)
    for side in (0, 1):
        total = dict.fromkeys(range(2 + side, 2 + 2 * writers, 2), 0)
        for run in re.finditer(rb"(.)\1*", received[side], re.DOTALL):
            number, length = run[1][0], len(run[0])
            check(length % len(message(number)) == 0, "TLS: a message was torn", number, length)
            total[number] += length // len(message(number))
        check(set(total.values()) == {TURNS // 5 + 1}, "TLS: messages were lost", total)

    def connect(number, random):
        x, y = socket.socketpair()
        answer = []

        def serve():
            with server_context.wrap_socket(x, server_side=True) as s:
                answer.append(s.recv(100))

        t = threading.Thread(target=serve)
        t.start()
        with client_context.wrap_socket(y, server_hostname="x") as s:
            s.sendall(b"%d" % number)
        t.join()
        check(answer == [b"%d" % number], "TLS connection", answer)

    together(connect)
_stress.done()
