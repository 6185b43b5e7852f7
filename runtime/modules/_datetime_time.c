/* datetime.time. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <stdio.h>

static void time_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Time *)o)->tz, visit, arg); }
static void time_drop(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((Time *)o)->tz)); }

static Time *time_alloc(Thread *t, Type *type, Value tz) {
    Time *x = type == &time_type ? object_new(Time, t, type) : kit_instance(t, type_value(type));
    if (x != NULL) slot_init(&x->tz, ref_new(t, tz));
    return x;
}
Ref time_make(Thread *t, Type *type, int hour, int minute, int second, int us, Value tz, int fold) {
    if (check_time(t, hour, minute, second, us, fold) < 0) return REF_NULL;
    Time *x = time_alloc(t, type, tz);
    if (x == NULL) return REF_NULL;
    x->hour = (uint8_t)hour;
    x->minute = (uint8_t)minute;
    x->second = (uint8_t)second;
    x->us = us;
    x->fold = (uint8_t)fold;
    return ref_steal(x);
}
#define TIME_FIELDS "|hour,minute,second,microsecond,tzinfo$fold"
/* Fills in what a call gives; f holds hour, minute, second, microsecond, fold. */
static int time_arguments(Thread *t, const char *fname, const Value *args, size_t nargs, Value kwnames, int *f, Value *tz) {
    Value a[6];
    if (kit_bind(t, fname, TIME_FIELDS, args, nargs, kwnames, a) < 0) return -1;
    for (int i = 0; i < 4; i++)
        if (c_int(t, a[i], &f[i]) < 0) return -1;
    if (c_int(t, a[5], &f[4]) < 0) return -1;
    if (!value_is_null(a[4])) *tz = a[4];
    return check_tzinfo(t, *tz);
}

static Ref time_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    uint8_t s[6];
    int f[5] = {0}, pickled = nargs >= 1 && nargs <= 2 && value_is_null(kwnames) ? pickled_state(t, args[0], 6, 0, 0, 23, "time", s) : 0;
    Value tz = VALUE_NONE;
    if (pickled < 0) return REF_NULL;
    if (pickled) {
        if (nargs == 2) tz = args[1];
        if (!value_is_none(tz) && !is_tzinfo(tz)) return err_set(t, E_TypeError, "bad tzinfo state arg");
        Time *x = time_alloc(t, as(Type, cls), tz);
        if (x == NULL) return REF_NULL;
        x->fold = s[0] >> 7;
        x->hour = s[0] & 0x7F;
        x->minute = s[1];
        x->second = s[2];
        x->us = s[3] << 16 | s[4] << 8 | s[5];
        return ref_steal(x);
    }
    if (time_arguments(t, NULL, args, nargs, kwnames, f, &tz) < 0) return REF_NULL;
    return time_make(t, as(Type, cls), f[0], f[1], f[2], f[3], tz, f[4]);
}
static Ref m_replace(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Time *x = as(Time, self);
    int f[5] = {x->hour, x->minute, x->second, x->us, x->fold};
    Value tz = slot_get(&x->tz);
    if (time_arguments(t, "replace", args, nargs, kwnames, f, &tz) < 0) return REF_NULL;
    return time_make(t, type_of(self), f[0], f[1], f[2], f[3], tz, f[4]);
}
static Ref m_fromisoformat(Thread *t, Value cls, const Value *a) {
    char buf[64];
    size_t n, skip;
    int h, m, s, us, offset, offset_us, status = -1;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromisoformat: argument must be str");
    if (iso_text(a[0], buf, sizeof buf, &n) != NULL && n > 0) {
        skip = buf[0] == 'T';
        status = n == skip ? -1 : parse_iso_time(buf + skip, n - skip, &h, &m, &s, &us, &offset, &offset_us);
    }
    if (status < 0) return invalid_iso(t, a[0]);
    Ref tz = REF_NONE, r = REF_NULL;
    if (status == 1) {
        Ref delta = delta_new(t, 0, offset, offset == 0 ? 0 : offset_us);
        tz = ref_is_null(delta) ? delta : timezone_make(t, ref_borrow(delta), VALUE_NULL);
        ref_drop(t, delta);
        if (ref_is_null(tz)) return tz;
    }
    if (value_is(cls, type_value(&time_type))) {
        r = time_make(t, &time_type, h, m, s, us, ref_borrow(tz), 0);
    } else {
        Value args[] = {small_int(h), small_int(m), small_int(s), small_int(us), ref_borrow(tz)};
        r = call(t, cls, args, 5, VALUE_NULL);
    }
    ref_drop(t, tz);
    return r;
}

/* ---- text -------------------------------------------------------------------------------------------------------------------------------- */

