# ossaudiodev where there are no sound devices: constants, arguments, messages.
import warnings; warnings.simplefilter('ignore')
import ossaudiodev as o, os
def t(f,*a,**k):
    try: print(f.__name__, a, k, f(*a,**k))
    except BaseException as e: print(f.__name__,a,k,type(e).__module__,type(e).__name__,e, getattr(e,'filename',None))
t(o.open); t(o.open,'r'); t(o.open,'z'); t(o.open,'/nope','r'); t(o.open,'/nope','q'); t(o.open, 1); t(o.open,'/dev/null','w'); t(o.open,'a','b','c'); t(o.openmixer); t(o.openmixer,'/nope'); t(o.openmixer,1); t(o.openmixer,'a','b'); t(o.open,mode='r')

m=o.openmixer('/dev/null'); print(type(m), type(m).__doc__, [n for n in dir(m) if n not in dir(object) and n != '__module__'])
for n in 'close fileno controls stereocontrols reccontrols get_recsrc'.split(): t(getattr(m,n))
print(o.control_labels, o.control_names)
print(o.OSSAudioError is o.error, o.error.__mro__)
for n in sorted(dir(o)):
    if n.startswith(('AFMT','SNDCTL','SOUND')): print(n, getattr(o,n))
m=o.openmixer('/dev/null')
for f in (m.controls, m.stereocontrols, m.reccontrols, m.get_recsrc): t(f)
t(m.get, 1); t(m.get, 25); t(m.get, -1); t(m.set, 1, (5, 6)); t(m.set, 1, (5, 101)); t(m.set, 99, (5, 6)); t(m.set_recsrc, 3)
with m as n: print(n is m, m.fileno() > 2)
t(m.fileno); print(m.__enter__() is m)
try: type(m)()
except TypeError as e: print(e)
