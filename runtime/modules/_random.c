/* _random: the Mersenne Twister MT19937 (M. Matsumoto, T. Nishimura, 1998), seeded and read as CPython does, so that sequences are equal.
 *
 * Threads take their numbers from a shared generator (the one behind random.random(), say) without its lock: of a block of words, which doesn't
 * change any more, by moving its index on. The lock is for whoever replaces a block that is used up.
 * A generator that got its seed from the system, and whose state nobody asked for, has a sequence that nobody can know: of such a one each thread
 * takes many words at a time, else two threads that draw in a loop would wait for that index to come from the other core at each draw.
 */
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/thread_state.h"
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define N 624
#define M 397

typedef struct Block {
    _Atomic uint32_t x_index; /* of the next word; N and more: used up */
    char apart[60];           /* the index moves from core to core; the words needn't */
    uint32_t word[N];         /* doesn't change once the block is seen by other threads */
} Block;
typedef struct Random {
    Object base;
    _Atomic(Block *) x_block; /* replaced under the lock; the old one is retired */
    _Atomic uint64_t x_unknown; /* its sequence is anybody's guess: a number that no other generator has or had; else 0. Written under the lock */
} Random;
static _Atomic uint64_t x_generators;
static Type random_type;

static Block *block_new(Thread *t) {
    Block *b = mem_alloc(sizeof *b);
    if (b == NULL) err_no_memory(t);
    return b;
}
/* Takes b. The lock is held. */
static void block_replace(Thread *t, Random *r, Block *b) {
    Block *old = load_relaxed(&r->x_block);
    store_release(&r->x_block, b); /* its words, too */
    if (old != NULL) storage_free(t, r, old, sizeof *old);
}

static void twist(uint32_t *to, const uint32_t *mt, unsigned i, unsigned after, uint32_t far) {
    uint32_t y = (mt[i] & 0x80000000u) | ((after == 0 ? to : mt)[after] & 0x7fffffffu);
    to[i] = far ^ (y >> 1) ^ (-(y & 1) & 0x9908b0dfu);
}
/* The block after mt; to may be mt. */
static void next_words(uint32_t *to, const uint32_t *mt) {
    for (unsigned i = 0; i < N - M; i++) twist(to, mt, i, i + 1, mt[i + M]);
    for (unsigned i = N - M; i < N - 1; i++) twist(to, mt, i, i + 1, to[i + M - N]);
    twist(to, mt, N - 1, 0, to[M - 1]);
}
static NOINLINE int next_block(Thread *t, Random *r, Block *used) {
    if (is_local(t, r)) {
        next_words(used->word, used->word);
        store_relaxed(&used->x_index, 0u);
        return 0;
    }
    int status = 0;
    CRITICAL_BEGIN(t, r)
    /* nobody else did it meanwhile (while we waited for the lock, the old one's memory may have become a new one) */
    if (load_relaxed(&r->x_block) == used && load_relaxed(&used->x_index) >= N) {
        Block *b = block_new(t);
        if (b != NULL) {
            next_words(b->word, used->word);
            store_relaxed(&b->x_index, 0u);
            block_replace(t, r, b);
        } else {
            status = -1;
        }
    }
    CRITICAL_END(t)
    return status;
}

