# A connection that its SNI callback shows to other threads, which use it while the handshake goes on.
import ssl
import threading

from _stress import check, done, together, turns

TURNS = turns(30)


def context(protocol):
    c = ssl.SSLContext(protocol)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    c.maximum_version = ssl.TLSVersion.TLSv1_2
    c.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    return c


def look(connection, over):
    while not over.is_set():
        connection.version(), connection.cipher(), connection.pending(), connection.selected_alpn_protocol()
        try:
            connection.write(b"early")
        except ssl.SSLError:
            pass


def work(number, random):
    for turn in range(TURNS):
        client_context, server_context = context(ssl.PROTOCOL_TLS_CLIENT), context(ssl.PROTOCOL_TLS_SERVER)
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client_context.wrap_bio(to_client, to_server, server_hostname="example.org")
        server = server_context.wrap_bio(to_server, to_client, server_side=True)
        over, threads = threading.Event(), []

        def show(connection, name, context):
            check(name == "example.org", "another name")
            threads.append(threading.Thread(target=look, args=(connection, over)))
            threads[-1].start()

        server_context.sni_callback = show
        left = [client, server]
        for _ in range(10):
            for connection in left[:]:
                try:
                    connection.do_handshake()
                    left.remove(connection)
                except ssl.SSLWantReadError:
                    pass
        over.set()
        for thread in threads:
            thread.join()
        check(not left and len(threads) == 1, "no handshake")


together(work, 3)
done()
