# fcntl, termios, resource, pwd, grp, spwd, syslog: values and messages of errors.
import tempfile, fcntl, termios, resource, pwd, grp, syslog, warnings, os, struct, pty, array
warnings.simplefilter('ignore')
import spwd
for m in (fcntl, termios, resource, syslog):
    print([(n,getattr(m,n)) for n in dir(m) if isinstance(getattr(m,n),int)])
    print([n for n in dir(m) if not n.startswith('__')])
print(pwd.getpwuid(0), pwd.getpwnam('root')==pwd.getpwuid(0), grp.getgrgid(0), spwd.getspnam('root')[0], len(pwd.getpwall()), len(grp.getgrall()), len(spwd.getspall()), grp.getgrnam('root').gr_mem)
print(pwd.struct_passwd.n_fields, spwd.struct_spwd.n_fields, spwd.getspnam('root').sp_nam)
m,s=pty.openpty()
at=termios.tcgetattr(s); print(at)
at[3]&=~termios.ICANON; termios.tcsetattr(s,termios.TCSANOW,at); print(termios.tcgetattr(s)[6][:8])
termios.tcsetwinsize(s,(10,20)); print(termios.tcgetwinsize(s), fcntl.ioctl(s,termios.TIOCGWINSZ,b'\0'*8))
buf=array.array('H',[0]*4); print(fcntl.ioctl(s,termios.TIOCGWINSZ,buf), buf, fcntl.ioctl(s,termios.TIOCGWINSZ,bytearray(8),False))
print(fcntl.fcntl(s,fcntl.F_GETFL), fcntl.fcntl(s,fcntl.F_GETFD), fcntl.fcntl(1000 and s,fcntl.F_SETFD,1))
f=open(tempfile.mktemp(),'w+'); print(fcntl.flock(f,fcntl.LOCK_EX), fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB,10,2), fcntl.lockf(f,fcntl.LOCK_UN))
print(fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi',fcntl.F_WRLCK,0,0,0,0)))
print(resource.getpagesize(), len(resource.getrusage(resource.RUSAGE_SELF)), resource.prlimit(0,resource.RLIMIT_NOFILE)==resource.getrlimit(resource.RLIMIT_NOFILE))
print(syslog.LOG_MASK(3), syslog.LOG_UPTO(3), syslog.setlogmask(0xff))
for f in [lambda:pwd.getpwuid(12345), lambda:pwd.getpwuid(-5), lambda:pwd.getpwuid(1<<40), lambda: pwd.getpwuid('x'), lambda: pwd.getpwuid(1.5), lambda: pwd.getpwnam('nope'), lambda: pwd.getpwnam(3), lambda: pwd.getpwnam('a\0b'), lambda: pwd.getpwnam(), lambda: grp.getgrgid(12345), lambda: grp.getgrgid('x'), lambda: grp.getgrgid(-5), lambda: grp.getgrnam('nope'), lambda: grp.getgrnam(1), lambda: spwd.getspnam('nope'), lambda: spwd.getspnam(1),
 lambda: fcntl.fcntl(-1,1), lambda: fcntl.fcntl('x',1), lambda: fcntl.fcntl(s,fcntl.F_GETFL,b'a'*2000), lambda: fcntl.fcntl(s,1,1.5), lambda: fcntl.fcntl(9999,1), lambda: fcntl.ioctl(s,termios.TIOCGWINSZ,b'a'*2000), lambda: fcntl.ioctl(s,termios.TIOCGWINSZ,bytearray(2000),0), lambda: fcntl.ioctl(f,1,1),lambda: fcntl.ioctl(0,'x'), lambda: fcntl.lockf(f,99999), lambda: fcntl.lockf(s,0), lambda: fcntl.flock(s,99), lambda: fcntl.lockf(s,fcntl.LOCK_SH,'a'),
 lambda: termios.tcgetattr(f), lambda: termios.tcgetattr(-1), lambda: termios.tcsetattr(s,0,[]), lambda: termios.tcsetattr(s,0,at[:6]+[[]]), lambda: termios.tcsetattr(s,0,at[:6]+[['a']*32]), lambda: termios.tcsetattr(s,99,at), lambda: termios.tcsetattr(s,0,['a']*6+[[0]*32]), lambda: termios.tcsetwinsize(s,(1,)), lambda: termios.tcsetwinsize(s,(1<<20,1)), lambda: termios.tcsetwinsize(s,5), lambda: termios.tcflow(s,99), lambda: termios.error.__mro__,
 lambda: resource.getrusage(99), lambda: resource.getrlimit(99), lambda: resource.getrlimit(-1), lambda: resource.setrlimit(resource.RLIMIT_NOFILE,(5,1)), lambda: resource.setrlimit(resource.RLIMIT_NOFILE,5), lambda: resource.setrlimit(resource.RLIMIT_NOFILE,(5,)), lambda: resource.setrlimit(99,(5,1)), lambda: resource.setrlimit(resource.RLIMIT_NOFILE,('a',1)), lambda: resource.prlimit(99999999,7), lambda: resource.setrlimit(7,(1<<70,1)),
 lambda: syslog.syslog(), lambda: syslog.syslog(1), lambda: syslog.syslog('a',1), lambda: syslog.syslog(1,'a',2), lambda: syslog.openlog(1), lambda: syslog.openlog(logoption='x'), lambda: syslog.openlog('x',syslog.LOG_PID,syslog.LOG_USER), lambda: syslog.syslog(3,'hi'), lambda: syslog.closelog(), lambda: syslog.syslog('hi'), lambda: syslog.setlogmask('a')]:
    try:
        print(f())
    except BaseException as e:
        print(type(e), e)
