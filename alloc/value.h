/* Value and Ref: the tagged 64-bit word that holds every Python value.
 *
 *   …xxx1   int, 63-bit signed, value << 1 | 1
 *   …xx10   float, the double rotated so that exponents from about 2^-255 to 2^256, and 0.0, fit
 *           (a "flonum" encoding, after K. Sasada, "A Lightweight Representation of Floating-Point
 *           Numbers on Ruby Interpreter", 2008, with an addition for its masks); other doubles are boxed
 *   …x000   pointer to a heap object whose reference is counted by whoever owns the word
 *   …x100   pointer to a heap object + 4: *uncounted* ("lent"). None, True, False, NotImplemented and
 *           Ellipsis are static objects and always carry this tag, so their words are constants.
 *   0       null: error, unbound, absent
 *
 * Owned and borrowed are two C types:
 *   Ref    owned: must be dropped (ref_drop), moved, or stored exactly once.
 *   Value  borrowed: valid until its owner drops it. See alloc/object.h for how long that is.
 * Only the functions of alloc/object.h cross between them.
 *
 * A word is not canonical for a pointer (with and without the 4): compare identity with value_is().
 * Callable from any thread state; nothing here touches memory behind the word.
 */
#ifndef WEFT_ALLOC_VALUE_H
#define WEFT_ALLOC_VALUE_H

#include "alloc/atomics.h"
#include "alloc/config.h"
#include <string.h>

typedef struct Object Object;
typedef struct Type Type;
typedef struct Thread Thread;

typedef struct { uint64_t bits; } Value;
typedef struct { uint64_t bits; } Ref;

#define VALUE_NULL ((Value){0})
#define REF_NULL ((Ref){0})
#define TAG_LENT 4u

extern Object none_object, true_object, false_object, not_implemented_object, ellipsis_object;
/* address constants, so that they can stand in static initializers */
#define LENT_WORD(obj) ((uint64_t)((char *)&(obj) + TAG_LENT))
#define VALUE_NONE ((Value){LENT_WORD(none_object)})
#define VALUE_TRUE ((Value){LENT_WORD(true_object)})
#define VALUE_FALSE ((Value){LENT_WORD(false_object)})
#define VALUE_NOT_IMPLEMENTED ((Value){LENT_WORD(not_implemented_object)})
#define VALUE_ELLIPSIS ((Value){LENT_WORD(ellipsis_object)})
#define REF_NONE ((Ref){LENT_WORD(none_object)})
#define REF_TRUE ((Ref){LENT_WORD(true_object)})
#define REF_FALSE ((Ref){LENT_WORD(false_object)})
#define REF_NOT_IMPLEMENTED ((Ref){LENT_WORD(not_implemented_object)})
#define REF_ELLIPSIS ((Ref){LENT_WORD(ellipsis_object)})

static inline bool value_is_null(Value v) { return v.bits == 0; }
static inline bool ref_is_null(Ref r) { return r.bits == 0; }
static inline bool value_is_int(Value v) { return v.bits & 1; } /* the small ones only */
static inline bool value_is_float(Value v) { return (v.bits & 3) == 2; } /* unboxed only */
static inline bool value_is_object(Value v) { return (v.bits & 3) == 0 && v.bits != 0; }
static inline bool value_is_none(Value v) { return v.bits == VALUE_NONE.bits; }
static inline bool ref_is_none(Ref r) { return r.bits == VALUE_NONE.bits; }
static inline bool value_is_true(Value v) { return v.bits == VALUE_TRUE.bits; }
static inline bool value_is_false(Value v) { return v.bits == VALUE_FALSE.bits; }
static inline bool value_is_not_implemented(Value v) { return v.bits == VALUE_NOT_IMPLEMENTED.bits; }
static inline bool ref_is_not_implemented(Ref r) { return r.bits == VALUE_NOT_IMPLEMENTED.bits; }

/* The object behind a pointer word; the word must be one (value_is_object). */
static inline Object *value_object(Value v) { return (Object *)(v.bits & ~(uint64_t)7); }
/* A borrowed word for an object; never for the five constants above: use VALUE_NONE and so on. */
static inline Value object_value(const void *o) { return (Value){(uint64_t)o}; }
/* as(List, v): the concrete struct behind a pointer word; the caller has checked the type */
#define as(T, v) ((T *)value_object(v))

/* Python's `is`. */
static inline bool value_is(Value a, Value b) {
    uint64_t x = a.bits ^ b.bits;
    return x == 0 || (x == TAG_LENT && (a.bits & 3) == 0);
}

/* A number in the word or one of None, True, False: owning it or not is the same, and storing it needs no publication. Of register words, too. */
static inline bool value_is_plain(Value v) { return (v.bits & 3) != 0 || value_is_none(v) || value_is_true(v) || value_is_false(v); }
/* A number in the word. */
static inline bool value_is_number(Value v) { return (v.bits & 3) != 0; }
/* value_is_plain of a word in a slot, where an uncounted pointer is one of these or another immortal object. Null isn't. */
static inline bool slot_word_is_plain(uint64_t bits) { return (bits & 7) != 0; }

static inline Value value_bool(bool b) { return b ? VALUE_TRUE : VALUE_FALSE; }
static inline Ref ref_bool(bool b) { return b ? REF_TRUE : REF_FALSE; }

/* Small ints: [-2^62, 2^62). */
#define SMALL_INT_MAX ((int64_t)(((uint64_t)1 << 62) - 1))
#define SMALL_INT_MIN (-SMALL_INT_MAX - 1)
static inline bool small_int_fits(int64_t i) { return i >= SMALL_INT_MIN && i <= SMALL_INT_MAX; }
static inline Value small_int(int64_t i) { return (Value){((uint64_t)i << 1) | 1}; }
static inline Ref ref_small_int(int64_t i) { return (Ref){((uint64_t)i << 1) | 1}; }
static inline int64_t value_int(Value v) { return (int64_t)v.bits >> 1; }

/* Unboxed floats. The three top bits of the exponent are 011 or 100 for numbers around 1; adding 1 to them makes the upper two 10, which the rotation
 * brings to the bottom: the tag. The word that 2^-255 would have stands for +0.0. */
#define FLONUM_BIAS ((uint64_t)1 << 60)
#define FLONUM_ZERO ((uint64_t)2)
static inline bool flonum_try(double d, Value *out) {
    uint64_t b;
    memcpy(&b, &d, 8);
    uint64_t w = b + FLONUM_BIAS;
    w = w << 3 | w >> 61;
    if (likely((w & 3) == 2 && w > 3)) { /* not FLONUM_ZERO */
        out->bits = w;
        return true;
    }
    if (b == 0) {
        out->bits = FLONUM_ZERO;
        return true;
    }
    return false;
}
static inline double value_flonum(Value v) {
    uint64_t b = 0;
    if (likely(v.bits != FLONUM_ZERO)) b = (v.bits >> 3 | v.bits << 61) - FLONUM_BIAS;
    double d;
    memcpy(&d, &b, 8);
    return d;
}

#endif
