/* What int.c, int_text.c and int_type.c share: limb views and making results. Attached threads; nothing here runs Python. */
#ifndef WEFT_RUNTIME_INT_INTERNAL_H
#define WEFT_RUNTIME_INT_INTERNAL_H
#include "runtime/int.h"
#include "runtime/errors.h"

/* The magnitude and sign of any int-like word. p may point at `one`, so a view is filled in place and not copied. */
typedef struct IntView {
    const mp_limb_t *p;
    mp_size_t n; /* limbs, no leading zeros; 0 for zero */
    bool neg;
    mp_limb_t one;
} IntView;
void int_view(Value v, IntView *out);

/* A fresh BigInt with room for n limbs (contents undefined); null with MemoryError. */
BigInt *bigint_alloc(Thread *t, mp_size_t n);
/* Gives b (from bigint_alloc) its size and sign; strips leading zero limbs; a small result frees b and returns the word. */
Ref bigint_finish(Thread *t, BigInt *b, mp_size_t n, bool neg);
Ref int_from_view(Thread *t, const IntView *v);
/* Quotient and remainder rounded to minus infinity; either may be null. ZeroDivisionError. */
int int_divmod_floor(Thread *t, Value a, Value b, Ref *quotient, Ref *remainder);
Ref int_divide_true(Thread *t, Value a, Value b); /* a / b, correctly rounded */
int int_max_str_digits(void);
void int_set_max_str_digits(int n);
/* True if scratch of about `limbs` limbs can be had: GMP ends the process when its own allocations fail, so ask before. */
bool int_scratch_available(mp_size_t limbs);
#endif
