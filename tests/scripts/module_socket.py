# _socket: constants, messages of errors, sending and receiving.
import _socket, socket, threading, sys
for n in sorted(dir(_socket)):
    v=getattr(_socket,n)
    if isinstance(v,(int,str)) and not n.startswith('__'): print(n,v)
a,b=socket.socketpair()
a.send(b'hi')
print(b.recv(10), b.gettimeout())
b.settimeout(0.1)
try: b.recv(1)
except TimeoutError as e: print(repr(e))
b.setblocking(False)
try: b.recv(1)
except BlockingIOError as e: print(repr(e))
s=socket.create_server(('127.0.0.1',0))
def srv():
    c,ad=s.accept(); 
    with c: c.sendall(c.recv(100).upper())
t=threading.Thread(target=srv)
t.start()
c=socket.create_connection(s.getsockname()); c.send(b'abc'); print(c.recv(10)); t.join(); c.close(); s.close()
for f in [lambda: socket.socket(fileno=-1), lambda: socket.socket(fileno='x'), lambda: socket.socket(fileno=1.5), lambda:socket.socket(fileno=0), lambda: socket.socket(fileno=99999),
  lambda: a.bind(5), lambda: socket.socket().bind(5), lambda: socket.socket().bind(('',99999)), lambda: socket.socket().bind(('',1,2)), lambda: socket.socket().bind((b'\0',1)),
  lambda: socket.getaddrinfo('127.0.0.1',80), lambda: socket.getaddrinfo('::1','http'), lambda: socket.getaddrinfo(1,1), lambda: socket.getaddrinfo(None,1.5),
  lambda: socket.getservbyname('http','tcp'), lambda: socket.getservbyname('nope'), lambda: socket.getservbyport(-1), lambda: socket.getservbyport(80),
  lambda: socket.inet_aton('300.1.1.1'), lambda: socket.inet_ntoa(b'12345'), lambda: socket.inet_pton(99,'1'), lambda: socket.inet_pton(socket.AF_INET,'x'), lambda: socket.inet_ntop(socket.AF_INET6,b'a'*16), lambda: socket.inet_ntop(socket.AF_INET6,b'a'),lambda: socket.inet_ntop(9999,b'a'),
  lambda: socket.htons(-1), lambda: socket.htons(70000), lambda: socket.htonl(-1), lambda: socket.htonl(1<<40),lambda: socket.htonl('a'), lambda: socket.ntohl(0x01020304),
  lambda: socket.if_nametoindex('lo'), lambda: socket.if_nametoindex('nope'), lambda: socket.if_indextoname(1), lambda: socket.if_indextoname(99999), lambda: socket.if_indextoname(-1), lambda: socket.if_indextoname(1<<70),
  lambda: a.settimeout(-1), lambda: a.settimeout('x'), lambda: a.settimeout(1e30), lambda: a.settimeout(1e9), lambda: a.recv(-1), lambda: a.recv_into(b'abc'), lambda: a.recv_into(bytearray(2),5), lambda: a.recvfrom_into(bytearray(2),5),
  lambda: a.sendto(b''), lambda: a.sendto(b'',1,2,3), lambda: a.sendto('a',1), lambda: a.sendto(b'',1,2), lambda: a.setsockopt(1,2,None), lambda: a.setsockopt(1,2,'x'), lambda: a.getsockopt(1,2,5000), lambda: a.getsockopt(1,2,100),lambda: a.getsockopt(1,2),
  lambda: a.sendmsg(1), lambda: a.sendmsg([1]), lambda: a.sendmsg([b''],1), lambda: a.sendmsg([b''],[1]), lambda: a.sendmsg([b''],[(1,2)]), lambda: a.recvmsg(-1), lambda: a.recvmsg(1,-1), lambda: a.recvmsg_into([b'a']),lambda: a.recvmsg_into(5),
  lambda: a.sendmsg_afalg(), lambda: socket.CMSG_LEN(-1), lambda: socket.CMSG_LEN(10), lambda: socket.CMSG_SPACE(10), lambda: socket.CMSG_SPACE(1<<31), lambda: socket.gethostbyname('127.0.0.1'), lambda: socket.gethostbyname_ex('127.0.0.1'), lambda: socket.gethostbyaddr('127.0.0.1'), lambda: socket.getnameinfo(('127.0.0.1',80),0), lambda: socket.getnameinfo(('::1',80,0,0),socket.NI_NUMERICHOST),
  lambda: socket.getnameinfo('a',1), lambda: socket.getnameinfo((1,2),3), lambda: socket.getprotobyname('tcp'), lambda: socket.getprotobyname('tcpx'), lambda: socket.socket(1,2,3,4,5), lambda: socket.SocketType, lambda: _socket.socket(fileno=a.fileno()).family,
  lambda: socket.close(-1), lambda: socket.close(99999), lambda: _socket.dup(9999), lambda: a.connect('x'*200), lambda: a.connect(5), lambda: socket.socket().connect(('127.0.0.1',1)), lambda: socket.socket().connect_ex(('127.0.0.1',1)),lambda: socket.socket(99), lambda: socket.gethostbyname('\0'), lambda: socket.gethostbyname('a'*300),lambda: socket.getaddrinfo('a'*300,1), lambda: socket.gethostbyname('é'*300), lambda: socket.gethostbyname(5), lambda: a.shutdown(99), lambda: a.listen('x'), lambda: socket.socket(socket.AF_INET6).bind(('::1',0,1<<30)), lambda: socket.socket(socket.AF_INET6).bind(('::1',)), lambda: socket.socket(socket.AF_INET6).bind('::1'), lambda: a.getpeername(), lambda:b.getsockname(), lambda: socket.socket().getpeername(), lambda: a.sendmsg([b'ab',b'c'],[(socket.SOL_SOCKET, socket.SCM_RIGHTS, b'\1\0\0\0')],0,None), lambda: [b.settimeout(5)]+[ (x[0],len(x[1]),x[2:]) for x in [b.recvmsg(10,100)]],
  lambda: a.gettimeout(), lambda: a.getblocking(), lambda: a.type, lambda: a.family, lambda: a.proto, lambda: a.timeout]:
    try:
        print(f())
    except BaseException as e: print(type(e), str(e), e.args if isinstance(e,OSError) else '')
