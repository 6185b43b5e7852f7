# struct.pack: what is said of numbers that the formats have no room for.
import struct
for f in '<h >h h <H H >H !H b <b >b B >B <B i >i <i I >I <I l >l <l L >L <L q >q <q Q >Q <Q n N P ? e f d'.split():
    for v in (10**25,-10**25,-1,300,70000,-70000,2**31,2**32,-2**32-1,2**63,2**64,-2**63-1,-2**31-1,1.5,None):
        try: print(f,v,struct.pack(f,v))
        except Exception as e: print(f,v,type(e).__name__,e)
