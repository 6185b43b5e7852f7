# audioop: arguments, messages, and sums of what each function makes of sound.
import warnings; warnings.simplefilter('ignore')
import array, audioop
def t(f,*a):
    try: print(f, a, '->', getattr(audioop,f)(*a))
    except BaseException as e: print(f,a,type(e).__module__,type(e).__name__,e)
t('max', b'abc'); t('max', 'abc', 1); t('max', b'abc', 'x'); t('max', b'abc', 2**40); t('max', b'abc', 2)
t('mul', b'abc', 2, 'x'); t('mul',b'ab',2,float('nan')); t('mul',b'ab',2,float('inf'))
t('adpcm2lin', b'a', 9, 3); t('adpcm2lin', b'a', 1, 3); t('adpcm2lin', b'a', 1, (1,)); t('adpcm2lin', b'a', 1, (1,'x')); t('adpcm2lin', b'a', 1, (0,89)); t('adpcm2lin', b'a', 1, (2**40,89)); t('lin2adpcm', b'a', 1, (1,2,3))
t('ratecv', b'', 1, 0, 1, 1, None); t('ratecv', b'', 2, 2**30, 1, 1, None); t('ratecv', b'abc', 2, 1, 1, 1, None); t('ratecv', b'', 2, 1, 0, 1, None); t('ratecv', b'', 2, 1, 1, 1, None, 0)
t('ratecv', b'', 2, 1, 1, 1, 5); t('ratecv', b'', 2, 1, 1, 1, (1,)); t('ratecv', b'', 2, 1, 1, 1, (1,2)); t('ratecv', b'', 2, 1, 1, 1, (1,())); t('ratecv', b'', 2, 1, 1, 1, (1,(3,))); t('ratecv', b'', 2, 1, 1, 1, (1,((3,),)))
t('ratecv', b'', 2, 1, 1, 1, ('x',((3,),))); t('ratecv', b'', 2, 1, 1, 1)
t('ratecv', b'', 2, 1, 1, 1, (1,((3,'x'),)))
t('findfit', b'abc', b'ab'); t('findfit', b'ab', b'abcd'); t('findfit', b'', b''); t('findfit', b'\0\0', b'\0\0'); t('findfactor', b'ab',b''); t('findfactor', b'',b''); t('findfactor', b'abc',b''); t('findmax', b'abc', 1); t('findmax', b'abcd', 3); t('findmax', b'abcd', -1);t('findmax', b'abcd', 2**70)
t('getsample', b'abcd', 2, 2); t('getsample', b'abcd', 2, -1); t('getsample', b'abcd', 5, -1)
t('add', b'abcd', b'ab', 2); t('add', b'abcd', b'ab', 5); t('add', b'abc', b'ab', 2); t('add', b'abc', 5, 2)
t('tomono', b'ab', 2, 1, 1); t('tomono', b'abc', 2, 1, 1); t('tomono', b'abcd', 2, 1, 'x'); t('bias', b'ab', 1, 2**31); t('bias', b'ab', 1, 1.5); t('lin2lin', b'ab', 1, 5); t('lin2lin', b'ab', 6, 5)
t('alaw2lin', b'ab', 5); t('lin2adpcm', b'abc', 1, None); t('rms', b'', 2); t('avg', b'\xff\xff\xfe\xff', 2); t('mul', b'ab', 1)
t('add'); t('max'); t('lin2ulaw', array.array("h", b"abcd"), 1); t('max', width=1) if 0 else None
t('rms', b'\0\0\0\x80', 4); t('max', b'\0\0\0\x80', 4); t('cross', b'', 1); t('minmax', b'', 1); t('avgpp', b'a', 1); t('maxpp', b'abacada', 1)
t('ratecv', bytes(range(64)), 2, 2, 44100, 8000, None, 3, 2); t('ratecv', bytes(range(60)), 3, 2, 8000, 11025, None, 1, 1)
import itertools, zlib
data = b''.join((i*i*7919 % 2**32).to_bytes(4,'little') for i in range(300))
for name in 'max minmax avg rms avgpp maxpp cross reverse byteswap lin2ulaw lin2alaw'.split():
    for w in 1,2,3,4: 
        r = getattr(audioop,name)(data,w)
        print(name, w, zlib.crc32(r) if isinstance(r,bytes) else r)
for w in 1,2,3,4:
    for w2 in 1,2,3,4: print(zlib.crc32(audioop.lin2lin(data,w,w2)))
    r,s=audioop.lin2adpcm(data,w,None); print(zlib.crc32(r),s); r,s=audioop.adpcm2lin(data,w,(5,7)); print(zlib.crc32(r),s)
    for x in 0,1,.5,-1.7,1e300,-1e300, 3: print(zlib.crc32(audioop.mul(data,w,x)), zlib.crc32(audioop.tomono(data,w,x,.3)), zlib.crc32(audioop.tostereo(data,w,-.3,x)))
    for x in 0,5,-9,2**31-1,-2**31: print(zlib.crc32(audioop.bias(data,w,x)))
    print(zlib.crc32(audioop.add(data,data[::-1],w)), zlib.crc32(audioop.ulaw2lin(data,w)), zlib.crc32(audioop.alaw2lin(data,w)))
    for a,b in (44100,8000),(8000,44100),(3,7),(1,2),(2**31-1,5):
        for wa,wb in (1,0),(3,1),(1,5):
            r,s = audioop.ratecv(data,w,(3,2,2,3)[w-1],a,b,None,wa,wb); print(len(r), zlib.crc32(r),s)
print(audioop.findfit(data,data[100:200]), audioop.findfactor(data[:100],data[100:200]), audioop.findmax(data,30))
print(audioop.add.__text_signature__, audioop.ratecv.__text_signature__, audioop.__doc__, audioop.error, audioop.error.__module__, audioop.error.__mro__)
