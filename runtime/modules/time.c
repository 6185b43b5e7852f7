/* time: clocks, sleeping, calendar time over the C library. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/times.h"
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

int module_init_time(Thread *t, Value module);

#define NS_PER_S 1000000000LL
static Type *struct_time_type;

/* ---- clocks ------------------------------------------------------------------------------------------------------------ */

static int64_t clock_ns(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}
#define CLOCK_PAIR(name, clock)                                                                                        \
    static Ref m_##name(Thread *t, Value self, const Value *a) { return float_new(t, (double)clock_ns(clock) * 1e-9); } \
    static Ref m_##name##_ns(Thread *t, Value self, const Value *a) { return int_from_i64(t, clock_ns(clock)); }
CLOCK_PAIR(time, CLOCK_REALTIME)
CLOCK_PAIR(monotonic, CLOCK_MONOTONIC)
CLOCK_PAIR(perf_counter, CLOCK_MONOTONIC)
CLOCK_PAIR(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK_PAIR(thread_time, CLOCK_THREAD_CPUTIME_ID)

static Ref clock_query(Thread *t, const Value *a, int (*query)(clockid_t, struct timespec *), bool as_ns) {
    int id;
    struct timespec ts;
    if (as_int(t, a[0], &id) < 0) return REF_NULL;
    if (query(id, &ts) < 0) return err_errno(t, errno, VALUE_NULL);
    return as_ns ? int_from_i64(t, ts.tv_sec * NS_PER_S + ts.tv_nsec) : float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}
static Ref m_clock_gettime(Thread *t, Value self, const Value *a) { return clock_query(t, a, clock_gettime, false); }
static Ref m_clock_gettime_ns(Thread *t, Value self, const Value *a) { return clock_query(t, a, clock_gettime, true); }
static Ref m_clock_getres(Thread *t, Value self, const Value *a) { return clock_query(t, a, clock_getres, false); }

static Ref clock_set(Thread *t, Value id, int64_t ns) {
    int clock;
    if (as_int(t, id, &clock) < 0) return REF_NULL;
    struct timespec ts = {ns / NS_PER_S, ns % NS_PER_S};
    return clock_settime(clock, &ts) < 0 ? err_errno(t, errno, VALUE_NULL) : REF_NONE;
}
static Ref m_clock_settime(Thread *t, Value self, const Value *a) {
    int64_t ns;
    return seconds_to_ns(t, a[1], &ns) < 0 ? REF_NULL : clock_set(t, a[0], ns);
}
static Ref m_clock_settime_ns(Thread *t, Value self, const Value *a) {
    int64_t ns;
    return as_i64(t, a[1], &ns) < 0 ? REF_NULL : clock_set(t, a[0], ns);
}
static Ref m_pthread_getcpuclockid(Thread *t, Value self, const Value *a) {
    int64_t ident;
    clockid_t clock;
    if (as_i64(t, a[0], &ident) < 0) return REF_NULL;
    int err = pthread_getcpuclockid((pthread_t)ident, &clock);
    return err ? err_errno(t, err, VALUE_NULL) : int_from_i64(t, clock);
}

static Ref m_get_clock_info(Thread *t, Value self, const Value *a) {
    static const struct { const char *name, *implementation; clockid_t clock; bool monotonic, adjustable; } infos[] = {
        {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
        {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true, false},
        {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false},
    };
    if (!is_str(a[0])) return err_set(t, E_TypeError, "get_clock_info() argument 1 must be str, not %G", a[0]);
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        if (!str_equal_ascii(a[0], infos[i].name)) continue;
        struct timespec ts;
        clock_getres(infos[i].clock, &ts);
        Ref info = call0(t, type_value(&simplenamespace_type));
        if (ref_is_null(info)) return info;
        Value o = ref_borrow(info);
        const char *names[] = {"implementation", "monotonic", "adjustable", "resolution"};
        Ref values[] = {str_from_cstr(t, infos[i].implementation), ref_bool(infos[i].monotonic), ref_bool(infos[i].adjustable),
                        float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9)};
        int bad = 0;
        for (int k = 0; k < 4; k++) {
            Value name = str_intern_cstr(t, names[k]);
            if (!bad) bad = ref_is_null(values[k]) || value_is_null(name) || set_attr(t, o, name, ref_borrow(values[k])) < 0;
            ref_drop(t, values[k]);
        }
        if (!bad) return info;
        ref_drop(t, info);
        return REF_NULL;
    }
    return err_set(t, E_ValueError, "unknown clock");
}

