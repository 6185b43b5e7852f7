/* _random: the Mersenne Twister MT19937 (M. Matsumoto, T. Nishimura, 1998), seeded and read as CPython does, so that sequences are equal.
 *
 * Each call takes one step or a few under the generator's lock if it is shared. */
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define N 624
#define M 397

typedef struct Random {
    Object base;
    uint32_t state[N];
    int index;
} Random;
static Type random_type;

static uint32_t next_u32(Random *r) {
    uint32_t *mt = r->state, y;
    if (r->index >= N) {
        for (int i = 0; i < N; i++) {
            y = (mt[i] & 0x80000000u) | (mt[(i + 1) % N] & 0x7fffffffu);
            mt[i] = mt[(i + M) % N] ^ (y >> 1) ^ (-(y & 1) & 0x9908b0dfu);
        }
        r->index = 0;
    }
    y = mt[r->index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static void init_one(Random *r, uint32_t seed) {
    uint32_t *mt = r->state;
    mt[0] = seed;
    for (uint32_t i = 1; i < N; i++) mt[i] = 1812433253u * (mt[i - 1] ^ (mt[i - 1] >> 30)) + i;
    r->index = N;
}

static void init_by_array(Random *r, const uint32_t *key, size_t n) {
    uint32_t *mt = r->state;
    init_one(r, 19650218u);
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

static void seed_with(Thread *t, Random *r, const uint32_t *key, size_t n) {
    CRITICAL_BEGIN(t, r)
    init_by_array(r, key, n);
    CRITICAL_END(t)
}

static void seed_from_system(Thread *t, Random *r) {
    uint32_t key[N];
    if (getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key) {
        seed_with(t, r, key, N);
        return;
    }
    int64_t now = now_ns(), wall = (int64_t)time(NULL);
    uint32_t weak[] = {(uint32_t)wall, (uint32_t)(wall >> 32), (uint32_t)getpid(), (uint32_t)now, (uint32_t)(now >> 32)};
    seed_with(t, r, weak, 5);
}

static int seed(Thread *t, Random *r, Value arg) {
    if (value_is_null(arg) || value_is_none(arg)) {
        seed_from_system(t, r);
        return 0;
    }
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
    if (status == 0) seed_with(t, r, key, words);
    mem_free(key);
    ref_drop(t, n);
    return status;
}

static Ref random_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if (type->init == random_type.init && no_kwargs(t, "Random", kwnames) < 0) return REF_NULL;
    if (check_nargs(t, "Random", nargs, 0, 1) < 0) return REF_NULL;
    Random *r = kit_instance(t, cls);
    if (r == NULL) return REF_NULL;
    if (seed(t, r, nargs ? args[0] : VALUE_NULL) == 0) return ref_steal(r);
    ref_drop(t, ref_steal(r));
    return REF_NULL;
}

static Ref m_random(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    uint32_t hi, lo;
    CRITICAL_BEGIN(t, r)
    hi = next_u32(r) >> 5;
    lo = next_u32(r) >> 6;
    CRITICAL_END(t)
    return float_new(t, (hi * 67108864.0 + lo) * (1.0 / 9007199254740992.0)); /* 53 bits */
}

static Ref m_seed(Thread *t, Value self, const Value *a) { return seed(t, as(Random, self), a[0]) < 0 ? REF_NULL : REF_NONE; }

static Ref m_getstate(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    Ref tuple = tuple_new_uninit(t, N + 1);
    if (ref_is_null(tuple)) return tuple;
    CRITICAL_BEGIN(t, r)
    for (size_t i = 0; i < N; i++) tuple_init_item(tuple, i, ref_small_int(r->state[i]));
    tuple_init_item(tuple, N, ref_small_int(r->index));
    CRITICAL_END(t)
    return tuple;
}

static Ref m_setstate(Thread *t, Value self, const Value *a) {
    Random *r = as(Random, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state vector must be a tuple");
    if (tuple_size(a[0]) != N + 1) return err_set(t, E_ValueError, "state vector is the wrong size");
    uint32_t state[N];
    int64_t index;
    for (size_t i = 0; i < N; i++) {
        Value v = tuple_get(a[0], i);
        if (!is_int(v)) return err_set(t, E_TypeError, "an integer is required");
        uint64_t mask;
        if (int_sign(v) < 0) return err_set(t, E_OverflowError, "can't convert negative value to unsigned int");
        if (int_as_u64_mask(v, &mask) < 0) return REF_NULL;
        state[i] = (uint32_t)mask;
    }
    if (as_i64(t, tuple_get(a[0], N), &index) < 0) return REF_NULL;
    if (index < 0 || index > N) return err_set(t, E_ValueError, "invalid state");
    CRITICAL_BEGIN(t, r)
    memcpy(r->state, state, sizeof state);
    r->index = (int)index;
    CRITICAL_END(t)
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
        CRITICAL_BEGIN(t, r)
        word = next_u32(r) >> (32 - k);
        CRITICAL_END(t)
        return ref_small_int(word);
    }
    size_t words = (size_t)(k - 1) / 32 + 1;
    uint32_t *v = mem_alloc(words * sizeof *v);
    if (v == NULL) return err_no_memory(t);
    CRITICAL_BEGIN(t, r)
    for (size_t i = 0; i < words; i++, k -= 32) {
        v[i] = next_u32(r);
        if (k < 32) v[i] >>= 32 - k;
    }
    CRITICAL_END(t)
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
    TYPE_HEADER(Random, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "_random.Random",
    .doc = "Random() -> a random number generator of its own.",
    .new_ = random_new, .methods = methods,
};

int module_init_random(Thread *t, Value module) {
    Type *const types[] = {&random_type, NULL};
    return kit_module(t, module, types, NULL, "The Mersenne Twister.");
}
