# curses and its panels on a terminal of the test's own.
import curses, curses.panel, sys, os, pty
def run():
    import curses, curses.panel
    s=curses.initscr(); out=[]
    try:
        curses.start_color(); curses.noecho(); curses.cbreak()
        out.append(s.getmaxyx()); s.addstr(1,2,'héllo',curses.A_BOLD); s.addch('x'); s.addch(3,3,ord('y')); s.addnstr(4,0,'abcdef',3)
        out.append((s.instr(1,2,5), s.getyx(), s.inch(3,3), s.instr(4,0,6)))
        w=curses.newwin(5,10,2,2); w.box(); w.addstr(1,1,'win'); out.append((w.getbegyx(), w.getmaxyx(), w.getparyx(), w.enclose(3,3)))
        d=w.derwin(2,2); out.append(d.getparyx())
        p=curses.panel.new_panel(w); p2=curses.panel.new_panel(curses.newwin(3,3)); p.set_userptr({'a':1}); out.append((p.userptr(), p.hidden(), curses.panel.top_panel() is p2, curses.panel.bottom_panel() is p, p.above() is p2, p2.below() is p, p.below())); p.top(); out.append(curses.panel.top_panel() is p); p.move(1,1); p.hide(); out.append(p.hidden()); curses.panel.update_panels(); curses.doupdate()
        s.refresh(); curses.ungetch('q'); out.append(s.getch()); curses.unget_wch('é'); s.keypad(True); out.append(s.get_wch()); s.timeout(10); out.append(s.getch())
        curses.unget_wch('日'); out.append((s.getch(), s.getkey(), s.getch())); s.nodelay(True); out.append(s.getch()); s.timeout(2000)
        out.append([s.getch() for _ in range(5)]); out.append([s.get_wch() for _ in range(2)])
        out.append((curses.tigetnum('cols')>0, curses.tigetstr('cup'), curses.tparm(curses.tigetstr('cup'),5,3), curses.keyname(65), curses.unctrl('a'), curses.color_pair(1), curses.termname(), curses.has_colors(), curses.COLORS, curses.COLOR_PAIRS, curses.ACS_HLINE, curses.LINES, curses.COLS))
        curses.init_pair(1,curses.COLOR_RED,curses.COLOR_BLACK); out.append(curses.pair_content(1))
        for f in (lambda: s.addch(), lambda: s.addstr(5), lambda: s.addch('ab'), lambda: s.move(999,999), lambda: curses.newwin(1), lambda: s.setscrreg(5, 2), lambda: w.subwin(1), lambda: p.move(999,999), lambda: s.getkey()):
            try: out.append(f())
            except Exception as e: out.append((type(e).__name__,str(e)))
        import io; f=io.BytesIO(); w.putwin(f); f.seek(0); w2=curses.getwin(f); out.append((w2.getmaxyx(), w2.instr(1,1,3)))
    finally:
        curses.endwin()
    with open('result.txt','w') as f: f.write('\n'.join(map(repr,out)))
import fcntl,termios,struct
pid,fd=pty.fork()
if pid==0:
    os.environ['TERM']='xterm'; fcntl.ioctl(0,termios.TIOCSWINSZ,struct.pack('HHHH',24,80,0,0)); run(); os._exit(0)
os.write(fd,b'\xc3\xa9\xe6q\xa5\xe6\x97\xa5z')
try:
    while os.read(fd,1000): pass
except OSError: pass
print(os.waitpid(pid,0)[1])
print(open('result.txt').read())
