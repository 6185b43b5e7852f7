# posix: the rarer functions and their messages.
import os, posix, signal, tempfile
def tr(*fs):
    for f in fs:
        try:
            print(repr(f()))
        except BaseException as e:
            print(type(e), e)
print(posix.confstr_names == dict(sorted(posix.confstr_names.items(), key=lambda p: 0)), sorted(os.sysconf_names.items()), sorted(os.pathconf_names.items()), sorted(os.confstr_names.items()))
print([(n, getattr(posix, n)) for n in dir(posix) if isinstance(getattr(posix, n), int)])
tr(lambda: os.sched_param(), lambda: os.sched_param('a'), lambda: os.sched_getparam(0), lambda: os.sched_setparam(0,5), lambda: os.sched_param(1<<70), lambda: os.sched_setparam(0,os.sched_param(1<<70)), lambda: os.confstr('CS_PATH'), lambda: os.confstr('nope'), lambda: os.confstr(1.5), lambda: os.confstr(-99), lambda: os.pathconf('/','PC_NAME_MAX'), lambda: os.pathconf('/','x'), lambda: os.setgroups(5), lambda: os.setgroups(['a']), lambda: 0 in os.getgrouplist('root',0), lambda: os.getgrouplist(5,0), lambda: os.initgroups(5,0), lambda: os.waitid(os.P_ALL,0,os.WEXITED|os.WNOHANG), lambda: os.posix_spawn('/bin/true',[],{}), lambda: os.posix_spawn('/bin/true',['a'],{},file_actions=[5]),lambda: os.posix_spawn('/bin/true',['a'],{},file_actions=[()]), lambda: os.posix_spawn('/bin/true',['a'],{},file_actions=[(9,)]), lambda: os.posix_spawn('/bin/true',['a'],{},file_actions=[(0,1)]), lambda: os.posix_spawn('/bin/true',['a'],{},setsigmask=[999]), lambda: os.posix_spawn('/bin/true',['a'],{},setsigmask=5), lambda: os.posix_spawn('/bin/true',['a'],{},scheduler=(1,2)), lambda: os.posix_spawn('/bin/true',['a'],5), lambda: os.posix_spawn('/bin/true',['a'],{},setpgroup='a'), lambda: os.posix_spawn('/nope',['a'],{}), lambda: os.posix_spawn('/bin/true','a',{}), lambda: os.eventfd_write(0,-1), lambda: os.eventfd(-1), lambda: os.splice(0,1,-1), lambda: os.getxattr('/tmp','user.x'), lambda: os.setxattr('/tmp','user.x','a'), lambda: os.getxattr(0,'x',follow_symlinks=False), lambda: os.preadv(0,5,0), lambda: os.pwritev(1,5,0), lambda: os.mknod('/nope/x'), lambda: os.pidfd_open(-1), lambda: os.setresuid(-1,-1,-1), lambda: os.setresuid('a',1,1),lambda: os.setresgid(-5,1,1), lambda: posix.major('a'), lambda: posix.major(-1), lambda: posix.minor(1<<70))
with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, 'f')
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    print(os.pwritev(fd, [b'abc', b'def'], 2), os.preadv(fd, [bytearray(3), bytearray(9)], 0), os.posix_fallocate(fd, 0, 100), os.fstat(fd).st_size, os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM))
    os.mkfifo(path + '2')
    os.mknod(path + '3', 0o600)
    print(sorted(os.listdir(d)))
    out = os.path.join(d, 'out')
    pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'echo $A; echo err >&2'], {'A': 'value'}, file_actions=[(os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2), (os.POSIX_SPAWN_CLOSE, fd)], setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGPIPE])
    r = os.waitid(os.P_PID, pid, os.WEXITED)
    print(r.si_pid == pid, r.si_status, r.si_code == os.CLD_EXITED, r.si_signo == signal.SIGCHLD, open(out).read())
    pid = os.posix_spawnp('true', ['true'], os.environ)
    print(os.waitpid(pid, 0)[1])
e = os.eventfd(3)
print(os.eventfd_read(e), os.eventfd_write(e, 7), os.eventfd_read(e))
