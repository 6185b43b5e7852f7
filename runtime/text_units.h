/* Template: search over units of one width. Include with UNIT (type) and NAME(x) (name suffix) defined.
 *
 * The common case compares 16 bytes at a time with the needle's first unit, and those where its last one belongs with that (W. Mula, "SIMD-friendly
 * algorithms for substring searching", 2016); once it has compared more than it should have, Crochemore and Perrin's two-way search (1991)
 * finishes, so that no input is quadratic. Backwards search reads both strings through a stride of -1. */

/* Blocks of 16 bytes, compared unit by unit: all ones where equal. */
typedef UNIT NAME(Block) __attribute__((vector_size(16)));
static ALWAYS_INLINE NAME(Block) NAME(block_at)(const UNIT *p) {
    NAME(Block) b;
    memcpy(&b, p, 16);
    return b;
}
#define LANES ((size_t)(16 / UNIT_SIZE))

static inline int64_t NAME(find_unit)(const UNIT *h, size_t n, UNIT c, int step) {
#if UNIT_SIZE == 1
    const UNIT *p = step > 0 ? memchr(h, c, n) : memrchr(h, c, n);
    return p ? p - h : -1;
#else
    size_t i = 0;
    if (step > 0) {
        NAME(Block) wanted = c - (NAME(Block)){0};
        for (; i + LANES <= n; i += LANES) { /* blocks without c */
            TwoWords equal = (TwoWords)(NAME(block_at)(h + i) == wanted);
            if ((equal[0] | equal[1]) != 0) break;
        }
    }
    for (; i < n; i++) {
        size_t at = step > 0 ? i : n - 1 - i;
        if (h[at] == c) return (int64_t)at;
    }
    return -1;
#endif
}

/* Start of the maximal suffix of the needle under < (or >, if `greater`), and its period. */
static ALWAYS_INLINE size_t NAME(maximal_suffix)(const UNIT *x, size_t m, int step, bool greater, size_t *period) {
    size_t start = 0, i = 1, k = 0, p = 1; /* compares x[i + k] with x[start + k] */
    while (i + k < m) {
        UNIT a = x[(ptrdiff_t)(i + k) * step], b = x[(ptrdiff_t)(start + k) * step];
        if (greater ? a > b : a < b) {
            i += k + 1;
            k = 0;
            p = i - start;
        } else if (a == b) {
            if (k + 1 != p) k++;
            else {
                i += p;
                k = 0;
            }
        } else {
            start = i++;
            k = 0;
            p = 1;
        }
    }
    *period = p;
    return start;
}

/* h and x point at the first unit in reading direction. */
static ALWAYS_INLINE int64_t NAME(two_way)(const UNIT *h, size_t n, const UNIT *x, size_t m, int step) {
#define H(i) h[(ptrdiff_t)(i) * step]
#define X(i) x[(ptrdiff_t)(i) * step]
    size_t p1, p2, c1 = NAME(maximal_suffix)(x, m, step, false, &p1), c2 = NAME(maximal_suffix)(x, m, step, true, &p2);
    size_t cut = c1 > c2 ? c1 : c2, period = c1 > c2 ? p1 : p2;
    bool periodic = true;
    for (size_t i = 0; i < cut && periodic; i++) periodic = i + period < m && X(i) == X(i + period);
    if (periodic) {
        size_t memory = 0;
        for (size_t pos = 0; pos + m <= n;) {
            size_t i = cut > memory ? cut : memory;
            while (i < m && X(i) == H(pos + i)) i++;
            if (i < m) {
                pos += i - cut + 1;
                memory = 0;
                continue;
            }
            i = cut;
            while (i > memory && X(i - 1) == H(pos + i - 1)) i--;
            if (i <= memory) return (int64_t)pos;
            pos += period;
            memory = m - period;
        }
        return -1;
    }
    period = (cut > m - cut ? cut : m - cut) + 1;
    for (size_t pos = 0; pos + m <= n;) {
        size_t i = cut;
        while (i < m && X(i) == H(pos + i)) i++;
        if (i < m) {
            pos += i - cut + 1;
            continue;
        }
        i = cut;
        while (i > 0 && X(i - 1) == H(pos + i - 1)) i--;
        if (i == 0) return (int64_t)pos;
        pos += period;
    }
    return -1;
#undef H
#undef X
}

