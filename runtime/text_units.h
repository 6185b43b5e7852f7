/* Template: search over units of one width. Include with UNIT (type) and NAME(x) (name suffix) defined.
 *
 * The common case is Horspool's search with a Bloom filter over the needle's units (as in F. Lundh's "The stringlib library", 2006);
 * once it has compared more than it should have, Crochemore and Perrin's two-way search (1991) finishes, so that no input is quadratic.
 * Backwards search reads both strings through a stride of -1. */

static inline int64_t NAME(find_unit)(const UNIT *h, size_t n, UNIT c, int step) {
    if (step > 0) {
#if UNIT_SIZE == 1
        const UNIT *p = memchr(h, c, n);
        return p ? p - h : -1;
#elif UNIT_SIZE == 4
        const wchar_t *p = wmemchr((const wchar_t *)h, (wchar_t)c, n);
        return p ? p - (const wchar_t *)h : -1;
#else
        for (size_t i = 0; i < n; i++)
            if (h[i] == c) return (int64_t)i;
        return -1;
#endif
    }
#if UNIT_SIZE == 1
    const UNIT *p = memrchr(h, c, n);
    return p ? p - h : -1;
#else
    for (size_t i = n; i-- > 0;)
        if (h[i] == c) return (int64_t)i;
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

/* 2 <= m <= n. Offset in reading direction of the first match, or -1. last: unit at the reading end of the needle */
static ALWAYS_INLINE int64_t NAME(horspool)(const UNIT *h, size_t n, const UNIT *x, size_t m, uint64_t bloom, size_t skip, int step) {
#define H(i) h[(ptrdiff_t)(i) * step]
#define X(i) x[(ptrdiff_t)(i) * step]
#define IN_BLOOM(c) (bloom >> ((c) & 63) & 1)
    size_t last = m - 1, work = 0;
    UNIT end = X(last);
    for (size_t i = 0; i + m <= n; i++) {
        if (H(i + last) == end) {
            size_t j = 0;
            while (j < last && H(i + j) == X(j)) j++;
            if (j == last) return (int64_t)i;
            if ((work += j) > 8 * i + 4096) {
                int64_t found = NAME(two_way)(&H(i), n - i, x, m, step);
                return found < 0 ? -1 : found + (int64_t)i;
            }
            if (i + m < n && !IN_BLOOM(H(i + m))) i += m;
            else i += skip;
        } else if (i + m < n && !IN_BLOOM(H(i + m))) {
            i += m;
        }
    }
    return -1;
#undef H
#undef X
#undef IN_BLOOM
}

static int64_t NAME(search)(const UNIT *h, size_t n, const UNIT *x, size_t m, uint64_t bloom, size_t skip, int step) {
    if (m > n) return -1;
    if (m == 0) return step > 0 ? 0 : (int64_t)n;
    if (m == 1) return NAME(find_unit)(h, n, x[0], step);
    if (step > 0) return NAME(horspool)(h, n, x, m, bloom, skip, 1);
    int64_t found = NAME(horspool)(h + n - 1, n, x + m - 1, m, bloom, skip, -1);
    return found < 0 ? -1 : (int64_t)(n - m) - found;
}

#undef UNIT
#undef UNIT_SIZE
#undef NAME
