# nis where there is no server: arguments and messages.
import warnings; warnings.simplefilter('ignore')
import nis
def t(f,*a,**k):
    try: print(f.__name__, a, k, f(*a,**k))
    except BaseException as e: print(f.__name__,a,k,type(e).__module__,type(e).__name__,e)
t(nis.get_default_domain); t(nis.get_default_domain,1); t(nis.match,'a','passwd'); t(nis.match,'a'); t(nis.match,b'a','passwd'); t(nis.match,'a','passwd',1); t(nis.match,'a',b'passwd'); t(nis.match,key='a',map='hosts'); t(nis.match,'a\0b','hosts','dom')
t(nis.cat); t(nis.cat,'passwd'); t(nis.cat,b'passwd'); t(nis.cat,map='x',domain='q\0'); t(nis.maps); t(nis.maps,1); t(nis.maps,x=1); t(nis.cat,'a','b','c'); t(nis.match, 'a','b','c','d'); t(nis.match,'\udc80', 'b'); t(nis.match,'\ud800', 'b')
print(nis.error.__mro__, nis.__doc__)
