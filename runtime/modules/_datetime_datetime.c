/* datetime.datetime. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static void datetime_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((DateTime *)o)->tz, visit, arg); }
static void datetime_drop(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((DateTime *)o)->tz)); }
static Value tz_of(Value self) { return slot_get(&as(DateTime, self)->tz); }

/* ---- making ------------------------------------------------------------------------------------------------------------------------------ */

/* The fields of f without checks. */
static Ref datetime_alloc(Thread *t, Type *type, const DateTime *f, Value tz) {
    DateTime *d = type == &datetime_type ? object_new(DateTime, t, type) : kit_instance(t, type_value(type));
    if (d == NULL) return REF_NULL;
    memcpy(&d->year, &f->year, offsetof(DateTime, us) + sizeof f->us - offsetof(DateTime, year));
    slot_init(&d->tz, ref_new(t, tz));
    return ref_steal(d);
}
Ref datetime_make(Thread *t, Type *type, const DateTime *f, Value tz) {
    if (check_date(t, f->year, f->month, f->day) < 0 || check_time(t, f->hour, f->minute, f->second, f->us, f->fold) < 0) return REF_NULL;
    return datetime_alloc(t, type, f, tz);
}
Ref datetime_call(Thread *t, Value cls, const DateTime *f, Value tz) {
    if (value_is(cls, type_value(&datetime_type))) return datetime_make(t, &datetime_type, f, tz);
    Value args[] = {small_int(f->year), small_int(f->month), small_int(f->day), small_int(f->hour), small_int(f->minute), small_int(f->second), small_int(f->us), tz};
    Ref r = call(t, cls, args, 8, VALUE_NULL);
    if (!ref_is_null(r) && f->fold && is_datetime(ref_borrow(r)) && ref_is_unique(t, value_object(ref_borrow(r)))) as(DateTime, ref_borrow(r))->fold = f->fold;
    return r;
}

typedef struct Fields { int f[8]; Value tz; } Fields; /* year … microsecond, fold */
#define OPTIONAL_FIELDS "hour,minute,second,microsecond,tzinfo$fold"
static int take_arguments(Thread *t, const char *fname, const char *names, const Value *args, size_t nargs, Value kwnames, Fields *out) {
    Value a[9];
    if (kit_bind(t, fname, names, args, nargs, kwnames, a) < 0) return -1;
    for (int i = 0; i < 7; i++)
        if (c_int(t, a[i], &out->f[i]) < 0) return -1;
    if (c_int(t, a[8], &out->f[7]) < 0) return -1;
    if (!value_is_null(a[7])) out->tz = a[7];
    const int *f = out->f;
    return check_date(t, f[0], f[1], f[2]) < 0 || check_time(t, f[3], f[4], f[5], f[6], f[7]) < 0 || check_tzinfo(t, out->tz) < 0 ? -1 : 0;
}
static DateTime packed(const int *f) {
    return (DateTime){.year = (uint16_t)f[0], .month = (uint8_t)f[1], .day = (uint8_t)f[2], .hour = (uint8_t)f[3], .minute = (uint8_t)f[4],
                      .second = (uint8_t)f[5], .us = f[6], .fold = (uint8_t)f[7]};
}

static Ref datetime_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    uint8_t s[10];
    int pickled = nargs >= 1 && nargs <= 2 && value_is_null(kwnames) ? pickled_state(t, args[0], 10, 2, 1, 12, "datetime", s) : 0;
    if (pickled < 0) return REF_NULL;
    if (pickled) {
        Value tz = nargs == 2 ? args[1] : VALUE_NONE;
        if (!value_is_none(tz) && !is_tzinfo(tz)) return err_set(t, E_TypeError, "bad tzinfo state arg");
        int f[] = {s[0] << 8 | s[1], s[2] & 0x7F, s[3], s[4], s[5], s[6], s[7] << 16 | s[8] << 8 | s[9], s[2] >> 7};
        DateTime d = packed(f);
        return datetime_alloc(t, as(Type, cls), &d, tz);
    }
    Fields in = {.tz = VALUE_NONE};
    if (check_few(t, args, nargs) < 0 || take_arguments(t, NULL, "year,month,day|" OPTIONAL_FIELDS, args, nargs, kwnames, &in) < 0) return REF_NULL;
    DateTime d = packed(in.f);
    return datetime_alloc(t, as(Type, cls), &d, in.tz);
}
static Ref m_replace(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const DateTime *x = as(DateTime, self);
    Fields in = {{x->year, x->month, x->day, x->hour, x->minute, x->second, x->us, x->fold}, slot_get(&x->tz)};
    if (take_arguments(t, "replace", "|year,month,day," OPTIONAL_FIELDS, args, nargs, kwnames, &in) < 0) return REF_NULL;
    DateTime d = packed(in.f);
    return datetime_alloc(t, type_of(self), &d, in.tz);
}

