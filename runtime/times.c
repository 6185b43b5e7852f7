#include "runtime/times.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include <math.h>

int seconds_to_ns(Thread *t, Value seconds, int64_t *ns) {
    if (is_float(seconds)) {
        double d = float_value(seconds);
        if (isnan(d)) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
        d = d * 1e9;
        d = d >= 0 ? ceil(d) : floor(d);
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) goto too_large;
        *ns = (int64_t)d;
        return 0;
    }
    Ref i = number_index(t, seconds);
    if (ref_is_null(i)) return -1;
    int64_t n;
    int bad = int_try_i64(ref_borrow(i), &n) < 0 || __builtin_mul_overflow(n, (int64_t)1000000000, ns);
    ref_drop(t, i);
    if (!bad) return 0;
too_large:
    return err_int(err_set(t, E_OverflowError, "timestamp too large to convert to C _PyTime_t"));
}

int after_interrupt(Thread *t) {
    if (t->is_main) breaker_clear(t, BREAK_SIGNAL | BREAK_SIMULATED); /* before the handlers run, as at a safepoint: what comes then is new */
    return alloc_hooks.handle_signals ? alloc_hooks.handle_signals(t) : 0;
}
