/* Template: BLAKE2 (RFC 7693) over one word size. Include with WORD, BITS, ROUNDS, ROT (four rotations), IV and NAME(x) defined. */

#define BLOCK (2 * BITS)
typedef struct NAME(State) {
    WORD h[8], length[2];
    uint8_t block[BLOCK];
    size_t used;
    bool last_node;
} NAME(State);

static inline WORD NAME(rotate)(WORD x, int n) { return x >> n | x << (BITS - n); }

static void NAME(compress)(NAME(State) *s, const uint8_t *block, bool last) {
    static const uint8_t order[12][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}, {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8}, {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10}, {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};
    static const int rot[4] = ROT;
    static const WORD iv[8] = IV;
    WORD m[16], v[16];
    memcpy(m, block, sizeof m); /* little-endian, as this machine */
    memcpy(v, s->h, sizeof s->h);
    memcpy(v + 8, iv, sizeof iv);
    v[12] ^= s->length[0];
    v[13] ^= s->length[1];
    if (last) v[14] = ~v[14];
    if (last && s->last_node) v[15] = ~v[15];
#define HALF(a, b, c, d, word, first, second)    \
    a += b + (word);                              \
    d = NAME(rotate)(d ^ a, rot[first]);          \
    c += d;                                       \
    b = NAME(rotate)(b ^ c, rot[second]);
#define MIX(i, a, b, c, d)                                        \
    HALF(v[a], v[b], v[c], v[d], m[order[r][2 * i]], 0, 1)        \
    HALF(v[a], v[b], v[c], v[d], m[order[r][2 * i + 1]], 2, 3)
#pragma GCC unroll 12 /* then every index is a constant, and v lives in registers */
    for (int r = 0; r < ROUNDS; r++) {
        MIX(0, 0, 4, 8, 12)
        MIX(1, 1, 5, 9, 13)
        MIX(2, 2, 6, 10, 14)
        MIX(3, 3, 7, 11, 15)
        MIX(4, 0, 5, 10, 15)
        MIX(5, 1, 6, 11, 12)
        MIX(6, 2, 7, 8, 13)
        MIX(7, 3, 4, 9, 14)
    }
#undef MIX
#undef HALF
    for (int i = 0; i < 8; i++) s->h[i] ^= v[i] ^ v[i + 8];
}
static void NAME(count)(NAME(State) *s, size_t n) {
    s->length[0] += (WORD)n;
    s->length[1] += s->length[0] < (WORD)n;
}

/* param: the parameter block, 8 words */
static void NAME(begin)(NAME(State) *s, const uint8_t *param) {
    static const WORD iv[8] = IV;
    memset(s, 0, sizeof *s);
    memcpy(s->h, param, sizeof s->h);
    for (int i = 0; i < 8; i++) s->h[i] ^= iv[i];
}
static void NAME(add)(NAME(State) *s, const uint8_t *p, size_t n) {
    while (n > 0) {
        if (s->used == BLOCK) { /* the last block waits for the end */
            NAME(count)(s, BLOCK);
            NAME(compress)(s, s->block, false);
            s->used = 0;
        }
        while (s->used == 0 && n > BLOCK) {
            NAME(count)(s, BLOCK);
            NAME(compress)(s, p, false);
            p += BLOCK;
            n -= BLOCK;
        }
        size_t part = BLOCK - s->used < n ? BLOCK - s->used : n;
        memcpy(s->block + s->used, p, part);
        s->used += part;
        p += part;
        n -= part;
    }
}
static void NAME(finish)(NAME(State) *s, uint8_t *out) {
    memset(s->block + s->used, 0, BLOCK - s->used);
    NAME(count)(s, s->used);
    NAME(compress)(s, s->block, true);
    memcpy(out, s->h, sizeof s->h);
}
#undef BLOCK
#undef WORD
#undef BITS
#undef ROUNDS
#undef ROT
#undef IV
#undef NAME