/* Does x's middle stand at h? Its first and last unit do. *work counts what is compared. */
static ALWAYS_INLINE bool NAME(middle_equal)(const UNIT *h, const UNIT *x, size_t m, int step, size_t *work) {
    size_t j = 1;
    while (j + 1 < m && h[(ptrdiff_t)j * step] == x[(ptrdiff_t)j * step]) j++;
    *work += j;
    return j + 1 >= m;
}

/* 2 <= m <= n. Offset in reading direction of the first match, or -1. */
static ALWAYS_INLINE int64_t NAME(by_ends)(const UNIT *h, size_t n, const UNIT *x, size_t m, int step) {
    ptrdiff_t last = (ptrdiff_t)(m - 1) * step;
    UNIT first = x[0], end = x[last];
    size_t work = 0, tries = n - m + 1;
    if (tries < LANES) {
        for (size_t i = 0; i < tries; i++, h += step)
            if (h[0] == first && h[last] == end && NAME(middle_equal)(h, x, m, step, &work)) return (int64_t)i;
        return -1;
    }
    NAME(Block) firsts = first - (NAME(Block)){0}, ends = end - (NAME(Block)){0};
    for (size_t i = 0, final = tries - LANES;;) {
        const UNIT *p = h + (ptrdiff_t)i * step - (step < 0 ? LANES - 1 : 0); /* the block's lowest place */
        TwoWords both = (TwoWords)(NAME(block_at)(p) == firsts) & (TwoWords)(NAME(block_at)(p + last) == ends);
        uint64_t low = both[0], high = both[1];
        if (unlikely((low | high) != 0)) {
            do {
                bool upper = step > 0 ? low == 0 : high != 0;
                uint64_t half = upper ? high : low;
                int bit = step > 0 ? __builtin_ctzll(half) : 63 - __builtin_clzll(half), lane = (upper * 64 + bit) / (8 * UNIT_SIZE);
                if (NAME(middle_equal)(p + lane, x, m, step, &work)) return (int64_t)i + (step > 0 ? lane : (int)LANES - 1 - lane);
                half &= ~((uint64_t)(UNIT)-1 << (bit & ~(8 * UNIT_SIZE - 1)));
                if (upper) high = half;
                else low = half;
            } while ((low | high) != 0);
            if (unlikely(work > 8 * i + 4096)) {
                int64_t found = NAME(two_way)(h + (ptrdiff_t)i * step, n - i, x, m, step);
                return found < 0 ? -1 : found + (int64_t)i;
            }
        }
        if (i == final) return -1;
        i = i + LANES < final ? i + LANES : final; /* the last block overlaps with the one before */
    }
}

static NOINLINE int64_t NAME(search)(const UNIT *h, size_t n, const UNIT *x, size_t m, int step) {
    if (m > n) return -1;
    if (m == 0) return step > 0 ? 0 : (int64_t)n;
    if (m == 1) return NAME(find_unit)(h, n, x[0], step);
    if (step > 0) return NAME(by_ends)(h, n, x, m, 1);
    int64_t found = NAME(by_ends)(h + n - 1, n, x + m - 1, m, -1);
    return found < 0 ? -1 : (int64_t)(n - m) - found;
}

VECTORIZE static size_t NAME(count_unit)(const UNIT *p, size_t n, UNIT c) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += p[i] == c;
    return count;
}

#undef LANES
#undef UNIT
#undef UNIT_SIZE
#undef NAME