static uint32_t tempered(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* Takes up to n words of the block at hand: how many are left of it, the first at *at. */
static unsigned take(Thread *t, Random *r, unsigned n, Block **b, unsigned *at) {
    *b = load_acquire(&r->x_block);
    *at = load_relaxed(&(*b)->x_index);
    if (*at >= N) return 0;
    if (is_local(t, r)) store_relaxed(&(*b)->x_index, *at + n);
    else *at = add_relaxed(&(*b)->x_index, n); /* each word is handed out once; nothing else hangs on the index */
    return *at >= N ? 0 : N - *at;
}
static int take_words(Thread *t, Random *r, size_t n, uint32_t *out) {
    while (n > 0) {
        Block *b;
        unsigned at, left = take(t, r, n < N ? (unsigned)n : N, &b, &at);
        if (unlikely(left == 0)) {
            if (next_block(t, r, b) < 0) return -1;
            continue;
        }
        for (; left > 0 && n > 0; left--, n--) *out++ = tempered(b->word[at++]);
    }
    return 0;
}
/* 0, -1 */
static int next_words_of(Thread *t, Random *r, size_t n, uint32_t *out) {
    uint64_t generator = load_relaxed(&r->x_unknown);
    RandomAhead *ahead = &runtime_thread(t)->random;
    size_t room = sizeof ahead->word / sizeof *ahead->word;
    if (generator == 0 || n > room || is_local(t, r)) return take_words(t, r, n, out);
    if (ahead->generator != generator || ahead->end - ahead->at < n) {
        ahead->generator = 0;
        if (take_words(t, r, room, ahead->word) < 0) return -1;
        ahead->generator = generator;
        ahead->at = 0;
        ahead->end = (unsigned)room;
    }
    while (n-- > 0) *out++ = ahead->word[ahead->at++];
    return 0;
}

static void init_one(uint32_t *mt, uint32_t seed) {
    mt[0] = seed;
    for (uint32_t i = 1; i < N; i++) mt[i] = 1812433253u * (mt[i - 1] ^ (mt[i - 1] >> 30)) + i;
}

static void init_by_array(uint32_t *mt, const uint32_t *key, size_t n) {
    init_one(mt, 19650218u);
    size_t i = 1, j = 0;
    for (size_t k = n > N ? n : N; k > 0; k--) {
        mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1664525u)) + key[j] + (uint32_t)j;
        if (++i >= N) {
            mt[0] = mt[N - 1];
            i = 1;
        }
        if (++j >= n) j = 0;
    }
    for (size_t k = N - 1; k > 0; k--) {
        mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1566083941u)) - (uint32_t)i;
        if (++i >= N) {
            mt[0] = mt[N - 1];
            i = 1;
        }
    }
    mt[0] = 0x80000000u;
}

/* Takes b. */
static void set_block(Thread *t, Random *r, Block *b, bool known) {
    CRITICAL_BEGIN(t, r)
    block_replace(t, r, b);
    store_relaxed(&r->x_unknown, known ? 0 : add_relaxed(&x_generators, 1) + 1);
    CRITICAL_END(t)
}

static int seed_with(Thread *t, Random *r, const uint32_t *key, size_t n, bool known) {
    Block *b = block_new(t);
    if (b == NULL) return -1;
    init_by_array(b->word, key, n);
    store_relaxed(&b->x_index, (uint32_t)N);
    set_block(t, r, b, known);
    return 0;
}

static int seed_from_system(Thread *t, Random *r) {
    uint32_t key[N];
    if (getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key) return seed_with(t, r, key, N, false);
    int64_t now = now_ns(), wall = (int64_t)time(NULL);
    uint32_t weak[] = {(uint32_t)wall, (uint32_t)(wall >> 32), (uint32_t)getpid(), (uint32_t)now, (uint32_t)(now >> 32)};
    return seed_with(t, r, weak, 5, false);
}

static int seed(Thread *t, Random *r, Value arg) {
    if (value_is_null(arg) || value_is_none(arg)) return seed_from_system(t, r);
    Ref n;
    if (is_int(arg)) {
        n = number_abs(t, arg);
    } else {
        int64_t h = object_hash(t, arg);
        if (h == -1) return -1;
        n = int_from_u64(t, (uint64_t)h);
    }
    if (ref_is_null(n)) return -1;
    size_t bits = int_bit_length(ref_borrow(n)), words = bits == 0 ? 1 : (bits - 1) / 32 + 1;
    uint32_t *key = mem_zalloc(words * sizeof *key);
    int status = -1;
    if (key == NULL) err_no_memory(t);
    else status = int_to_bytes(t, ref_borrow(n), (uint8_t *)key, words * sizeof *key, true, false);
    if (status == 0) status = seed_with(t, r, key, words, true);
    mem_free(key);
    ref_drop(t, n);
    return status;
}

/* Not seeded: a subclass's __init__ says with what, and that may be later. Until then all words are 0, and stay so. */
static Ref random_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Random *r = kit_instance(t, cls);
    if (r == NULL) return REF_NULL;
    Block *b = mem_zalloc(sizeof *b);
    if (b != NULL) {
        block_replace(t, r, b);
        return ref_steal(r);
    }
    ref_drop(t, ref_steal(r));
    return ref_is_null(err_no_memory(t)) ? REF_NULL : REF_NULL;
}
static int random_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (type_of(self)->init == random_type.init && no_kwargs(t, "Random", kwnames) < 0) return -1;
    if (nargs > 1) return err_int(err_set(t, E_TypeError, "Random() requires 0 or 1 argument"));
    return seed(t, as(Random, self), nargs ? args[0] : VALUE_NULL);
}

