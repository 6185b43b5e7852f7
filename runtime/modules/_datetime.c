/* _datetime: the calendar, checks of arguments, and the module. The types have files of their own: _datetime_delta.c, _datetime_zone.c, _datetime_date.c,
 * _datetime_datetime.c, _datetime_time.c; what has to do with text is in _datetime_text.c.
 *
 * Days count in the proleptic Gregorian calendar from 1 = January 1 of year 1. */
#include "runtime/modules/_datetime.h"
#include <errno.h>
#include <math.h>
#include <time.h>

/* ---- calendar --------------------------------------------------------------------------------------------------------------------- */

static bool is_leap(int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
static const int month_starts[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

int days_in_month(int year, int month) { return month == 2 ? 28 + is_leap(year) : month_starts[month + 1] - month_starts[month]; }
int days_before_month(int year, int month) { return month_starts[month] + (month > 2 && is_leap(year)); }

int64_t ymd_to_ordinal(int64_t year, int month, int day) {
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + days_before_month((int)year, month) + day;
}

void ordinal_to_ymd(int64_t ordinal, int *year, int *month, int *day) {
    int64_t n = ordinal - 1, y = n / 146097 * 400;
    n %= 146097;
    int64_t centuries = n / 36524;
    n -= centuries * 36524;
    int64_t fours = n / 1461;
    n %= 1461;
    int64_t ones = n / 365;
    y += centuries * 100 + fours * 4 + ones + 1;
    n %= 365;
    if (centuries == 4 || ones == 4) { /* the last day of a leap year that ends a cycle */
        *year = (int)y - 1;
        *month = 12;
        *day = 31;
        return;
    }
    int m = (int)((n + 50) >> 5);
    if (days_before_month((int)y, m) > n) m--;
    *year = (int)y;
    *month = m;
    *day = (int)n - days_before_month((int)y, m) + 1;
}

int weekday_of(int year, int month, int day) { return (int)((ymd_to_ordinal(year, month, day) + 6) % 7); }

int64_t iso_week1_monday(int year) {
    int64_t first = ymd_to_ordinal(year, 1, 1);
    int weekday = (int)((first + 6) % 7);
    return first - weekday + (weekday > 3 ? 7 : 0);
}

int iso_to_ymd(int year, int week, int day, int *y, int *m, int *d) {
    if (year < MIN_YEAR || year > MAX_YEAR) return -4;
    if (week < 1 || week > 52) {
        int first = weekday_of(year, 1, 1);
        if (week != 53 || !(first == 3 || (first == 2 && is_leap(year)))) return -2;
    }
    if (day < 1 || day > 7) return -3;
    int64_t n = iso_week1_monday(year) + (week - 1) * 7 + day - 1;
    if (n < 1 || n > MAX_ORDINAL) { /* the end of the last week may lie in year 10000: the constructor says so */
        *y = n < 1 ? 0 : MAX_YEAR + 1;
        *m = *d = 1;
        return 0;
    }
    ordinal_to_ymd(n, y, m, d);
    return 0;
}

/* ---- checks ------------------------------------------------------------------------------------------------------------------------- */

int check_date(Thread *t, int year, int month, int day) {
    if (year < MIN_YEAR || year > MAX_YEAR) return err_int(err_set(t, E_ValueError, "year %d is out of range", year));
    if (month < 1 || month > 12) return err_int(err_set(t, E_ValueError, "month must be in 1..12"));
    if (day < 1 || day > days_in_month(year, month)) return err_int(err_set(t, E_ValueError, "day is out of range for month"));
    return 0;
}
int check_time(Thread *t, int hour, int minute, int second, int us, int fold) {
    const char *what = NULL;
    if (hour < 0 || hour > 23) what = "hour must be in 0..23";
    else if (minute < 0 || minute > 59) what = "minute must be in 0..59";
    else if (second < 0 || second > 59) what = "second must be in 0..59";
    else if (us < 0 || us > 999999) what = "microsecond must be in 0..999999";
    else if (fold != 0 && fold != 1) what = "fold must be either 0 or 1";
    return what == NULL ? 0 : err_int(err_set(t, E_ValueError, "%s", what));
}
int check_tzinfo(Thread *t, Value v) {
    if (value_is_none(v) || is_tzinfo(v)) return 0;
    return err_int(err_set(t, E_TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type '%T'", v));
}
int c_int(Thread *t, Value v, int *out) {
    if (value_is_null(v)) return 0;
    int64_t n;
    if (as_i64(t, v, &n) < 0) return -1;
    if (n != (int)n) return err_int(err_set(t, E_OverflowError, n > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum"));
    *out = (int)n;
    return 0;
}
Ref compare_result(int diff, CompareOp op) {
    switch (op) {
    case CMP_LT: return ref_bool(diff < 0);
    case CMP_LE: return ref_bool(diff <= 0);
    case CMP_EQ: return ref_bool(diff == 0);
    case CMP_NE: return ref_bool(diff != 0);
    case CMP_GT: return ref_bool(diff > 0);
    default: return ref_bool(diff >= 0);
    }
}

int pickled_state(Thread *t, Value state, size_t n, size_t sane_at, int lo, int hi, const char *what, uint8_t *out) {
    if (is_bytes(state)) {
        if (bytes_length(state) != n) return 0;
        int b = bytes_data(state)[sane_at] & (n == 4 ? 0xFF : 0x7F);
        if (b < lo || b > hi) return 0;
        memcpy(out, bytes_data(state), n);
        return 1;
    }
    if (!is_str(state) || str_length(state) != n) return 0;
    uint32_t c = str_at(as(Str, state), sane_at);
    if (n != 4) c &= ~(uint32_t)0x80;
    if (c < (uint32_t)lo || c > (uint32_t)hi) return 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = str_at(as(Str, state), i);
        if (x > 0xFF)
            return err_int(err_set(t, E_ValueError, "Failed to encode latin1 string when unpickling a %s object. pickle.load(data, encoding='latin1') is assumed.",
                                   what));
        out[i] = (uint8_t)x;
    }
    return 1;
}

/* ---- moments ---------------------------------------------------------------------------------------------------------------------------- */

int broken_down(Thread *t, int64_t when, bool local, struct tm *tm) {
    time_t w = when;
    errno = 0;
    if ((local ? localtime_r(&w, tm) : gmtime_r(&w, tm)) != NULL) return 0;
    return err_int(err_errno(t, errno ? errno : EINVAL, VALUE_NULL));
}

int64_t calendar_seconds(Thread *t, int year, int month, int day, int hour, int minute, int second) {
    if (year < MIN_YEAR || year > MAX_YEAR) return err_int(err_set(t, E_ValueError, "year %d is out of range", year));
    return ((ymd_to_ordinal(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

int64_t local_seconds(Thread *t, int64_t u) {
    struct tm tm;
    if (broken_down(t, u - EPOCH_SECONDS, true, &tm) < 0) return -1;
    return calendar_seconds(t, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Solves local(u) == d's reading for u, by the two offsets in force around it (PEP 495). */
int64_t local_to_seconds(Thread *t, const DateTime *d, int fold) {
    int64_t want = calendar_seconds(t, d->year, d->month, d->day, d->hour, d->minute, d->second), lt = local_seconds(t, want);
    if (lt == -1) return -1;
    int64_t a = lt - want, u1 = want - a, t1 = local_seconds(t, u1), b;
    if (t1 == -1) return -1;
    if (t1 == want) { /* one solution: is there an earlier one, or a later one? */
        int64_t u = fold ? u1 + FOLD_SECONDS : u1 - FOLD_SECONDS;
        lt = local_seconds(t, u);
        if (lt == -1) return -1;
        b = lt - u;
        if (a == b) return u1;
    } else {
        b = t1 - u1;
    }
    int64_t u2 = want - b, t2 = local_seconds(t, u2);
    if (t2 == -1) return -1;
    if (t2 == want) return u2;
    if (t1 == want) return u1;
    return (u1 < u2) == (fold != 0) ? u1 : u2; /* in a gap */
}

static int out_of_range(Thread *t) { return err_int(err_set(t, E_OverflowError, "timestamp out of range for platform time_t")); }

/* A timestamp that isn't a float: index only. */
static int timestamp_int(Thread *t, Value v, int64_t *out) {
    if (!has_index(v)) return err_int(err_set(t, E_TypeError, "'%T' object cannot be interpreted as an integer", v));
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int status = int_try_i64(ref_borrow(i), out);
    ref_drop(t, i);
    return status < 0 ? out_of_range(t) : 0;
}
static int whole_seconds(Thread *t, double d, int64_t *out) {
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return out_of_range(t);
    *out = (int64_t)d;
    return 0;
}
int timestamp_seconds(Thread *t, Value v, int64_t *out) {
    if (!is_float(v)) return timestamp_int(t, v, out);
    if (isnan(float_value(v))) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
    return whole_seconds(t, floor(float_value(v)), out);
}
int timestamp_parts(Thread *t, Value v, int64_t *seconds, int *us) {
    *us = 0;
    if (!is_float(v)) return timestamp_int(t, v, seconds);
    if (isnan(float_value(v))) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
    double whole, part = modf(float_value(v), &whole);
    part = nearbyint(part * 1e6); /* half to even: the rounding mode is never changed */
    if (part >= 1e6) {
        part -= 1e6;
        whole += 1;
    } else if (part < 0) {
        part += 1e6;
        whole -= 1;
    }
    *us = (int)part;
    return whole_seconds(t, whole, seconds);
}

/* ---- the module -------------------------------------------------------------------------------------------------------------------------- */

static int set_constant(Thread *t, Type *type, const char *name, Ref v) {
    if (ref_is_null(v)) return -1;
    Value key = str_intern_cstr(t, name);
    int status = value_is_null(key) ? -1 : dict_set(t, slot_get(&type->dict), key, ref_borrow(v));
    ref_drop(t, v);
    return status;
}

int module_init_datetime(Thread *t, Value module) {
    Type *const types[] = {&date_type, &datetime_type, &time_type, &delta_type, &tzinfo_type, &timezone_type, NULL};
    if (type_ready(t, &isocalendar_type) < 0 || kit_module(t, module, types, NULL, "Fast implementation of the datetime type.") < 0 || zones_init(t) < 0) return -1;
    DateTime last = {.year = MAX_YEAR, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59, .us = 999999}, first = {.year = 1, .month = 1, .day = 1};
    struct { Type *type; const char *name; Ref value; } constants[] = {
        {&delta_type, "resolution", delta_new(t, 0, 0, 1)},
        {&delta_type, "min", delta_new(t, -999999999, 0, 0)},
        {&delta_type, "max", delta_new(t, 999999999, SECONDS_PER_DAY - 1, 999999)},
        {&date_type, "min", date_make(t, &date_type, 1, 1, 1)},
        {&date_type, "max", date_make(t, &date_type, MAX_YEAR, 12, 31)},
        {&date_type, "resolution", delta_new(t, 1, 0, 0)},
        {&time_type, "min", time_make(t, &time_type, 0, 0, 0, 0, VALUE_NONE, 0)},
        {&time_type, "max", time_make(t, &time_type, 23, 59, 59, 999999, VALUE_NONE, 0)},
        {&time_type, "resolution", delta_new(t, 0, 0, 1)},
        {&datetime_type, "min", datetime_make(t, &datetime_type, &first, VALUE_NONE)},
        {&datetime_type, "max", datetime_make(t, &datetime_type, &last, VALUE_NONE)},
        {&datetime_type, "resolution", delta_new(t, 0, 0, 1)},
        {&timezone_type, "utc", ref_new(t, timezone_utc())},
        {&timezone_type, "min", REF_NULL},
        {&timezone_type, "max", REF_NULL},
    };
    int status = 0;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        Ref v = constants[i].value;
        if (constants[i].type == &timezone_type && ref_is_null(v)) {
            Ref offset = delta_new(t, 0, (constants[i].name[1] == 'i' ? -1 : 1) * 60 * (24 * 60 - 1), 0);
            if (!ref_is_null(offset)) v = timezone_make(t, ref_borrow(offset), VALUE_NULL);
            ref_drop(t, offset);
        }
        if (set_constant(t, constants[i].type, constants[i].name, v) < 0) status = -1;
    }
    if (status < 0 || module_add_int(t, module, "MINYEAR", MIN_YEAR) < 0 || module_add_int(t, module, "MAXYEAR", MAX_YEAR) < 0) return -1;
    return module_set(t, module, "UTC", timezone_utc());
}
