/* datetime.date, and the named tuple that isocalendar() returns. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <stdio.h>
#include <time.h>

Ref date_make(Thread *t, Type *type, int year, int month, int day) {
    if (check_date(t, year, month, day) < 0) return REF_NULL;
    Date *d = type == &date_type ? object_new(Date, t, type) : kit_instance(t, type_value(type));
    if (d == NULL) return REF_NULL;
    d->year = (uint16_t)year;
    d->month = (uint8_t)month;
    d->day = (uint8_t)day;
    return ref_steal(d);
}
Ref date_call(Thread *t, Value cls, int year, int month, int day) {
    if (value_is(cls, type_value(&date_type))) return date_make(t, &date_type, year, month, day);
    return call3(t, cls, small_int(year), small_int(month), small_int(day));
}

int check_few(Thread *t, const Value *args, size_t nargs) {
    int n;
    for (size_t i = 0; nargs < 3 && i < nargs; i++)
        if (c_int(t, args[i], &n) < 0) return -1;
    return 0;
}

static Ref date_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    uint8_t s[4];
    int year = 0, month = 0, day = 0, pickled = nargs == 1 && value_is_null(kwnames) ? pickled_state(t, args[0], 4, 2, 1, 12, "date", s) : 0;
    if (pickled < 0) return REF_NULL;
    if (pickled) {
        Date *d = kit_instance(t, cls);
        if (d == NULL) return REF_NULL;
        d->year = (uint16_t)(s[0] << 8 | s[1]);
        d->month = s[2];
        d->day = s[3];
        return ref_steal(d);
    }
    Value a[3];
    if (check_few(t, args, nargs) < 0) return REF_NULL;
    if (kit_bind(t, NULL, "year,month,day", args, nargs, kwnames, a) < 0 || c_int(t, a[0], &year) < 0 || c_int(t, a[1], &month) < 0 || c_int(t, a[2], &day) < 0)
        return REF_NULL;
    return date_make(t, as(Type, cls), year, month, day);
}

/* ---- constructors ------------------------------------------------------------------------------------------------------------------ */

