/* int: 63-bit ones in the word (value.h), bigger ones as BigInt over GMP's mpn layer. bool: the two static objects. */
#ifndef WEFT_RUNTIME_INT_H
#define WEFT_RUNTIME_INT_H
#include "runtime/type.h"
#include <gmp.h>
/* Normalized: no leading zero limb; exact ints that fit the word are never boxed. Instances of int's *subclasses* are always boxed
 * BigInt (0 to n limbs), True and False too (static). */
typedef struct BigInt {
    Object base;
    int64_t size; /* limbs; negative for a negative number */
    mp_limb_t limb[];
} BigInt;
typedef struct BoolObject { BigInt base; } BoolObject;

Ref int_from_i64(Thread *t, int64_t i);
Ref int_from_u64(Thread *t, uint64_t u);
Ref int_from_double(Thread *t, double d);  /* truncated; OverflowError / ValueError for inf / nan */
Ref int_from_text(Thread *t, const char *digits, size_t n, int base); /* digits only, no underscores, optional sign and 0x; ValueError; 4300-digit limit applies */
Ref int_parse(Thread *t, Value str_or_bytes, int base);               /* int("…", base): whitespace, underscores, all messages */
Ref int_to_text(Thread *t, Value i, int base, bool prefix);           /* str; ValueError on the digit limit for base 10 */
/* any int-like word (small, BigInt, bool, subclass): 0, or -1 if it does not fit (no exception) */
static inline int int_try_i64(Value v, int64_t *out);
int int_try_i64_slow(Value v, int64_t *out);
static inline int int_try_i64(Value v, int64_t *out) {
    if (value_is_int(v)) { *out = value_int(v); return 0; }
    return int_try_i64_slow(v, out);
}
int int_as_u64_mask(Value v, uint64_t *out);   /* modulo 2^64 */
int int_try_u64(Value v, uint64_t *out);
double int_as_double(Thread *t, Value v);      /* correctly rounded; -1.0 with OverflowError set */
int int_sign(Value v);                         /* -1, 0, 1 */
bool int_is_zero(Value v);
Ref int_from_bytes(Thread *t, const uint8_t *p, size_t n, bool little, bool is_signed);
int int_to_bytes(Thread *t, Value v, uint8_t *p, size_t n, bool little, bool is_signed); /* OverflowError */
Ref int_exact(Thread *t, Value v);             /* a subclass instance as plain int */
size_t int_bit_length(Value v);
int64_t int_hash(Value v);
int int_compare(Value a, Value b);             /* both int-like: -1, 0, 1 */
/* full operators on int-likes, for the VM's slow paths: exact results, ZeroDivisionError, … */
Ref int_add(Thread *t, Value a, Value b);
/* acc += i in place, if acc is a big exact int that only the caller refers to and its limbs hold the sum; else false and nothing happens. */
bool int_accumulate(Thread *t, Ref acc, int64_t i);
Ref int_sub(Thread *t, Value a, Value b);
Ref int_mul(Thread *t, Value a, Value b);
Ref int_floordiv(Thread *t, Value a, Value b);
Ref int_mod(Thread *t, Value a, Value b);
Ref int_pow(Thread *t, Value a, Value b, Value mod_or_none);
Ref int_gcd(Thread *t, Value a, Value b);
Ref int_lshift(Thread *t, Value a, Value b);
Ref int_rshift(Thread *t, Value a, Value b);
#endif
