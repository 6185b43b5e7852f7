"""Twisted: a line protocol, a web server and its client, threads, coroutines, loops."""
# timeout: 120
from twisted.internet import reactor, defer, protocol, task, threads
from twisted.protocols import basic
from twisted.web import server, resource, client
class Echo(basic.LineReceiver):
    def lineReceived(self, l): self.sendLine(l[::-1])
f=protocol.ServerFactory(); f.protocol=Echo
port=reactor.listenTCP(0,f,interface='127.0.0.1')
class C(basic.LineReceiver):
    def connectionMade(self): self.got=[]; [self.sendLine(b'line %d'%i) for i in range(3)]
    def lineReceived(self,l):
        self.got.append(l)
        if len(self.got)==3: self.factory.d.callback(self.got); self.transport.loseConnection()
class R(resource.Resource):
    isLeaf=True
    def render_GET(self, r): return b'path '+r.path
    def render_POST(self, r):
        d=threads.deferToThread(sum, range(100)); d.addCallback(lambda v: (r.write(str(v).encode()), r.finish())); return server.NOT_DONE_YET
web=reactor.listenTCP(0,server.Site(R()),interface='127.0.0.1')
@defer.inlineCallbacks
def main():
    cf=protocol.ClientFactory(); cf.protocol=C; cf.d=defer.Deferred()
    reactor.connectTCP('127.0.0.1',port.getHost().port,cf)
    print((yield cf.d))
    ag=client.Agent(reactor)
    u=b'http://127.0.0.1:%d/abc'%web.getHost().port
    r=yield ag.request(b'GET',u); print(r.code,(yield client.readBody(r)))
    r=yield ag.request(b'POST',u); print(r.code,(yield client.readBody(r)))
    print((yield defer.gatherResults([threads.deferToThread(pow,2,i) for i in range(8)])))
    try: yield threads.deferToThread(lambda: 1/0)
    except ZeroDivisionError as e: print(repr(e))
    async def co(): await task.deferLater(reactor,0.01,lambda:None); return 'co'
    print((yield defer.ensureDeferred(co())))
    n=[0]
    lc=task.LoopingCall(lambda: n.__setitem__(0,n[0]+1) or (n[0]==4 and lc.stop()))
    yield lc.start(0.001); print(n)
    reactor.stop()
reactor.callWhenRunning(lambda: main().addErrback(lambda f: (f.printTraceback(), reactor.stop())))
reactor.run()