static Ref m_sleep(Thread *t, Value self, const Value *a) {
    int64_t ns;
    if (seconds_to_ns(t, a[0], &ns) < 0) return REF_NULL;
    if (ns < 0) return err_set(t, E_ValueError, "sleep length must be non-negative");
    int64_t deadline = now_ns() + ns;
    for (;;) {
        struct timespec until = {deadline / NS_PER_S, deadline % NS_PER_S};
        int err;
        DETACHED(t, err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
        if (err == 0) return safepoint(t) < 0 ? REF_NULL : REF_NONE; /* interrupt_main() sends no signal */
        if (err != EINTR) return err_errno(t, err, VALUE_NULL);
        if (after_interrupt(t) < 0) return REF_NULL;
    }
}

/* ---- calendar time -------------------------------------------------------------------------------------------------------- */

static Ref struct_time(Thread *t, const struct tm *tm) {
    Ref items[11] = {ref_small_int(tm->tm_year + 1900LL), ref_small_int(tm->tm_mon + 1), ref_small_int(tm->tm_mday),
                     ref_small_int(tm->tm_hour), ref_small_int(tm->tm_min), ref_small_int(tm->tm_sec),
                     ref_small_int((tm->tm_wday + 6) % 7), ref_small_int(tm->tm_yday + 1), ref_small_int(tm->tm_isdst),
                     str_from_fs(t, tm->tm_zone ? tm->tm_zone : "", tm->tm_zone ? strlen(tm->tm_zone) : 0), ref_small_int(tm->tm_gmtoff)};
    return structseq_new_steal(t, struct_time_type, items);
}

/* seconds (None: now) as time_t, rounded down */
static int time_argument(Thread *t, Value v, time_t *out) {
    if (value_is_null(v) || value_is_none(v)) {
        *out = time(NULL);
        return 0;
    }
    if (is_float(v)) {
        double d = floor(float_value(v));
        if (isnan(d)) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) goto range;
        *out = (time_t)d;
        return 0;
    }
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int64_t n;
    int fits = int_try_i64(ref_borrow(i), &n);
    ref_drop(t, i);
    *out = n;
    if (fits == 0) return 0;
range:
    return err_int(err_set(t, E_OverflowError, "timestamp out of range for platform time_t"));
}

static Ref calendar(Thread *t, Value v, struct tm *(*convert)(const time_t *, struct tm *)) {
    time_t when;
    struct tm tm;
    if (time_argument(t, v, &when) < 0) return REF_NULL;
    errno = 0;
    if (convert(&when, &tm) == NULL) return err_errno(t, errno ? errno : EINVAL, VALUE_NULL);
    return struct_time(t, &tm);
}
static Ref m_gmtime(Thread *t, Value self, const Value *a) { return calendar(t, a[0], gmtime_r); }
static Ref m_localtime(Thread *t, Value self, const Value *a) { return calendar(t, a[0], localtime_r); }

