# A full lru_cache stays full: threads that add to it drop one result for each.
import functools

from _stress import check, done, together, turns


@functools.lru_cache(maxsize=50)
def f(x):
    return x


def work(number, random):
    for i in range(turns(4000)):
        f((number, i))
        check(f.cache_info().currsize >= 50 or i < 50, "too few:", f.cache_info().currsize)


together(work, 6)
check(f.cache_info().currsize == 50, "too few:", f.cache_info())
done()