/* ---- from moments -------------------------------------------------------------------------------------------------------------------------- */

static Ref from_moment(Thread *t, Value cls, int64_t when, int us, bool local, Value tz) {
    struct tm tm;
    if (broken_down(t, when, local, &tm) < 0) return REF_NULL;
    int year = tm.tm_year + 1900, second = tm.tm_sec > 59 ? 59 : tm.tm_sec, fold = 0;
    if (year < MIN_YEAR || year > MAX_YEAR) return err_set(t, E_ValueError, "year %d is out of range", year);
    if (local && value_is_none(tz)) { /* did clocks show this once before? */
        int64_t here = calendar_seconds(t, year, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, second);
        int64_t probe = local_seconds(t, EPOCH_SECONDS + when - FOLD_SECONDS);
        if (probe == -1) return REF_NULL;
        int64_t jump = here - probe - FOLD_SECONDS;
        if (jump < 0) {
            probe = local_seconds(t, EPOCH_SECONDS + when + jump);
            if (probe == -1) return REF_NULL;
            fold = probe == here;
        }
    }
    int f[] = {year, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, second, us, fold};
    DateTime d = packed(f);
    return datetime_call(t, cls, &d, tz);
}
/* … and then tz.fromutc() */
static Ref from_moment_in(Thread *t, Value cls, int64_t when, int us, Value tz) {
    if (check_tzinfo(t, tz) < 0) return REF_NULL;
    Ref r = from_moment(t, cls, when, us, value_is_none(tz), tz);
    if (ref_is_null(r) || value_is_none(tz)) return r;
    Ref moved = call_method1(t, tz, str_intern_cstr(t, "fromutc"), ref_borrow(r));
    ref_drop(t, r);
    return moved;
}
static void clock_now(int64_t *when, int *us) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *when = now.tv_sec;
    *us = (int)(now.tv_nsec / 1000);
}
static Ref m_now(Thread *t, Value cls, const Value *a) {
    int64_t when;
    int us;
    clock_now(&when, &us);
    return from_moment_in(t, cls, when, us, value_is_null(a[0]) ? VALUE_NONE : a[0]);
}
static Ref m_utcnow(Thread *t, Value cls, const Value *a) {
    int64_t when;
    int us;
    clock_now(&when, &us);
    return from_moment(t, cls, when, us, false, VALUE_NONE);
}
static Ref m_fromtimestamp(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    int64_t when;
    int us;
    if (kit_bind(t, "fromtimestamp", "timestamp|tz", args, nargs, kwnames, a) < 0) return REF_NULL;
    Value tz = value_is_null(a[1]) ? VALUE_NONE : a[1];
    if (check_tzinfo(t, tz) < 0 || timestamp_parts(t, a[0], &when, &us) < 0) return REF_NULL;
    return from_moment_in(t, cls, when, us, tz);
}
static Ref m_utcfromtimestamp(Thread *t, Value cls, const Value *a) {
    int64_t when;
    int us;
    return timestamp_parts(t, a[0], &when, &us) < 0 ? REF_NULL : from_moment(t, cls, when, us, false, VALUE_NONE);
}

/* ---- other constructors ---------------------------------------------------------------------------------------------------------------------- */