static Ref m_fromtimestamp(Thread *t, Value cls, const Value *a) {
    int64_t when;
    struct tm tm;
    if (timestamp_seconds(t, a[0], &when) < 0 || broken_down(t, when, true, &tm) < 0) return REF_NULL;
    return date_call(t, cls, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}
static Ref m_today(Thread *t, Value cls, const Value *a) {
    Ref f = import_attr(t, "time", "time"), now = ref_is_null(f) ? f : call0(t, ref_borrow(f)), r = REF_NULL;
    Value name = str_intern_cstr(t, "fromtimestamp");
    if (!ref_is_null(now)) r = call_method1(t, cls, name, ref_borrow(now));
    ref_drop(t, now);
    ref_drop(t, f);
    return r;
}
static Ref from_ordinal(Thread *t, Value cls, int64_t n) {
    int y, m, d;
    ordinal_to_ymd(n, &y, &m, &d);
    return date_call(t, cls, y, m, d);
}
static Ref m_fromordinal(Thread *t, Value cls, const Value *a) {
    int n = 0;
    if (c_int(t, a[0], &n) < 0) return REF_NULL;
    if (n < 1) return err_set(t, E_ValueError, "ordinal must be >= 1");
    return from_ordinal(t, cls, n);
}
static Ref m_fromisoformat(Thread *t, Value cls, const Value *a) {
    char buf[16];
    size_t n;
    int y, m, d;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromisoformat: argument must be str");
    if (iso_text(a[0], buf, sizeof buf, &n) == NULL || (n != 7 && n != 8 && n != 10) || parse_iso_date(buf, n, &y, &m, &d) < 0) return invalid_iso(t, a[0]);
    return date_call(t, cls, y, m, d);
}
static Ref m_fromisocalendar(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    int year = 0, week = 0, day = 0, y, m, d;
    static const char *const names[] = {"year", "week", "day"};
    int *parts[] = {&year, &week, &day}, bad = 0;
    if (kit_bind(t, "fromisocalendar", "year|week,day", args, nargs, kwnames, a) < 0) return REF_NULL;
    for (int i = 0; i < 3 && bad == 0; i++) { /* what is wrong with one is said before the next is missed */
        if (value_is_null(a[i])) return err_set(t, E_TypeError, "fromisocalendar() missing required argument '%s' (pos %d)", names[i], i + 1);
        bad = c_int(t, a[i], parts[i]);
    }
    if (bad < 0) {
        if (err_clear_if(t, E_OverflowError)) return err_set(t, E_ValueError, "ISO calendar component out of range");
        return REF_NULL;
    }
    switch (iso_to_ymd(year, week, day, &y, &m, &d)) {
    case -4: return err_set(t, E_ValueError, "Year is out of range: %d", year);
    case -2: return err_set(t, E_ValueError, "Invalid week: %d", week);
    case -3: return err_set(t, E_ValueError, "Invalid day: %d (range is [1, 7])", day);
    }
    return date_call(t, cls, y, m, d);
}

/* ---- text ------------------------------------------------------------------------------------------------------------------------------- */

static Ref date_repr(Thread *t, Value self) {
    const Date *d = as(Date, self);
    return str_format(t, "%N(%d, %d, %d)", type_of(self), d->year, d->month, d->day);
}
static Ref date_isoformat(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    char buf[32];
    return str_from_ascii(t, buf, (size_t)snprintf(buf, sizeof buf, "%04d-%02d-%02d", d->year, d->month, d->day));
}
static Ref date_str(Thread *t, Value self) { return call_method0(t, self, str_intern_cstr(t, "isoformat")); }

static Ref m_ctime(Thread *t, Value self, const Value *a) {
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const Date *d = as(Date, self);
    char buf[64];
    int n = snprintf(buf, sizeof buf, "%.3s %.3s %2d 00:00:00 %04d", days + 3 * weekday_of(d->year, d->month, d->day), months + 3 * (d->month - 1), d->day, d->year);
    return str_from_ascii(t, buf, (size_t)n);
}
static Ref m_strftime(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value format;
    if (kit_bind(t, "strftime", "format", args, nargs, kwnames, &format) < 0) return REF_NULL;
    if (!is_str(format)) return err_set(t, E_TypeError, "strftime() argument 1 must be str, not %G", format);
    Ref tuple = call_method0(t, self, str_intern_cstr(t, "timetuple"));
    Ref r = ref_is_null(tuple) ? tuple : datetime_strftime(t, self, format, ref_borrow(tuple));
    ref_drop(t, tuple);
    return r;
}
static Ref m_format(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument 1 must be str, not %G", a[0]);
    if (str_length(a[0]) == 0) return object_str(t, self);
    return call_method1(t, self, str_intern_cstr(t, "strftime"), a[0]);
}

/* ---- fields and computations ------------------------------------------------------------------------------------------------------------ */

static Ref m_timetuple(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    Ref items[] = {ref_small_int(d->year), ref_small_int(d->month), ref_small_int(d->day), ref_small_int(0), ref_small_int(0), ref_small_int(0),
                   ref_small_int(weekday_of(d->year, d->month, d->day)), ref_small_int(days_before_month(d->year, d->month) + d->day), ref_small_int(-1)};
    Ref tuple = tuple_from_steal(t, items, 9), cls = ref_is_null(tuple) ? tuple : import_attr(t, "time", "struct_time"), r = REF_NULL;
    if (!ref_is_null(cls)) r = call1(t, ref_borrow(cls), ref_borrow(tuple));
    ref_drop(t, cls);
    ref_drop(t, tuple);
    return r;
}
static Ref m_isoweekday(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    return ref_small_int(weekday_of(d->year, d->month, d->day) + 1);
}
static Ref m_weekday(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    return ref_small_int(weekday_of(d->year, d->month, d->day));
}
static Ref m_toordinal(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    return ref_small_int(ymd_to_ordinal(d->year, d->month, d->day));
}
Ref date_isocalendar(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    int year = d->year;
    int64_t today = ymd_to_ordinal(year, d->month, d->day), week1 = iso_week1_monday(year);
    int64_t week = (today - week1 + 7 * 100) / 7 - 100, day = (today - week1) % 7;
    if (day < 0) day += 7;
    if (week < 0) {
        week1 = iso_week1_monday(--year);
        week = (today - week1) / 7;
    } else if (week >= 52 && today >= iso_week1_monday(year + 1)) {
        year++;
        week = 0;
    }
    Ref r = tuple_new_of_type(t, &isocalendar_type, 3);
    if (ref_is_null(r)) return r;
    tuple_init_item(r, 0, ref_small_int(year));
    tuple_init_item(r, 1, ref_small_int(week + 1));
    tuple_init_item(r, 2, ref_small_int(day + 1));
    return r;
}
static Ref m_replace(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Date *d = as(Date, self);
    int year = d->year, month = d->month, day = d->day;
    Value a[3];
    if (kit_bind(t, "replace", "|year,month,day", args, nargs, kwnames, a) < 0 || c_int(t, a[0], &year) < 0 || c_int(t, a[1], &month) < 0 || c_int(t, a[2], &day) < 0)
        return REF_NULL;
    return date_make(t, type_of(self), year, month, day);
}
static Ref m_reduce(Thread *t, Value self, const Value *a) {
    const Date *d = as(Date, self);
    uint8_t state[4] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, d->month, d->day};
    Ref bytes = bytes_new(t, state, 4);
    Value v = ref_borrow(bytes);
    Ref r = ref_is_null(bytes) ? bytes : kit_reduce(t, type_value(type_of(self)), &v, 1, VALUE_NULL);
    ref_drop(t, bytes);
    return r;
}