static Ref time_repr(Thread *t, Value self) {
    const Time *x = as(Time, self);
    StrBuilder b = STR_BUILDER;
    int status = builder_format(t, &b, "%N(%d, %d", type_of(self), x->hour, x->minute);
    if (status == 0 && (x->second || x->us)) status = builder_format(t, &b, ", %d", x->second);
    if (status == 0 && x->us) status = builder_format(t, &b, ", %d", x->us);
    if (status == 0 && !value_is_none(slot_get(&x->tz))) status = builder_format(t, &b, ", tzinfo=%R", slot_get(&x->tz));
    if (status == 0 && x->fold) status = builder_cstr(t, &b, ", fold=1");
    if (status == 0) status = builder_char(t, &b, ')');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref m_isoformat(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Time *x = as(Time, self);
    Value a[1];
    if (kit_bind(t, "isoformat", "|timespec", args, nargs, kwnames, a) < 0) return REF_NULL;
    int spec = timespec_index(t, a[0], x->us);
    if (spec < 0) return REF_NULL;
    char buf[100];
    int n = format_time(buf, spec, x->hour, x->minute, x->second, x->us);
    return format_offset(t, buf + n, ":", slot_get(&x->tz), VALUE_NONE) < 0 ? REF_NULL : str_from_cstr(t, buf);
}
static Ref time_str(Thread *t, Value self) { return call_method0(t, self, str_intern_cstr(t, "isoformat")); }
static Ref m_strftime(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Time *x = as(Time, self);
    Value format;
    if (kit_bind(t, "strftime", "format", args, nargs, kwnames, &format) < 0) return REF_NULL;
    if (!is_str(format)) return err_set(t, E_TypeError, "strftime() argument 1 must be str, not %G", format);
    Ref items[] = {ref_small_int(1900), ref_small_int(1), ref_small_int(1), ref_small_int(x->hour), ref_small_int(x->minute), ref_small_int(x->second),
                   ref_small_int(0), ref_small_int(1), ref_small_int(-1)};
    Ref tuple = tuple_from_steal(t, items, 9), r = ref_is_null(tuple) ? tuple : datetime_strftime(t, self, format, ref_borrow(tuple));
    ref_drop(t, tuple);
    return r;
}
static Ref m_format(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument 1 must be str, not %G", a[0]);
    if (str_length(a[0]) == 0) return object_str(t, self);
    return call_method1(t, self, str_intern_cstr(t, "strftime"), a[0]);
}

/* ---- offsets, comparison, hash ---------------------------------------------------------------------------------------------------------------- */

static Ref offset_of(Thread *t, Value self) { return tz_offset(t, slot_get(&as(Time, self)->tz), "utcoffset", VALUE_NONE); }
static Ref m_utcoffset(Thread *t, Value self, const Value *a) { return offset_of(t, self); }
static Ref m_dst(Thread *t, Value self, const Value *a) { return tz_offset(t, slot_get(&as(Time, self)->tz), "dst", VALUE_NONE); }
static Ref m_tzname(Thread *t, Value self, const Value *a) { return tz_name(t, slot_get(&as(Time, self)->tz), VALUE_NONE); }

/* microseconds since midnight, less the offset if there is one */
static int64_t time_us(const Time *x, Value offset) {
    int64_t s = (x->hour * 60 + x->minute) * 60 + x->second, us = s * US_PER_SECOND + x->us;
    if (value_is_none(offset)) return us;
    const Delta *d = as(Delta, offset);
    return us - (((int64_t)d->days * SECONDS_PER_DAY + d->seconds) * US_PER_SECOND + d->us);
}
static Ref time_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_time(b)) return REF_NOT_IMPLEMENTED;
    const Time *x = as(Time, a), *y = as(Time, b);
    int64_t p, q;
    if (value_is(slot_get(&x->tz), slot_get(&y->tz))) {
        p = time_us(x, VALUE_NONE);
        q = time_us(y, VALUE_NONE);
        return compare_result(p < q ? -1 : p > q, op);
    }
    Ref m = offset_of(t, a), n = ref_is_null(m) ? m : offset_of(t, b), r = REF_NULL;
    if (ref_is_null(n)) goto done;
    if (ref_is_none(m) == ref_is_none(n)) {
        p = time_us(x, ref_borrow(m));
        q = time_us(y, ref_borrow(n));
        r = compare_result(p < q ? -1 : p > q, op);
    } else if (op == CMP_EQ || op == CMP_NE) {
        r = ref_bool(op == CMP_NE);
    } else {
        err_set(t, E_TypeError, "can't compare offset-naive and offset-aware times");
    }