static Ref m_strptime(Thread *t, Value cls, const Value *a) {
    for (int i = 0; i < 2; i++)
        if (!is_str(a[i])) return err_set(t, E_TypeError, "strptime() argument %d must be str, not %G", i + 1, a[i]);
    Ref f = import_attr(t, "_strptime", "_strptime_datetime"), r = ref_is_null(f) ? f : call3(t, ref_borrow(f), cls, a[0], a[1]);
    ref_drop(t, f);
    return r;
}
static Ref m_combine(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    if (kit_bind(t, "combine", "date|time,tzinfo", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!is_date(a[0])) return err_set(t, E_TypeError, "combine() argument 1 must be datetime.date, not %G", a[0]);
    if (value_is_null(a[1])) return err_set(t, E_TypeError, "combine() missing required argument 'time' (pos 2)");
    if (!is_time(a[1])) return err_set(t, E_TypeError, "combine() argument 2 must be datetime.time, not %G", a[1]);
    const Date *d = as(Date, a[0]);
    const Time *x = as(Time, a[1]);
    Value tz = value_is_null(a[2]) ? slot_get(&x->tz) : a[2];
    if (check_tzinfo(t, tz) < 0) return REF_NULL;
    int f[] = {d->year, d->month, d->day, x->hour, x->minute, x->second, x->us, x->fold};
    DateTime c = packed(f);
    return datetime_call(t, cls, &c, tz);
}
static Ref m_fromisoformat(Thread *t, Value cls, const Value *a) {
    char buf[128];
    size_t n, at = 0;
    int f[8] = {0}, offset = 0, offset_us = 0, status = -1;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromisoformat: argument must be str");
    if (iso_text(a[0], buf, sizeof buf, &n) != NULL && n >= 7) at = iso_separator(buf, n);
    if (at > 0 && at <= n) {
        status = parse_iso_date(buf, at, &f[0], &f[1], &f[2]);
        if (status == 0 && at < n) status = at + 1 == n ? -1 : parse_iso_time(buf + at + 1, n - at - 1, &f[3], &f[4], &f[5], &f[6], &offset, &offset_us);
    }
    if (status < 0) return invalid_iso(t, a[0]);
    Ref tz = REF_NONE;
    if (status == 1) {
        Ref delta = delta_new(t, 0, offset, offset == 0 ? 0 : offset_us);
        tz = ref_is_null(delta) ? delta : timezone_make(t, ref_borrow(delta), VALUE_NULL);
        ref_drop(t, delta);
        if (ref_is_null(tz)) return tz;
    }
    Ref r = REF_NULL;
    if (check_date(t, f[0], f[1], f[2]) == 0 && check_time(t, f[3], f[4], f[5], f[6], 0) == 0) {
        DateTime d = packed(f);
        r = datetime_call(t, cls, &d, ref_borrow(tz));
    }
    ref_drop(t, tz);
    return r;
}

/* ---- text -------------------------------------------------------------------------------------------------------------------------------------- */

static Ref datetime_repr(Thread *t, Value self) {
    const DateTime *d = as(DateTime, self);
    StrBuilder b = STR_BUILDER;
    int status = builder_format(t, &b, "%N(%d, %d, %d, %d, %d", type_of(self), d->year, d->month, d->day, d->hour, d->minute);
    if (status == 0 && (d->second || d->us)) status = builder_format(t, &b, ", %d", d->second);
    if (status == 0 && d->us) status = builder_format(t, &b, ", %d", d->us);
    if (status == 0 && d->fold) status = builder_cstr(t, &b, ", fold=1");
    if (status == 0 && !value_is_none(slot_get(&d->tz))) status = builder_format(t, &b, ", tzinfo=%R", slot_get(&d->tz));
    if (status == 0) status = builder_char(t, &b, ')');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref isoformat(Thread *t, Value self, uint32_t sep, int spec) {
    const DateTime *d = as(DateTime, self);
    char buf[120];
    int n = sprintf(buf, "%04d-%02d-%02d", d->year, d->month, d->day), m = n + 1 + format_time(buf + n + 1, spec, d->hour, d->minute, d->second, d->us);
    buf[n] = sep < 128 ? (char)sep : '?';
    if (format_offset(t, buf + m, ":", slot_get(&d->tz), self) < 0) return REF_NULL;
    if (sep < 128 && sep != 0) return str_from_cstr(t, buf);
    StrBuilder b = STR_BUILDER;
    if (builder_ascii(t, &b, buf, (size_t)n) == 0 && builder_char(t, &b, sep) == 0 && builder_cstr(t, &b, buf + n + 1) == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref m_isoformat(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, "isoformat", "|sep,timespec", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!value_is_null(a[0]) && (!is_str(a[0]) || str_length(a[0]) != 1))
        return err_set(t, E_TypeError, "isoformat() argument 1 must be a unicode character, not %G", a[0]);
    if (!value_is_null(a[1]) && !is_str(a[1])) return err_set(t, E_TypeError, "isoformat() argument 2 must be str, not %G", a[1]);
    int spec = timespec_index(t, a[1], as(DateTime, self)->us);
    return spec < 0 ? REF_NULL : isoformat(t, self, value_is_null(a[0]) ? 'T' : str_at(as(Str, a[0]), 0), spec);
}
static Ref datetime_str(Thread *t, Value self) {
    if (is_exact(self, &datetime_type)) return isoformat(t, self, ' ', as(DateTime, self)->us ? 4 : 2);
    Ref sep = str_from_char(t, ' ');
    return call_method1(t, self, str_intern_cstr(t, "isoformat"), ref_borrow(sep));
}
static Ref m_ctime(Thread *t, Value self, const Value *a) {
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const DateTime *d = as(DateTime, self);
    char buf[64];
    int n = snprintf(buf, sizeof buf, "%.3s %.3s %2d %02d:%02d:%02d %04d", days + 3 * weekday_of(d->year, d->month, d->day), months + 3 * (d->month - 1), d->day,
                     d->hour, d->minute, d->second, d->year);
    return str_from_ascii(t, buf, (size_t)n);
}

/* ---- offsets and arithmetic ---------------------------------------------------------------------------------------------------------------------- */

Ref datetime_offset(Thread *t, Value self) { return tz_offset(t, tz_of(self), "utcoffset", self); }
static Ref m_utcoffset(Thread *t, Value self, const Value *a) { return datetime_offset(t, self); }
static Ref m_dst(Thread *t, Value self, const Value *a) { return tz_offset(t, tz_of(self), "dst", self); }
static Ref m_tzname(Thread *t, Value self, const Value *a) { return tz_name(t, tz_of(self), self); }

static int64_t ordinal_of(const DateTime *d) { return ymd_to_ordinal(d->year, d->month, d->day); }
static int64_t second_of_day(const DateTime *d) { return (d->hour * 60 + d->minute) * 60 + d->second; }

/* Fields of x moved by days, seconds and microseconds. -1: OverflowError */
static int moved_fields(Thread *t, const DateTime *x, int64_t days, int64_t seconds, int64_t us, DateTime *out) {
    us += x->us;
    seconds += second_of_day(x) + us / US_PER_SECOND;
    us %= US_PER_SECOND;
    if (us < 0) {
        us += US_PER_SECOND;
        seconds--;
    }
    days += seconds / SECONDS_PER_DAY;
    seconds %= SECONDS_PER_DAY;
    if (seconds < 0) {
        seconds += SECONDS_PER_DAY;
        days--;
    }
    int64_t n = ordinal_of(x) + days;
    if (n < 1 || n > MAX_ORDINAL) return err_int(err_set(t, E_OverflowError, "date value out of range"));
    int f[8] = {0};
    ordinal_to_ymd(n, &f[0], &f[1], &f[2]);
    f[3] = (int)(seconds / 3600);
    f[4] = (int)(seconds / 60 % 60);
    f[5] = (int)(seconds % 60);
    f[6] = (int)us;
    *out = packed(f);
    return 0;
}
Ref datetime_shift(Thread *t, Value self, Value delta, int sign) {
    const Delta *d = as(Delta, delta);
    DateTime f;
    if (moved_fields(t, as(DateTime, self), (int64_t)sign * d->days, sign * d->seconds, sign * d->us, &f) < 0) return REF_NULL;
    return datetime_call(t, type_value(type_of(self)), &f, tz_of(self));
}
static Ref datetime_add(Thread *t, Value a, Value b) {
    if (is_datetime(a) && is_delta(b)) return datetime_shift(t, a, b, 1);
    if (is_delta(a) && is_datetime(b)) return datetime_shift(t, b, a, 1);
    return REF_NOT_IMPLEMENTED;
}
static Ref difference(Thread *t, const DateTime *x, const DateTime *y) {
    return delta_new(t, ordinal_of(x) - ordinal_of(y), second_of_day(x) - second_of_day(y), x->us - y->us);
}
static Ref datetime_sub(Thread *t, Value a, Value b) {
    if (!is_datetime(a)) return REF_NOT_IMPLEMENTED;
    if (is_delta(b)) return datetime_shift(t, a, b, -1);
    if (!is_datetime(b)) return REF_NOT_IMPLEMENTED;
    if (value_is(tz_of(a), tz_of(b))) return difference(t, as(DateTime, a), as(DateTime, b));
    Ref m = datetime_offset(t, a), n = ref_is_null(m) ? m : datetime_offset(t, b), r = REF_NULL;
    if (ref_is_null(n)) goto done;
    if (ref_is_none(m) != ref_is_none(n)) {
        err_set(t, E_TypeError, "can't subtract offset-naive and offset-aware datetimes");
        goto done;
    }
    r = difference(t, as(DateTime, a), as(DateTime, b));
    if (!ref_is_null(r) && !ref_is_none(m) && delta_compare(as(Delta, ref_borrow(m)), as(Delta, ref_borrow(n))) != 0) {
        Ref between = delta_sum(t, ref_borrow(m), ref_borrow(n), -1), plain = r;
        r = ref_is_null(between) ? between : delta_sum(t, ref_borrow(plain), ref_borrow(between), -1);
        ref_drop(t, between);
        ref_drop(t, plain);
    }
done:
    ref_drop(t, m);
    ref_drop(t, n);
    return r;
}

/* ---- comparison and hash ---------------------------------------------------------------------------------------------------------------------------- */

static void datetime_state(const DateTime *d, bool with_fold, uint8_t *s) {
    uint8_t bytes[10] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, d->month | (with_fold && d->fold ? 0x80 : 0), d->day, d->hour, d->minute, d->second,
                         (uint8_t)(d->us >> 16), (uint8_t)(d->us >> 8), (uint8_t)d->us};
    memcpy(s, bytes, 10);
}
static int compare_fields(const DateTime *x, const DateTime *y) {
    uint8_t a[10], b[10];
    datetime_state(x, false, a);
    datetime_state(y, false, b);
    return memcmp(a, b, 10);
}
/* Does the offset depend on fold? Then the moment is ambiguous, and equal to none in another zone (PEP 495). 1, 0, -1 */
static int fold_matters(Thread *t, Value self, Value offset) {
    DateTime f = *as(DateTime, self);
    f.fold = !f.fold;
    Ref flipped = datetime_alloc(t, &datetime_type, &f, tz_of(self)), other = ref_is_null(flipped) ? flipped : datetime_offset(t, ref_borrow(flipped));
    ref_drop(t, flipped);
    if (ref_is_null(other)) return -1;
    int differs = value_is(ref_borrow(other), offset) ? 0
        : value_is_none(offset) || ref_is_none(other) ? 1 : delta_compare(as(Delta, offset), as(Delta, ref_borrow(other))) != 0;
    ref_drop(t, other);
    return differs;
}
static Ref datetime_compare(Thread *t, Value a, Value b, CompareOp op) {
    bool equality = op == CMP_EQ || op == CMP_NE;
    if (!is_datetime(b)) {
        if (!is_date(b)) return REF_NOT_IMPLEMENTED;
        if (equality) return ref_bool(op == CMP_NE);
        return err_set(t, E_TypeError, "can't compare %s to %s", type_of(a)->name, type_of(b)->name);
    }
    if (value_is(tz_of(a), tz_of(b))) return compare_result(compare_fields(as(DateTime, a), as(DateTime, b)), op);
    Ref m = datetime_offset(t, a), n = ref_is_null(m) ? m : datetime_offset(t, b), r = REF_NULL;
    if (ref_is_null(n)) goto done;
    bool both = !ref_is_none(m) && !ref_is_none(n), none = ref_is_none(m) && ref_is_none(n);
    if (both || none) {
        int diff;
        if (none || delta_compare(as(Delta, ref_borrow(m)), as(Delta, ref_borrow(n))) == 0) {
            diff = compare_fields(as(DateTime, a), as(DateTime, b));
        } else {
            Ref d = datetime_sub(t, a, b);
            if (ref_is_null(d)) goto done;
            const Delta *x = as(Delta, ref_borrow(d));
            diff = x->days != 0 ? x->days : x->seconds | x->us;
            ref_drop(t, d);
        }
        if (equality && diff == 0) {
            int ambiguous = fold_matters(t, a, ref_borrow(m));
            if (ambiguous == 0) ambiguous = fold_matters(t, b, ref_borrow(n));
            if (ambiguous < 0) goto done;
            diff = ambiguous;
        }
        r = compare_result(diff, op);
    } else if (equality) {
        r = ref_bool(op == CMP_NE);
    } else {
        err_set(t, E_TypeError, "can't compare offset-naive and offset-aware datetimes");
    }
done:
    ref_drop(t, m);
    ref_drop(t, n);
    return r;
}
static int64_t datetime_hash(Thread *t, Value self) {
    DateTime *d = as(DateTime, self);
    int64_t h = load_relaxed(&d->x_hash);
    if (h != 0) return h;
    Ref offset, plain = REF_NULL;
    if (d->fold) {
        DateTime f = *d;
        f.fold = 0;
        plain = datetime_alloc(t, &datetime_type, &f, tz_of(self));
        if (ref_is_null(plain)) return -1;
    }
    offset = datetime_offset(t, ref_is_null(plain) ? self : ref_borrow(plain));
    ref_drop(t, plain);
    if (ref_is_null(offset)) return -1;
    if (ref_is_none(offset)) {
        uint8_t s[10];
        datetime_state(d, false, s);
        h = hash_bytes(s, 10);
    } else {
        const Delta *o = as(Delta, ref_borrow(offset));
        Ref delta = delta_new(t, ordinal_of(d) - o->days, second_of_day(d) - o->seconds, d->us - o->us);
        h = ref_is_null(delta) ? -1 : object_hash(t, ref_borrow(delta));
        ref_drop(t, delta);
    }
    ref_drop(t, offset);
    if (h != -1) store_relaxed(&d->x_hash, h);
    return h;
}

/* ---- conversions ------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_date(Thread *t, Value self, const Value *a) { return date_make(t, &date_type, as(DateTime, self)->year, as(DateTime, self)->month, as(DateTime, self)->day); }
static Ref time_part(Thread *t, Value self, Value tz) {
    const DateTime *d = as(DateTime, self);
    return time_make(t, &time_type, d->hour, d->minute, d->second, d->us, tz, d->fold);
}
static Ref m_time(Thread *t, Value self, const Value *a) { return time_part(t, self, VALUE_NONE); }
static Ref m_timetz(Thread *t, Value self, const Value *a) { return time_part(t, self, tz_of(self)); }

static Ref struct_time(Thread *t, const DateTime *d, int dst) {
    Ref items[] = {ref_small_int(d->year), ref_small_int(d->month), ref_small_int(d->day), ref_small_int(d->hour), ref_small_int(d->minute), ref_small_int(d->second),
                   ref_small_int(weekday_of(d->year, d->month, d->day)), ref_small_int(days_before_month(d->year, d->month) + d->day), ref_small_int(dst)};
    Ref tuple = tuple_from_steal(t, items, 9), cls = ref_is_null(tuple) ? tuple : import_attr(t, "time", "struct_time"), r = REF_NULL;
    if (!ref_is_null(cls)) r = call1(t, ref_borrow(cls), ref_borrow(tuple));
    ref_drop(t, cls);
    ref_drop(t, tuple);
    return r;
}
static Ref m_timetuple(Thread *t, Value self, const Value *a) {
    int flag = -1;
    Ref dst = tz_offset(t, tz_of(self), "dst", self);
    if (ref_is_null(dst)) return dst;
    if (!ref_is_none(dst)) flag = !delta_is_zero(as(Delta, ref_borrow(dst)));
    ref_drop(t, dst);
    return struct_time(t, as(DateTime, self), flag);
}
static Ref m_utctimetuple(Thread *t, Value self, const Value *a) {
    Ref offset = datetime_offset(t, self);
    if (ref_is_null(offset)) return offset;
    DateTime f = *as(DateTime, self);
    int status = 0;
    if (!ref_is_none(offset)) {
        const Delta *o = as(Delta, ref_borrow(offset));
        status = moved_fields(t, as(DateTime, self), -o->days, -o->seconds, -o->us, &f);
    }
    ref_drop(t, offset);
    return status < 0 ? REF_NULL : struct_time(t, &f, 0);
}
static Ref m_timestamp(Thread *t, Value self, const Value *a) {
    const DateTime *d = as(DateTime, self);
    if (value_is_none(tz_of(self))) {
        int64_t s = local_to_seconds(t, d, d->fold);
        return s == -1 && err_pending(t) ? REF_NULL : float_new(t, (double)(s - EPOCH_SECONDS) + d->us / 1e6);
    }
    int f[] = {1970, 1, 1, 0, 0, 0, 0, 0};
    DateTime epoch = packed(f);
    Ref start = datetime_make(t, &datetime_type, &epoch, timezone_utc()), delta = ref_is_null(start) ? start : datetime_sub(t, self, ref_borrow(start)), r = REF_NULL;
    if (!ref_is_null(delta)) r = call_method0(t, ref_borrow(delta), str_intern_cstr(t, "total_seconds"));
    ref_drop(t, delta);
    ref_drop(t, start);
    return r;
}
/* The system's zone at a naive reading. */
static Ref local_zone(Thread *t, const DateTime *d) {
    int64_t s = local_to_seconds(t, d, d->fold);
    return s == -1 && err_pending(t) ? REF_NULL : timezone_local(t, s - EPOCH_SECONDS);
}
static Ref m_astimezone(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, "astimezone", "|tz", args, nargs, kwnames, a) < 0) return REF_NULL;
    Value tz = value_is_null(a[0]) ? VALUE_NONE : a[0];
    if (check_tzinfo(t, tz) < 0) return REF_NULL;
    Ref own = value_is_none(tz_of(self)) ? local_zone(t, as(DateTime, self)) : ref_new(t, tz_of(self)), offset = REF_NULL, utc = REF_NULL, target = REF_NULL, r = REF_NULL;
    if (ref_is_null(own)) return own;
    if (value_is(ref_borrow(own), tz)) {
        r = ref_new(t, self);
        goto done;
    }
    offset = tz_offset(t, ref_borrow(own), "utcoffset", self);
    if (ref_is_none(offset)) { /* naive after all */
        ref_drop(t, own);
        own = local_zone(t, as(DateTime, self));
        offset = ref_is_null(own) ? own : tz_offset(t, ref_borrow(own), "utcoffset", self);
    }
    if (ref_is_null(offset)) goto done;
    const Delta *o = as(Delta, ref_borrow(offset));
    DateTime f;
    if (moved_fields(t, as(DateTime, self), -o->days, -o->seconds, -o->us, &f) < 0) goto done;
    target = value_is_none(tz) ? timezone_local(t, (ordinal_of(&f) - 719163) * SECONDS_PER_DAY + second_of_day(&f)) : ref_new(t, tz);
    if (!ref_is_null(target)) utc = datetime_call(t, type_value(type_of(self)), &f, ref_borrow(target));
    if (!ref_is_null(utc)) r = call_method1(t, ref_borrow(target), str_intern_cstr(t, "fromutc"), ref_borrow(utc));
done:
    ref_drop(t, utc);
    ref_drop(t, target);
    ref_drop(t, offset);
    ref_drop(t, own);
    return r;
}

