from datetime import *
import datetime as d
def p(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except Exception as e: print(type(e).__name__, e)
p(date); p(date,1,2,3,4); p(date,'a',2,3); p(date,1,2,foo=1); p(date,1,2,3,foo=1); p(date,1.5,2,3); p(date,0,1,1);p(date,1,13,1);p(date,1,2,30);p(date,10**20,1,1);p(date,10**10,1,1)
p(time,24);p(time,1,60);p(time,1,1,60);p(time,1,1,1,10**6);p(time,fold=2);p(time,tzinfo=1);p(time,1,2,3,4,None,1)
p(timedelta,'a');p(timedelta,1,2,3,4,5,6,7,8);p(timedelta,foo=1);p(timedelta,10**10);p(timedelta,days=float('nan'));p(timedelta,days=float('inf'))
p(timezone);p(timezone,1);p(timezone,timedelta(1));p(timezone,timedelta(0),1);p(timezone,timedelta(0),'a',3)
p(lambda:timedelta(1)/0);p(lambda:timedelta(1)//0);p(lambda:timedelta(1)//timedelta(0));p(lambda:timedelta(1)/timedelta(0));p(lambda:timedelta(1)%timedelta(0));p(lambda:divmod(timedelta(1),timedelta(0)));p(lambda:timedelta(1)/0.0);p(lambda:timedelta(1)*1.5);p(lambda:timedelta(1)*float('inf'));p(lambda:timedelta(1)*'a')
p(date.fromisoformat,1);p(date.fromisoformat,'x');p(datetime.fromisoformat,1);p(datetime.fromisoformat,'2020');p(time.fromisoformat,1);p(time.fromisoformat,'99');p(time.fromisoformat,'')
p(date.fromisocalendar,2020,54,1);p(date.fromisocalendar,2020,1,8);p(date.fromisocalendar,0,1,1);p(date.fromisocalendar,'a',1,1);p(date.fromisocalendar,2020,1)
p(date.fromordinal,0);p(date.fromordinal,10**9);p(date.fromordinal,'a');p(date.fromtimestamp,1e20);p(date.fromtimestamp,'a');p(date.fromtimestamp,float('nan'));p(datetime.fromtimestamp,1e20);p(datetime.fromtimestamp,'a');p(datetime.fromtimestamp,1e15);p(datetime.fromtimestamp,0,1);p(datetime.utcfromtimestamp,1e15);p(datetime.utcfromtimestamp,'1')
p(lambda:date(1,1,1)-timedelta(1));p(lambda:datetime(1,1,1)-timedelta(1));p(lambda:date.max+timedelta(1));p(lambda:timedelta.max+timedelta(1));p(lambda:-timedelta.min);p(lambda:timedelta.max*2)
p(lambda:date(1,1,1)<1);p(lambda:date(1,1,1)<datetime(1,1,1));p(lambda:datetime(1,1,1)<datetime(1,1,1,tzinfo=timezone.utc));p(lambda:datetime(1,1,1)-datetime(1,1,1,tzinfo=timezone.utc));p(lambda:time(1)<time(1,tzinfo=timezone.utc));p(lambda:time(1)<1)
p(tzinfo().utcoffset,1);p(tzinfo().dst,1);p(tzinfo().tzname,1);p(tzinfo().fromutc,1);p(tzinfo().fromutc,datetime(1,1,1));p(timezone.utc.fromutc,1);p(timezone.utc.fromutc,datetime(1,1,1));p(timezone.utc.utcoffset,3);p(timezone.utc.tzname,3);p(timezone.utc.dst,3)
class T(tzinfo):
    def utcoffset(self,dt): return self.o
    def dst(self,dt): return self.d
    def tzname(self,dt): return self.n
t=T()
for o in (1,timedelta(1),timedelta(hours=3)):
    t.o=o;t.d=o;t.n=o
    p(datetime(1,1,1,tzinfo=t).utcoffset);p(datetime(1,1,1,tzinfo=t).dst);p(datetime(1,1,1,tzinfo=t).tzname);p(time(1,tzinfo=t).utcoffset)
    p(lambda: t.fromutc(datetime(1,1,2,tzinfo=t)).isoformat())
t.d=None;p(t.fromutc,datetime(1,1,2,tzinfo=t));t.o=None;p(t.fromutc,datetime(1,1,2,tzinfo=t))
t.n='a';t.o=timedelta(hours=3);p(datetime(1,1,2,tzinfo=t).strftime,'%z %Z %%');p(datetime(1,1,2,tzinfo=t).utctimetuple);p(datetime(1,1,1,tzinfo=t).utctimetuple)
p(datetime.combine,1,2);p(datetime.combine,date(1,1,1),2);p(datetime.combine,date(1,1,1),time(1),3);p(datetime.combine,date(1,1,1));p(datetime.combine,date=date(1,1,1),time=time(1,2),tzinfo=timezone.utc)
p(datetime(1,1,1).isoformat,'xx');p(datetime(1,1,1).isoformat,timespec='x');p(datetime(1,1,1).isoformat,1);p(time(1).isoformat,'zz');p(time(1).isoformat,1)
p(datetime(1,1,1).replace,foo=1);p(datetime(1,1,1).replace,1,2,3,4,5,6,7,None,1);p(datetime(1,1,1).replace,month=13);p(date(1,1,1).replace,1,2,3,4);p(datetime(1,1,1).replace,'a');p(datetime(1,1,1).replace,tzinfo=3);p(time(1).replace,fold=3)
p(datetime(1,1,1).astimezone,3);p(datetime(1,1,2).astimezone,timezone.utc);p(datetime(1,1,1).timestamp);p(datetime(1,1,1).__format__,1);p(date(1,1,1).strftime,1);p(date(1,1,1).strftime)
p(datetime.strptime,'a','b');p(datetime.strptime,'2020','%Y');p(datetime.strptime,1,2)
p(datetime,1);p(datetime,1,1);p(datetime,1,1,1,foo=1);p(datetime,1,1,1,24);p(datetime,1,1,1,tzinfo='x');p(datetime,*range(1,12))
p(date,b'\0\1\1\1');p(time,b'\0\1\1\1\1\1');p(time,b'\0\1\1\1\1\1',4);p(date,b'\0\x81\1\1')
p(lambda:date(1,1,1)+1);p(lambda:date(1,1,1)-1);p(lambda:1-date(1,1,1));p(lambda:timedelta(1)+1)
p(date(1,1,1).__reduce__);p(datetime(1,1,1,tzinfo=timezone.utc,fold=1).__reduce_ex__,4);p(time(1).__reduce_ex__,2);p(timedelta(1).__reduce__);p(timezone.utc.__reduce__);p(timezone.utc.__getinitargs__);p(timezone(timedelta(1,-1),'x').__getinitargs__);p(T().__reduce__);p(date(1,1,1).isocalendar);p(date(1,1,1).isocalendar().__reduce__)
print(repr(timezone.utc),repr(timezone(timedelta(hours=-1))),timezone(timedelta(hours=-1,seconds=3,microseconds=9)),repr(timezone(timedelta(1,-1),'x')),timezone.min,timezone.max)
print(repr(datetime(1,1,1,tzinfo=timezone.utc,fold=1)),repr(time(1,fold=1)),repr(time(1,2,3,4,timezone.utc)),date(1,1,1).ctime(),datetime(1,1,1).ctime())
print(timedelta(-1,3,4),repr(timedelta(-1,3,4)),repr(timedelta()),timedelta(days=1.5,microseconds=2.5),timedelta(2))
