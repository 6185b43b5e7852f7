/* The fewest decimal digits that read back as a double, and of those the ones nearest to it: Schubfach (R. Giulietti, "The Schubfach way to
 * render doubles", 2020). A double is c * 2^q; its neighbourhood, scaled by a power of ten given in 128 bits, tells the digits in a few
 * multiplications. The powers are made when they are first needed. */
#include "runtime/float.h"
#include <gmp.h>
#include <string.h>

typedef unsigned __int128 Wide;
typedef struct Power { _Atomic uint64_t x_high, x_low; } Power; /* x_high is 0 until the power is made; then its highest bit is set */
enum { POWER_MIN = -330, POWER_MAX = 330 };
static Power powers[POWER_MAX - POWER_MIN + 1];

/* 10^k rounded up to 128 bits, which is their highest ones */
static Wide power_make(Power *p, int k) {
    mpz_t z;
    mpz_init(z);
    mpz_ui_pow_ui(z, 10, (unsigned long)(k < 0 ? -k : k));
    size_t bits = mpz_sizeinbase(z, 2);
    if (k < 0) {
        mpz_t one;
        mpz_init(one);
        mpz_setbit(one, bits + 127);
        mpz_cdiv_q(z, one, z);
        mpz_clear(one);
    } else if (bits <= 128) {
        mpz_mul_2exp(z, z, 128 - bits);
    } else {
        mpz_cdiv_q_2exp(z, z, bits - 128);
    }
    uint64_t low = mpz_get_ui(z);
    mpz_fdiv_q_2exp(z, z, 64);
    uint64_t high = mpz_get_ui(z);
    mpz_clear(z);
    store_relaxed(&p->x_low, low); /* who comes at the same time stores the same */
    store_release(&p->x_high, high);
    return (Wide)high << 64 | low;
}
static Wide power_of_10(int k) {
    Power *p = &powers[k - POWER_MIN];
    uint64_t high = load_acquire(&p->x_high);
    return likely(high != 0) ? (Wide)high << 64 | load_relaxed(&p->x_low) : power_make(p, k);
}

/* The high 64 bits of g * c, the lowest of them set if anything is below */
static uint64_t scaled(Wide g, uint64_t c) {
    Wide low = (Wide)(uint64_t)g * c, high = (Wide)(uint64_t)(g >> 64) * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* d > 0 as n * 10^*exponent */
static uint64_t decimal(double d, int *exponent) {
    uint64_t bits, c;
    memcpy(&bits, &d, 8);
    uint64_t fraction = bits & 0xFFFFFFFFFFFFF;
    int biased = (int)(bits >> 52) & 0x7FF, q = (biased == 0 ? 1 : biased) - 1075;
    c = biased == 0 ? fraction : fraction | (uint64_t)1 << 52;
    if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
        *exponent = 0;
        return c >> -q;
    }
    bool closer = fraction == 0 && biased > 1; /* the double below is nearer than the one above */
    uint64_t odd = c & 1;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* floor(log10(2^q)), or of 3/4 of that */
    int h = q + ((-k * 1741647) >> 19) + 1;
    Wide g = power_of_10(-k);
    uint64_t low = scaled(g, (4 * c - 2 + closer) << h) + odd, mid = scaled(g, (4 * c) << h), high = scaled(g, (4 * c + 2) << h) - odd, s = mid / 4;
    *exponent = k;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool under = low <= 40 * tens, over = 40 * tens + 40 <= high;
        if (under != over) {
            *exponent = k + 1;
            return tens + over;
        }
    }
    bool under = low <= 4 * s, over = 4 * s + 4 <= high;
    if (under != over) return s + over;
    uint64_t half = 4 * s + 2;
    return s + (mid > half || (mid == half && (s & 1)));
}

int double_digits(double d, char *digits, int *point) {
    int exponent, n = 0;
    uint64_t value = d == 0 ? 0 : decimal(d, &exponent);
    if (value == 0) {
        *point = 1;
        digits[0] = '0';
        return 1;
    }
    char reversed[24];
    while (value % 10 == 0) {
        value /= 10;
        exponent++;
    }
    for (; value != 0; value /= 10) reversed[n++] = (char)('0' + value % 10);
    for (int i = 0; i < n; i++) digits[i] = reversed[n - 1 - i];
    *point = exponent + n;
    return n;
}

static const uint64_t powers_of_10[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
    1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000};

/* d = c * 2^-shift, so that d * 10^decimals has a remainder that shows in whole bits. */
bool double_scaled(double d, int decimals, uint64_t *q) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    int exponent = (int)(bits >> 52), shift = 1075 - (exponent ? exponent : 1);
    if (decimals < 0 || decimals >= (int)(sizeof powers_of_10 / sizeof *powers_of_10) || shift <= 0) return false;
    Wide n = (Wide)((bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)(exponent != 0) << 52) * powers_of_10[decimals]; /* below 2^113 */
    if (shift >= 114) { /* less than a half */
        *q = 0;
        return true;
    }
    Wide whole = n >> shift, rest = n & (((Wide)1 << shift) - 1), half = (Wide)1 << (shift - 1);
    if (rest > half || (rest == half && (whole & 1))) whole++;
    *q = (uint64_t)whole;
    return whole >> 64 == 0;
}
