# Searching text of every width, both ways, against the obvious loops; and inputs that a plain search takes long for.
import random
r=random.Random(5)
def naive_find(h,x,a,b):
    for i in range(a,b-len(x)+1):
        if h[i:i+len(x)]==x: return i
    return -1
def naive_rfind(h,x,a,b):
    for i in range(b-len(x),a-1,-1):
        if h[i:i+len(x)]==x: return i
    return -1
n=0
for alpha in ("ab","abcdefgh","aé","a\u0431\u0432","ab\U0001F600","\u0100\u0200"):
    for _ in range(4000):
        L=r.choice((0,1,2,5,14,15,16,17,18,31,32,33,40,70,200)); m=r.choice((1,1,2,2,3,4,8,15,16,17,20))
        h="".join(r.choice(alpha) for _ in range(L)); 
        x="".join(r.choice(alpha) for _ in range(m)) if r.random()<.5 or L<m else h[(k:=r.randrange(L-m+1)):k+m]
        a=r.randrange(L+1); b=r.randrange(a,L+1)
        assert h.find(x,a,b)==naive_find(h,x,a,b),(h,x,a,b,h.find(x,a,b))
        assert h.rfind(x,a,b)==naive_rfind(h,x,a,b),(h,x,a,b)
        c=0;i=0
        while (k:=naive_find(h,x,i,len(h)))>=0: c+=1; i=k+len(x)
        assert h.count(x)==c,(h,x,c)
        p=[];i=0
        while (k:=naive_find(h,x,i,len(h)))>=0: p.append(h[i:k]); i=k+len(x)
        p.append(h[i:])
        assert h.split(x)==p
        assert h.replace(x,"zz")=="zz".join(p)
        assert (x in h)==(c>0)
        hb=h.encode(); xb=x.encode()
        assert hb.find(xb)==naive_find(hb,xb,0,len(hb)); assert hb.rfind(xb)==naive_rfind(hb,xb,0,len(hb))
        n+=1
# hard ones
h="ab"*5000; x="ab"*50+"c"+"ab"*50
assert h.find(x)==-1 and (h+x).find(x)==10000 and (x+h).rfind(x)==0
h="a"*100000; x="a"*500+"b"+"a"*500
assert h.find(x)==-1 and h.rfind(x)==-1 and (h+x+h).find(x)==100000 and (h+x+h).rfind(x)==100000
print("ok",n)