static Ref date_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_date(b)) return REF_NOT_IMPLEMENTED;
    const Date *x = as(Date, a), *y = as(Date, b);
    int p = x->year << 16 | x->month << 8 | x->day, q = y->year << 16 | y->month << 8 | y->day;
    return compare_result(p < q ? -1 : p > q, op);
}
static int64_t date_hash(Thread *t, Value self) {
    Date *d = as(Date, self);
    int64_t h = load_relaxed(&d->x_hash);
    if (h != 0) return h;
    uint8_t state[4] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, d->month, d->day};
    h = hash_bytes(state, 4);
    store_relaxed(&d->x_hash, h);
    return h;
}

static Ref shift(Thread *t, Value self, int64_t days) {
    const Date *d = as(Date, self);
    int64_t n = ymd_to_ordinal(d->year, d->month, d->day) + days;
    if (n < 1 || n > MAX_ORDINAL) return err_set(t, E_OverflowError, "date value out of range");
    return from_ordinal(t, type_value(type_of(self)), n);
}
static Ref date_add(Thread *t, Value a, Value b) {
    if (is_datetime(a) || is_datetime(b)) return REF_NOT_IMPLEMENTED;
    if (is_date(a) && is_delta(b)) return shift(t, a, as(Delta, b)->days);
    if (is_delta(a) && is_date(b)) return shift(t, b, as(Delta, a)->days);
    return REF_NOT_IMPLEMENTED;
}
static Ref date_sub(Thread *t, Value a, Value b) {
    if (is_datetime(a) || is_datetime(b) || !is_date(a)) return REF_NOT_IMPLEMENTED;
    if (is_delta(b)) return shift(t, a, -(int64_t)as(Delta, b)->days);
    if (!is_date(b)) return REF_NOT_IMPLEMENTED;
    const Date *x = as(Date, a), *y = as(Date, b);
    return delta_new(t, ymd_to_ordinal(x->year, x->month, x->day) - ymd_to_ordinal(y->year, y->month, y->day), 0, 0);
}

