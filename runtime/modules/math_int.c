/* math: exact functions on ints: gcd, lcm, isqrt, factorial, comb, perm. */
#include "runtime/modules/math.h"

/* An owned exact int by __index__. */
static Ref index_of(Thread *t, Value v) {
    if (value_is_int(v)) return (Ref){v.bits};
    Ref i = number_index(t, v);
    if (ref_is_null(i) || is_exact(ref_borrow(i), &int_type)) return i;
    Ref exact = int_exact(t, ref_borrow(i));
    ref_drop(t, i);
    return exact;
}

/* *r = f(*r, v): consumes the old *r; null with an exception */
static void apply(Thread *t, Ref *r, Value v, Ref (*f)(Thread *, Value, Value)) {
    Ref next = ref_is_null(*r) ? REF_NULL : f(t, ref_borrow(*r), v);
    ref_drop(t, *r);
    *r = next;
}

static Ref lcm(Thread *t, Value a, Value b) {
    if (int_is_zero(a) || int_is_zero(b)) return ref_small_int(0);
    Ref divisor = int_gcd(t, a, b), r = ref_is_null(divisor) ? divisor : int_floordiv(t, a, ref_borrow(divisor));
    ref_drop(t, divisor);
    apply(t, &r, b, int_mul);
    if (!ref_is_null(r) && int_sign(ref_borrow(r)) < 0) {
        Ref positive = number_neg(t, ref_borrow(r));
        ref_drop(t, r);
        return positive;
    }
    return r;
}

static Ref fold(Thread *t, const Value *args, size_t nargs, int64_t empty, Ref (*f)(Thread *, Value, Value)) {
    if (nargs == 0) return ref_small_int(empty);
    Ref r = index_of(t, args[0]);
    if (nargs == 1 && !ref_is_null(r)) {
        Ref size = number_abs(t, ref_borrow(r));
        ref_drop(t, r);
        return size;
    }
    for (size_t i = 1; i < nargs && !ref_is_null(r); i++) {
        Ref v = index_of(t, args[i]);
        if (ref_is_null(v)) {
            ref_drop(t, r);
            return v;
        }
        apply(t, &r, ref_borrow(v), f);
        ref_drop(t, v);
    }
    return r;
}
static Ref m_gcd(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    return no_kwargs(t, "math.gcd", kwnames) < 0 ? REF_NULL : fold(t, args, nargs, 0, int_gcd);
}
static Ref m_lcm(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    return no_kwargs(t, "math.lcm", kwnames) < 0 ? REF_NULL : fold(t, args, nargs, 1, lcm);
}

static Ref m_isqrt(Thread *t, Value m, const Value *a) {
    Ref n = index_of(t, a[0]);
    if (ref_is_null(n)) return n;
    if (int_sign(ref_borrow(n)) < 0) {
        ref_drop(t, n);
        return err_set(t, E_ValueError, "isqrt() argument must be nonnegative");
    }
    Ref r = REF_NULL;
    int64_t small;
    if (int_try_i64(ref_borrow(n), &small) == 0) {
        uint64_t x = (uint64_t)small, root = (uint64_t)__builtin_sqrt((double)x);
        while (root * root > x) root--;
        while ((root + 1) * (root + 1) <= x) root++;
        ref_drop(t, n);
        return int_from_u64(t, root);
    }
    BigInt *big = as(BigInt, ref_borrow(n));
    size_t limbs = (size_t)big->size, bytes = (limbs + 1) / 2 * sizeof(mp_limb_t);
    mp_limb_t *root = mem_alloc(bytes);
    if (root == NULL) {
        err_no_memory(t);
    } else {
        mpn_sqrtrem(root, NULL, big->limb, (mp_size_t)limbs);
        r = int_from_bytes(t, (uint8_t *)root, bytes, true, false); /* little-endian machines, as value.h assumes */
        mem_free(root);
    }
    ref_drop(t, n);
    return r;
}

/* Product of lo, lo + 1, … hi - 1, by halves, so that the factors are of like size. */
static Ref product(Thread *t, uint64_t lo, uint64_t hi) {
    if (hi - lo <= 8) {
        Ref r = ref_small_int(1);
        for (uint64_t i = lo; i < hi; i++) apply(t, &r, small_int((int64_t)i), int_mul);
        return r;
    }
    uint64_t mid = lo + (hi - lo) / 2;
    Ref left = product(t, lo, mid);
    if (ref_is_null(left)) return left;
    Ref right = product(t, mid, hi);
    if (!ref_is_null(right)) apply(t, &left, ref_borrow(right), int_mul);
    else ref_drop(t, left), left = REF_NULL;
    ref_drop(t, right);
    return left;
}