done:
    ref_drop(t, m);
    ref_drop(t, n);
    return r;
}
static void time_state(const Time *x, bool with_fold, uint8_t *s) {
    s[0] = x->hour | (with_fold && x->fold ? 0x80 : 0);
    s[1] = x->minute;
    s[2] = x->second;
    s[3] = (uint8_t)(x->us >> 16);
    s[4] = (uint8_t)(x->us >> 8);
    s[5] = (uint8_t)x->us;
}
static int64_t time_hash(Thread *t, Value self) {
    Time *x = as(Time, self);
    int64_t h = load_relaxed(&x->x_hash);
    if (h != 0) return h;
    Ref offset;
    if (x->fold) { /* the hash doesn't depend on fold */
        Ref plain = time_make(t, &time_type, x->hour, x->minute, x->second, x->us, slot_get(&x->tz), 0);
        if (ref_is_null(plain)) return -1;
        offset = offset_of(t, ref_borrow(plain));
        ref_drop(t, plain);
    } else {
        offset = offset_of(t, self);
    }
    if (ref_is_null(offset)) return -1;
    if (ref_is_none(offset)) {
        uint8_t s[6];
        time_state(x, false, s);
        h = hash_bytes(s, 6);
    } else {
        Ref delta = delta_new(t, 0, 0, time_us(x, ref_borrow(offset)));
        h = ref_is_null(delta) ? -1 : object_hash(t, ref_borrow(delta));
        ref_drop(t, delta);
    }
    ref_drop(t, offset);
    if (h != -1) store_relaxed(&x->x_hash, h);
    return h;
}

static Ref reduce(Thread *t, Value self, bool with_fold) {
    uint8_t s[6];
    time_state(as(Time, self), with_fold, s);
    Ref bytes = bytes_new(t, s, 6);
    if (ref_is_null(bytes)) return bytes;
    Value tz = slot_get(&as(Time, self)->tz), args[] = {ref_borrow(bytes), tz};
    Ref r = kit_reduce(t, type_value(type_of(self)), args, value_is_none(tz) ? 1 : 2, VALUE_NULL);
    ref_drop(t, bytes);
    return r;
}
static Ref m_reduce_ex(Thread *t, Value self, const Value *a) {
    int protocol = 0;
    return c_int(t, a[0], &protocol) < 0 ? REF_NULL : reduce(t, self, protocol > 3);
}
static Ref m_reduce(Thread *t, Value self, const Value *a) { return reduce(t, self, false); }

static Ref get_hour(Thread *t, Value self, void *closure) { return ref_small_int(as(Time, self)->hour); }
static Ref get_minute(Thread *t, Value self, void *closure) { return ref_small_int(as(Time, self)->minute); }
static Ref get_second(Thread *t, Value self, void *closure) { return ref_small_int(as(Time, self)->second); }
static Ref get_us(Thread *t, Value self, void *closure) { return ref_small_int(as(Time, self)->us); }
static Ref get_tz(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Time, self)->tz); }
static Ref get_fold(Thread *t, Value self, void *closure) { return ref_small_int(as(Time, self)->fold); }
static const GetSetDef getset[] = {{"hour", get_hour}, {"minute", get_minute}, {"second", get_second}, {"microsecond", get_us}, {"tzinfo", get_tz}, {"fold", get_fold}, {NULL}};
static NativeDef methods[] = {
    FN_RAW("isoformat", NULL, m_isoformat,
           "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\nThe optional argument timespec specifies the number of additional terms\nof the "
           "time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n"),
    FN_RAW("strftime", NULL, m_strftime, "format -> strftime() style string."),
    FN_TUPLE("__format__", "!($self, format, /)", m_format, "Formats self with strftime."),
    FN("utcoffset", "!($self, /)", m_utcoffset, "Return self.tzinfo.utcoffset(self)."),
    FN("tzname", "!($self, /)", m_tzname, "Return self.tzinfo.tzname(self)."),
    FN("dst", "!($self, /)", m_dst, "Return self.tzinfo.dst(self)."),
    FN_RAW("replace", NULL, m_replace, "Return time with new specified fields."),
    FN_CLASS("fromisoformat", "!($type, string, /)", m_fromisoformat, "string -> time from a string in ISO 8601 format"),
    FN("__reduce_ex__", "!($self, proto, /)", m_reduce_ex, "__reduce_ex__(proto) -> (cls, state)"),
    FN("__reduce__", "!($self, /)", m_reduce, "__reduce__() -> (cls, state)"),
    FN_END,
};
Type time_type = {
    TYPE_HEADER(Time, TYPE_BASETYPE | TYPE_CONTAINER, time_traverse, NULL, time_drop),
    .name = "datetime.time",
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll arguments are optional. tzinfo may be None, or an instance of\n"
           "a tzinfo subclass. The remaining arguments may be ints.\n",
    .new_ = time_new, .repr = time_repr, .str = time_str, .hash = time_hash, .richcompare = time_compare, .methods = methods, .getset = getset,
};