static Ref get_year(Thread *t, Value self, void *closure) { return ref_small_int(as(Date, self)->year); }
static Ref get_month(Thread *t, Value self, void *closure) { return ref_small_int(as(Date, self)->month); }
static Ref get_day(Thread *t, Value self, void *closure) { return ref_small_int(as(Date, self)->day); }
static const GetSetDef getset[] = {{"year", get_year}, {"month", get_month}, {"day", get_day}, {NULL}};
static NativeDef methods[] = {
    FN_CLASS("fromtimestamp", "($type, timestamp, /)", m_fromtimestamp,
             "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."),
    FN_CLASS_TUPLE("fromordinal", "!($type, ordinal, /)", m_fromordinal, "int -> date corresponding to a proleptic Gregorian ordinal."),
    FN_CLASS("fromisoformat", "!($type, string, /)", m_fromisoformat, "str -> Construct a date from a string in ISO 8601 format."),
    FN_CLASS_RAW("fromisocalendar", NULL, m_fromisocalendar,
                 "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the function date.isocalendar()"),
    FN_CLASS("today", "!($type, /)", m_today, "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."),
    FN("ctime", "!($self, /)", m_ctime, "Return ctime() style string."),
    FN_RAW("strftime", NULL, m_strftime, "format -> strftime() style string."),
    FN_TUPLE("__format__", "!($self, format, /)", m_format, "Formats self with strftime."),
    FN("timetuple", "!($self, /)", m_timetuple, "Return time tuple, compatible with time.localtime()."),
    FN("isocalendar", "!($self, /)", date_isocalendar, "Return a named tuple containing ISO year, week number, and weekday."),
    FN("isoformat", "!($self, /)", date_isoformat, "Return string in ISO 8601 format, YYYY-MM-DD."),
    FN("isoweekday", "!($self, /)", m_isoweekday, "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"),
    FN("toordinal", "!($self, /)", m_toordinal, "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."),
    FN("weekday", "!($self, /)", m_weekday, "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"),
    FN_RAW("replace", NULL, m_replace, "Return date with new specified fields."),
    FN("__reduce__", "!($self, /)", m_reduce, "__reduce__() -> (cls, state)"),
    FN_END,
};
Type date_type = {
    TYPE_HEADER(Date, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "datetime.date", .doc = "date(year, month, day) --> date object",
    .new_ = date_new, .repr = date_repr, .str = date_str, .hash = date_hash, .richcompare = date_compare, .add = date_add, .sub = date_sub,
    .methods = methods, .getset = getset,
};

/* ---- IsoCalendarDate ------------------------------------------------------------------------------------------------------------------------ */

static Ref iso_repr(Thread *t, Value self) {
    return str_format(t, "%N(year=%V, week=%V, weekday=%V)", type_of(self), tuple_get(self, 0), tuple_get(self, 1), tuple_get(self, 2));
}
static Ref iso_reduce(Thread *t, Value self, const Value *a) {
    Ref plain = tuple_pack(t, 3, tuple_get(self, 0), tuple_get(self, 1), tuple_get(self, 2));
    Value v = ref_borrow(plain);
    Ref r = ref_is_null(plain) ? plain : kit_reduce(t, type_value(&tuple_type), &v, 1, VALUE_NULL);
    ref_drop(t, plain);
    return r;
}
static Ref iso_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    int64_t n;
    if (kit_bind(t, "__new__", "year,week,weekday", args, nargs, kwnames, a) < 0) return REF_NULL;
    for (int i = 0; i < 3; i++)
        if (as_i64(t, a[i], &n) < 0) return REF_NULL;
    Ref r = tuple_new_of_type(t, as(Type, cls), 3);
    for (size_t i = 0; i < 3 && !ref_is_null(r); i++) tuple_init_item(r, i, ref_new(t, a[i]));
    return r;
}
static Ref iso_get(Thread *t, Value self, void *closure) { return ref_new(t, tuple_get(self, (size_t)(uintptr_t)closure)); }
static const GetSetDef iso_getset[] = {{"year", iso_get, NULL, NULL, (void *)0}, {"week", iso_get, NULL, NULL, (void *)1}, {"weekday", iso_get, NULL, NULL, (void *)2}, {NULL}};
static NativeDef iso_methods[] = {FN("__reduce__", "!($self, /)", iso_reduce, "Pickling support."), FN_END};
Type isocalendar_type = {
    TYPE_HEADER(Tuple, 0, NULL, NULL, NULL),
    .name = "datetime.IsoCalendarDate", .doc = "The result of date.isocalendar() or datetime.isocalendar()", .base = &tuple_type,
    .new_ = iso_new, .repr = iso_repr, .methods = iso_methods, .getset = iso_getset,
};