static void random_destroy(Thread *t, Object *o) { mem_free(load_relaxed(&((Random *)o)->x_block)); }

static Ref m_random(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    uint32_t word[2];
    if (next_words_of(t, r, 2, word) < 0) return REF_NULL;
    return float_new(t, ((word[0] >> 5) * 67108864.0 + (word[1] >> 6)) * (1.0 / 9007199254740992.0)); /* 53 bits */
}

static Ref m_seed(Thread *t, Value self, const Value *a) { return seed(t, as(Random, self), a[0]) < 0 ? REF_NULL : REF_NONE; }

static Ref m_getstate(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    Ref tuple = tuple_new_uninit(t, N + 1);
    if (ref_is_null(tuple)) return tuple;
    CRITICAL_BEGIN(t, r)
    store_relaxed(&r->x_unknown, 0u);
    CRITICAL_END(t)
    Block *b = load_acquire(&r->x_block);
    unsigned index = load_relaxed(&b->x_index);
    tuple_init_item(tuple, N, ref_small_int(index < N ? index : N));
    for (unsigned i = 0; i < N; i++) tuple_init_item(tuple, i, ref_small_int(b->word[i]));
    return tuple;
}

static int state_word(Thread *t, Value v, uint32_t *out) {
    uint64_t bits;
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_sign(v) < 0) return err_int(err_set(t, E_OverflowError, "can't convert negative value to unsigned int"));
    if (int_as_u64_mask(v, &bits) < 0) return -1;
    *out = (uint32_t)bits;
    return 0;
}

static Ref m_setstate(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state vector must be a tuple");
    if (tuple_size(a[0]) != N + 1) return err_set(t, E_ValueError, "state vector is the wrong size");
    Block *b = block_new(t);
    if (b == NULL) return REF_NULL;
    int64_t index = -1;
    int status = 0;
    for (size_t i = 0; i < N && status == 0; i++) status = state_word(t, tuple_get(a[0], i), &b->word[i]);
    if (status == 0 && (status = as_i64(t, tuple_get(a[0], N), &index)) == 0 && (index < 0 || index > N))
        status = err_int(err_set(t, E_ValueError, "invalid state"));
    if (status < 0) {
        mem_free(b);
        return REF_NULL;
    }
    store_relaxed(&b->x_index, (uint32_t)index);
    set_block(t, r, b, true);
    return REF_NONE;
}

static Ref m_getrandbits(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    int k;
    if (as_int(t, a[0], &k) < 0) return REF_NULL;
    if (k < 0) return err_set(t, E_ValueError, "number of bits must be non-negative");
    if (k == 0) return ref_small_int(0);
    if (k <= 32) {
        uint32_t word;
        return next_words_of(t, r, 1, &word) < 0 ? REF_NULL : ref_small_int(word >> (32 - k));
    }
    size_t words = (size_t)(k - 1) / 32 + 1;
    uint32_t *v = mem_alloc(words * sizeof *v);
    if (v == NULL) return err_no_memory(t);
    if (next_words_of(t, r, words, v) < 0) {
        mem_free(v);
        return REF_NULL;
    }
    if (k % 32 != 0) v[words - 1] >>= 32 - k % 32;
    Ref result = int_from_bytes(t, (uint8_t *)v, words * sizeof *v, true, false);
    mem_free(v);
    return result;
}

static NativeDef methods[] = {
    FN("random", "($self, /)", m_random, "random() -> x in the interval [0, 1)."),
    FN("seed", "($self, n=None, /)", m_seed, "seed([n]) -> None.\n\nStart from n, or from the system's randomness."),
    FN("getstate", "($self, /)", m_getstate, "getstate() -> the state, for setstate()."),
    FN("setstate", "($self, state, /)", m_setstate, "setstate(state) -> None.  Go on as when getstate() was called."),
    FN("getrandbits", "($self, k, /)", m_getrandbits, "getrandbits(k) -> x.  An int of k random bits."),
    FN_END,
};
static Type random_type = {
    TYPE_HEADER(Random, TYPE_BASETYPE, NULL, NULL, random_destroy),
    .name = "_random.Random",
    .doc = "Random() -> a random number generator of its own.",
    .new_ = random_new, .init = random_init, .methods = methods,
};

int module_init_random(Thread *t, Value module) {
    Type *const types[] = {&random_type, NULL};
    return kit_module(t, module, types, NULL, "The Mersenne Twister.");
}