/* a time tuple as struct tm; the zone's name is kept in *zone */
static int tm_from_tuple(Thread *t, Value v, const char *function, struct tm *tm, Ref *zone) {
    *zone = REF_NULL;
    memset(tm, 0, sizeof *tm);
    if (!is_tuple(v)) return err_int(err_set(t, E_TypeError, "Tuple or struct_time argument required"));
    if (tuple_size(v) != 9) return err_int(err_set(t, E_TypeError, "%s(): illegal time tuple argument", function));
    int fields[9];
    for (size_t i = 0; i < 9; i++) {
        int64_t n;
        if (index_as_i64(t, tuple_get(v, i), &n) < 0) return -1;
        if (n != (int)n) return err_int(err_set(t, E_OverflowError, n > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum"));
        fields[i] = (int)n;
    }
    if (fields[0] < INT32_MIN + 1900) return err_int(err_set(t, E_OverflowError, "year out of range"));
    tm->tm_year = fields[0] - 1900;
    tm->tm_mon = fields[1] - 1;
    tm->tm_mday = fields[2];
    tm->tm_hour = fields[3];
    tm->tm_min = fields[4];
    tm->tm_sec = fields[5];
    tm->tm_wday = fields[6] < -1 ? fields[6] : (fields[6] + 1) % 7;
    tm->tm_yday = fields[7] - 1;
    tm->tm_isdst = fields[8];
    if (type_of(v) == struct_time_type) {
        Ref name = get_attr_cstr(t, v, "tm_zone"), offset = get_attr_cstr(t, v, "tm_gmtoff");
        int64_t seconds = 0;
        if (ref_is_null(name) || ref_is_null(offset)) err_clear(t);
        else if (is_str(ref_borrow(name))) {
            tm->tm_zone = str_utf8(t, ref_borrow(name), NULL);
            if (is_int(ref_borrow(offset))) int_try_i64(ref_borrow(offset), &seconds);
            tm->tm_gmtoff = seconds;
        }
        ref_drop(t, offset);
        *zone = name;
    }
    return 0;
}

/* zeros stand for the first of month and year; everything else out of range is an error */
static int tm_check(Thread *t, struct tm *tm) {
    const char *what = NULL;
    if (tm->tm_mon == -1) tm->tm_mon = 0;
    if (tm->tm_mday == 0) tm->tm_mday = 1;
    if (tm->tm_yday == -1) tm->tm_yday = 0;
    if (tm->tm_mon < 0 || tm->tm_mon > 11) what = "month out of range";
    else if (tm->tm_mday < 0 || tm->tm_mday > 31) what = "day of month out of range";
    else if (tm->tm_hour < 0 || tm->tm_hour > 23) what = "hour out of range";
    else if (tm->tm_min < 0 || tm->tm_min > 59) what = "minute out of range";
    else if (tm->tm_sec < 0 || tm->tm_sec > 61) what = "seconds out of range";
    else if (tm->tm_wday < 0) what = "day of week out of range";
    else if (tm->tm_yday < 0 || tm->tm_yday > 365) what = "day of year out of range";
    if (tm->tm_isdst < -1) tm->tm_isdst = -1;
    if (tm->tm_isdst > 1) tm->tm_isdst = 1;
    return what ? err_int(err_set(t, E_ValueError, "%s", what)) : 0;
}

static Ref m_strftime(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "strftime() argument 1 must be str, not %G", a[0]);
    struct tm tm;
    Ref zone = REF_NULL, keep = REF_NULL, result = REF_NULL;
    if (value_is_null(a[1])) {
        time_t now = time(NULL);
        localtime_r(&now, &tm);
    } else if (tm_from_tuple(t, a[1], "strftime", &tm, &zone) < 0 || tm_check(t, &tm) < 0) {
        goto done;
    }
    const char *format = str_fs(t, a[0], &keep);
    if (format == NULL) goto done;
    size_t n = strlen(format);
    for (size_t room = 1024;; room *= 2) { /* 0 means too small, or an empty result */
        char *buf = mem_alloc(room);
        if (buf == NULL) {
            err_no_memory(t);
            break;
        }
        size_t used = strftime(buf, room, format, &tm);
        bool done = used > 0 || n == 0 || room >= 256 * n + 1024;
        if (done) result = str_from_fs(t, buf, used);
        mem_free(buf);
        if (done) break;
    }
done:
    ref_drop(t, keep);
    ref_drop(t, zone);
    return result;
}

static Ref format_asctime(Thread *t, const struct tm *tm) {
    static const char wday[] = "SunMonTueWedThuFriSat", mon[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char buf[64];
    int n = snprintf(buf, sizeof buf, "%.3s %.3s%3d %.2d:%.2d:%.2d %lld", wday + 3 * tm->tm_wday, mon + 3 * tm->tm_mon, tm->tm_mday,
                     tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_year + 1900LL);
    return str_from_ascii(t, buf, (size_t)n);
}
static Ref m_asctime(Thread *t, Value self, const Value *a) {
    struct tm tm;
    Ref zone = REF_NULL, result = REF_NULL;
    if (value_is_null(a[0])) {
        time_t now = time(NULL);
        localtime_r(&now, &tm);
        return format_asctime(t, &tm);
    }
    if (tm_from_tuple(t, a[0], "asctime", &tm, &zone) == 0 && tm_check(t, &tm) == 0) result = format_asctime(t, &tm);
    ref_drop(t, zone);
    return result;
}
static Ref m_ctime(Thread *t, Value self, const Value *a) {
    time_t when;
    struct tm tm;
    if (time_argument(t, a[0], &when) < 0) return REF_NULL;
    if (localtime_r(&when, &tm) == NULL) return err_errno(t, errno, VALUE_NULL);
    return format_asctime(t, &tm);
}
static Ref m_mktime(Thread *t, Value self, const Value *a) {
    struct tm tm;
    Ref zone;
    if (tm_from_tuple(t, a[0], "mktime", &tm, &zone) < 0) return REF_NULL;
    ref_drop(t, zone);
    tm.tm_wday = -1; /* stays if mktime fails */
    time_t when = mktime(&tm);
    if (when == (time_t)-1 && tm.tm_wday == -1) return err_set(t, E_OverflowError, "mktime argument out of range");
    return float_new(t, (double)when);
}
static Ref m_strptime(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref f = import_attr(t, "_strptime", "_strptime_time");
    if (ref_is_null(f)) return f;
    Ref r = call(t, ref_borrow(f), args, nargs, kwnames);
    ref_drop(t, f);
    return r;
}

/* timezone, altzone, daylight, tzname: the zone's standard and summer offsets, looked up in this year's January and July */
static int set_zone(Thread *t, Value module) {
    tzset();
    time_t now = time(NULL);
    struct tm winter, summer;
    localtime_r(&now, &winter);
    winter.tm_mon = 0, winter.tm_mday = 1, winter.tm_isdst = -1, winter.tm_hour = 12;
    summer = winter;
    summer.tm_mon = 6;
    mktime(&winter);
    mktime(&summer);
    if (winter.tm_gmtoff > summer.tm_gmtoff) { /* south of the equator */
        struct tm swap = winter;
        winter = summer;
        summer = swap;
    }
    Ref names[2] = {str_from_fs(t, winter.tm_zone, strlen(winter.tm_zone)), str_from_fs(t, summer.tm_zone, strlen(summer.tm_zone))};
    if (module_add_int(t, module, "timezone", -winter.tm_gmtoff) < 0 || module_add_int(t, module, "altzone", -summer.tm_gmtoff) < 0 ||
        module_add_int(t, module, "daylight", winter.tm_gmtoff != summer.tm_gmtoff) < 0) {
        ref_drop(t, names[0]);
        ref_drop(t, names[1]);
        return -1;
    }
    return module_set_steal(t, module, "tzname", tuple_from_steal(t, names, 2));
}
static Ref m_tzset(Thread *t, Value self, const Value *a) { return set_zone(t, self) < 0 ? REF_NULL : REF_NONE; }

static NativeDef functions[] = {
    FN("time", "!($module, /)", m_time, "Seconds since the epoch."),
    FN("time_ns", "!($module, /)", m_time_ns, "Nanoseconds since the epoch."),
    FN("monotonic", "!($module, /)", m_monotonic, "Seconds of a clock that never goes backward."),
    FN("monotonic_ns", "!($module, /)", m_monotonic_ns, "Nanoseconds of a clock that never goes backward."),
    FN("perf_counter", "!($module, /)", m_perf_counter, "Seconds of the most precise clock."),
    FN("perf_counter_ns", "!($module, /)", m_perf_counter_ns, "Nanoseconds of the most precise clock."),
    FN("process_time", "!($module, /)", m_process_time, "Processor seconds of this process."),
    FN("process_time_ns", "!($module, /)", m_process_time_ns, "Processor nanoseconds of this process."),
    FN("thread_time", "!($module, /)", m_thread_time, "Processor seconds of this thread."),
    FN("thread_time_ns", "!($module, /)", m_thread_time_ns, "Processor nanoseconds of this thread."),
    FN_TUPLE("clock_gettime", "!($module, clk_id, /)", m_clock_gettime, "Seconds of a clock."),
    FN("clock_gettime_ns", "!($module, clk_id, /)", m_clock_gettime_ns, "Nanoseconds of a clock."),
    FN_TUPLE("clock_getres", "!($module, clk_id, /)", m_clock_getres, "Resolution of a clock in seconds."),
    FN_TUPLE("clock_settime", "!($module, clk_id, time, /)", m_clock_settime, "Sets a clock."),
    FN("clock_settime_ns", "!($module, clk_id, time, /)", m_clock_settime_ns, "Sets a clock."),
    FN_TUPLE("pthread_getcpuclockid", "!($module, thread_id, /)", m_pthread_getcpuclockid, "The processor-time clock of a thread."),
    FN_TUPLE("get_clock_info", "!($module, name, /)", m_get_clock_info, "What is known of a clock."),
    FN("sleep", "!($module, seconds, /)", m_sleep, "Waits."),
    FN_TUPLE("gmtime", "!($module, seconds=None, /)", m_gmtime, "UTC as a struct_time."),
    FN_TUPLE("localtime", "!($module, seconds=None, /)", m_localtime, "Local time as a struct_time."),
    FN("strftime", "!($module, format, tuple=None, /)", m_strftime, "Time as text."),
    FN_BARE("asctime", "!($module, tuple=None, /)", m_asctime, "Time as text in a fixed form."),
    FN_TUPLE("ctime", "!($module, seconds=None, /)", m_ctime, "Time as text in a fixed form."),
    FN("mktime", "!($module, tuple, /)", m_mktime, "Local time as seconds since the epoch."),
    FN_RAW("strptime", "!($module, *args)", m_strptime, "Text as a struct_time."),
    FN("tzset", "!($module, /)", m_tzset, "Reads the TZ variable again."),
    FN_END,
};

static const StructSeqField struct_time_fields[] = {
    {"tm_year", "year"}, {"tm_mon", "month, 1 to 12"}, {"tm_mday", "day of the month, 1 to 31"}, {"tm_hour", "hours, 0 to 23"},
    {"tm_min", "minutes, 0 to 59"}, {"tm_sec", "seconds, 0 to 61"}, {"tm_wday", "day of the week, Monday is 0"},
    {"tm_yday", "day of the year, 1 to 366"}, {"tm_isdst", "1 in summer time, 0 if not, -1 if unknown"},
    {"tm_zone", "name of the time zone"}, {"tm_gmtoff", "offset from UTC in seconds"}, {NULL, NULL},
};

int module_init_time(Thread *t, Value module) {
    struct_time_type = structseq_type(t, "time.struct_time", "A moment as calendar fields.", struct_time_fields, 9);
    if (struct_time_type == NULL || module_add_functions(t, module, functions) < 0 ||
        module_set(t, module, "struct_time", type_value(struct_time_type)) < 0 || set_zone(t, module) < 0)
        return -1;
    static const struct { const char *name; int value; } clocks[] = {
        {"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC}, {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
        {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
        {"CLOCK_BOOTTIME", CLOCK_BOOTTIME}, {"CLOCK_TAI", CLOCK_TAI}, {"_STRUCT_TM_ITEMS", 11},
    };
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
        if (module_add_int(t, module, clocks[i].name, clocks[i].value) < 0) return -1;
    return 0;
}