static Ref m_factorial(Thread *t, Value m, const Value *a) {
    Ref n = index_of(t, a[0]);
    if (ref_is_null(n)) return n;
    int64_t x;
    int fits = int_try_i64(ref_borrow(n), &x), sign = int_sign(ref_borrow(n));
    ref_drop(t, n);
    if (sign < 0) return err_set(t, E_ValueError, "factorial() not defined for negative values");
    if (fits < 0) return err_set(t, E_OverflowError, "factorial() argument should not exceed %lld", (long long)INT64_MAX);
    return product(t, 1, (uint64_t)x + 1);
}

/* n (n-1) … (n-k+1) for any n, k >= 0, by halves */
static Ref falling(Thread *t, Value n, uint64_t skip, uint64_t k) {
    if (k == 0) return ref_small_int(1);
    if (k == 1) return int_sub(t, n, small_int((int64_t)skip));
    Ref left = falling(t, n, skip, k / 2), right = ref_is_null(left) ? REF_NULL : falling(t, n, skip + k / 2, k - k / 2);
    if (ref_is_null(right)) {
        ref_drop(t, left);
        return right;
    }
    apply(t, &left, ref_borrow(right), int_mul);
    ref_drop(t, right);
    return left;
}

/* C(n, k) = C(n, j) C(n - j, k - j) / C(k, j) with j = k / 2: every step is exact, and no number is larger than needed. */
static Ref binomial(Thread *t, Value n, uint64_t k) {
    if (k == 0) return ref_small_int(1);
    if (k == 1) return ref_new(t, n);
    if (k <= 4) {
        Ref top = falling(t, n, 0, k);
        static const int64_t factorial[] = {1, 1, 2, 6, 24};
        apply(t, &top, small_int(factorial[k]), int_floordiv);
        return top;
    }
    uint64_t j = k / 2;
    Ref r = binomial(t, n, j), rest = REF_NULL, other = REF_NULL, divisor = REF_NULL;
    if (!ref_is_null(r)) rest = int_sub(t, n, small_int((int64_t)j));
    if (!ref_is_null(rest)) other = binomial(t, ref_borrow(rest), k - j);
    if (!ref_is_null(other)) divisor = binomial(t, small_int((int64_t)k), j);
    if (ref_is_null(divisor)) {
        ref_drop(t, r);
        r = REF_NULL;
    } else {
        apply(t, &r, ref_borrow(other), int_mul);
        apply(t, &r, ref_borrow(divisor), int_floordiv);
    }
    ref_drop(t, divisor);
    ref_drop(t, other);
    ref_drop(t, rest);
    return r;
}

static Ref choose(Thread *t, const Value *a, bool ordered) {
    if (ordered && (value_is_null(a[1]) || value_is_none(a[1]))) return m_factorial(t, VALUE_NULL, a);
    Ref n = index_of(t, a[0]), k = ref_is_null(n) ? n : index_of(t, a[1]), r = REF_NULL;
    if (!ref_is_null(k)) {
        if (int_sign(ref_borrow(n)) < 0) err_set(t, E_ValueError, "n must be a non-negative integer");
        else if (int_sign(ref_borrow(k)) < 0) err_set(t, E_ValueError, "k must be a non-negative integer");
        else if (int_compare(ref_borrow(n), ref_borrow(k)) < 0) r = ref_small_int(0);
        else {
            Value small = ref_borrow(k);
            Ref rest = ordered ? REF_NULL : int_sub(t, ref_borrow(n), small);
            if (!ref_is_null(rest) && int_compare(ref_borrow(rest), small) < 0) small = ref_borrow(rest);
            int64_t times;
            if (!ordered && ref_is_null(rest)) r = REF_NULL;
            else if (int_try_i64(small, &times) < 0)
                err_set(t, E_OverflowError, ordered ? "k must not exceed %lld" : "min(n - k, k) must not exceed %lld", (long long)INT64_MAX);
            else r = ordered ? falling(t, ref_borrow(n), 0, (uint64_t)times) : binomial(t, ref_borrow(n), (uint64_t)times);
            ref_drop(t, rest);
        }
    }
    ref_drop(t, n);
    ref_drop(t, k);
    return r;
}
static Ref m_comb(Thread *t, Value m, const Value *a) { return choose(t, a, false); }
static Ref m_perm(Thread *t, Value m, const Value *a) { return choose(t, a, true); }

NativeDef math_int_functions[] = {
    FN("comb", "($module, n, k, /)", m_comb, "Ways to choose k of n items, order and repetition apart."),
    FN("factorial", "($module, n, /)", m_factorial, "1 * 2 * … * n."),
    FN_RAW("gcd", "($module, *integers)", m_gcd, "Greatest common divisor."),
    FN("isqrt", "($module, n, /)", m_isqrt, "Integer part of the square root."),
    FN_RAW("lcm", "($module, *integers)", m_lcm, "Least common multiple."),
    FN("perm", "($module, n, k=None, /)", m_perm, "Ways to choose k of n items in order."),
    FN_END,
};
