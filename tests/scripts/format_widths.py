"""Ints in all bases, texts in all widths, through every way of formatting."""
import random
random.seed(3)
out=[]
for i in [0,1,-1,7,8,15,16,-255,255,2**31,2**61,-2**61,2**62-1,2**62,-2**62,-2**62-1,2**63,2**64,10**30,-10**30]+[random.randint(-10**6,10**6) for _ in range(50)]:
    out.append((hex(i),oct(i),bin(i),'%x %X %o %#x %#X %#o %5x|%-9X|%09x|%+x|%.8x|% x'%((i,)*12),f'{i:x}{i:X}{i:o}{i:b}{i:#x}{i:#o}{i:#b}{i:>12x}{i:^12}{i:<12}|{i:012x}|{i:_x}|{i:_b}|{i:,}|{i:+d}|{i: }|{i:=+20}|{i:*^20}', repr([i]),repr((i,)),repr({i:i})))
for s in ['','a','ab','é','жж','a'*300,'x\0y']:
    out.append((f'{s:5}|{s:>5}|{s:^6}|{s:*<7}|{s:ж>4}|{s:é^5}|{s:.1}|{s:5.1}|{s:300}|{s:>256}|{s:255}'))
out.append(['{:>5}'.format('a'),'{:1}'.format('a'),'{:2}'.format(''), format('',"1"), format('ab',">1"), format("a","\0>3"), format('abc','.0'), format('abc','1.0'),format(1.5,'>10'),format(1+2j,'>20.2f'),format(True,'5'),format(65,'c'),format(65,'>5c'),repr([1,[2,[3]]]*20),repr(({'a':(1,2)},)),repr({1:2,'x'*300:'é'*200,'ж':1})])
for o in out: print(o)