static Ref reduce(Thread *t, Value self, bool with_fold) {
    uint8_t s[10];
    datetime_state(as(DateTime, self), with_fold, s);
    Ref bytes = bytes_new(t, s, 10);
    if (ref_is_null(bytes)) return bytes;
    Value args[] = {ref_borrow(bytes), tz_of(self)};
    Ref r = kit_reduce(t, type_value(type_of(self)), args, value_is_none(tz_of(self)) ? 1 : 2, VALUE_NULL);
    ref_drop(t, bytes);
    return r;
}
static Ref m_reduce_ex(Thread *t, Value self, const Value *a) {
    int protocol = 0;
    return c_int(t, a[0], &protocol) < 0 ? REF_NULL : reduce(t, self, protocol > 3);
}
static Ref m_reduce(Thread *t, Value self, const Value *a) { return reduce(t, self, false); }

static Ref get_hour(Thread *t, Value self, void *closure) { return ref_small_int(as(DateTime, self)->hour); }
static Ref get_minute(Thread *t, Value self, void *closure) { return ref_small_int(as(DateTime, self)->minute); }
static Ref get_second(Thread *t, Value self, void *closure) { return ref_small_int(as(DateTime, self)->second); }
static Ref get_us(Thread *t, Value self, void *closure) { return ref_small_int(as(DateTime, self)->us); }
static Ref get_tz(Thread *t, Value self, void *closure) { return ref_new(t, tz_of(self)); }
static Ref get_fold(Thread *t, Value self, void *closure) { return ref_small_int(as(DateTime, self)->fold); }
static const GetSetDef getset[] = {{"hour", get_hour}, {"minute", get_minute}, {"second", get_second}, {"microsecond", get_us}, {"tzinfo", get_tz}, {"fold", get_fold}, {NULL}};
static NativeDef methods[] = {
    FN_CLASS("now", "($type, /, tz=None)", m_now,
             "Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone."),
    FN_CLASS("utcnow", "!($type, /)", m_utcnow, "Return a new datetime representing UTC day and time."),
    FN_CLASS_RAW("fromtimestamp", NULL, m_fromtimestamp, "timestamp[, tz] -> tz's local time from POSIX timestamp."),
    FN_CLASS_TUPLE("utcfromtimestamp", "!($type, timestamp, /)", m_utcfromtimestamp, "Construct a naive UTC datetime from a POSIX timestamp."),
    FN_CLASS_TUPLE("strptime", "!($type, string, format, /)", m_strptime, "string, format -> new datetime parsed from a string (like time.strptime())."),
    FN_CLASS_RAW("combine", NULL, m_combine, "date, time -> datetime with same date and time fields"),
    FN_CLASS("fromisoformat", "!($type, string, /)", m_fromisoformat, "string -> datetime from a string in most ISO 8601 formats"),
    FN("date", "!($self, /)", m_date, "Return date object with same year, month and day."),
    FN("time", "!($self, /)", m_time, "Return time object with same time but with tzinfo=None."),
    FN("timetz", "!($self, /)", m_timetz, "Return time object with same time and tzinfo."),
    FN("ctime", "!($self, /)", m_ctime, "Return ctime() style string."),
    FN("timetuple", "!($self, /)", m_timetuple, "Return time tuple, compatible with time.localtime()."),
    FN("timestamp", "!($self, /)", m_timestamp, "Return POSIX timestamp as float."),
    FN("utctimetuple", "!($self, /)", m_utctimetuple, "Return UTC time tuple, compatible with time.localtime()."),
    FN_RAW("isoformat", NULL, m_isoformat,
           "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the year from the time, and defaults to 'T'.\n"
           "The optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n"
           "'seconds', 'milliseconds' and 'microseconds'.\n"),
    FN("utcoffset", "!($self, /)", m_utcoffset, "Return self.tzinfo.utcoffset(self)."),
    FN("tzname", "!($self, /)", m_tzname, "Return self.tzinfo.tzname(self)."),
    FN("dst", "!($self, /)", m_dst, "Return self.tzinfo.dst(self)."),
    FN_RAW("replace", NULL, m_replace, "Return datetime with new specified fields."),
    FN_RAW("astimezone", NULL, m_astimezone, "tz -> convert to local time in new timezone tz\n"),
    FN("__reduce_ex__", "!($self, proto, /)", m_reduce_ex, "__reduce_ex__(proto) -> (cls, state)"),
    FN("__reduce__", "!($self, /)", m_reduce, "__reduce__() -> (cls, state)"),
    FN_END,
};
Type datetime_type = {
    TYPE_HEADER(DateTime, TYPE_BASETYPE | TYPE_CONTAINER, datetime_traverse, NULL, datetime_drop),
    .name = "datetime.datetime", .base = &date_type,
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nThe year, month and day arguments are required. tzinfo may be None, or an\n"
           "instance of a tzinfo subclass. The remaining arguments may be ints.\n",
    .new_ = datetime_new, .repr = datetime_repr, .str = datetime_str, .hash = datetime_hash, .richcompare = datetime_compare,
    .add = datetime_add, .sub = datetime_sub, .methods = methods, .getset = getset,
};
