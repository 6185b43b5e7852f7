/* What the files of the datetime module share: layouts, and the calendar.
 *
 * All objects are immutable: any thread reads them without locks; hashes are filled in by atomic stores. Arguments are borrowed, results owned; null or -1
 * with an exception. t is the caller's own, attached. What calls a tzinfo's methods runs Python. */
#ifndef WEFT_RUNTIME_MODULES__DATETIME_H
#define WEFT_RUNTIME_MODULES__DATETIME_H
#include "runtime/bytes.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

typedef struct Delta {
    Object base;
    _Atomic int64_t x_hash;      /* 0: not computed */
    int days, seconds, us;       /* normalized: 0 <= seconds < 86400, 0 <= us < 10^6 */
} Delta;
typedef struct Date {            /* the beginning of a DateTime */
    Object base;
    _Atomic int64_t x_hash;
    uint16_t year;
    uint8_t month, day;
} Date;
typedef struct DateTime {
    Object base;
    _Atomic int64_t x_hash;
    uint16_t year;
    uint8_t month, day;
    uint8_t hour, minute, second, fold;
    int us;
    Slot tz;                     /* never null: None or a tzinfo */
} DateTime;
typedef struct Time {
    Object base;
    _Atomic int64_t x_hash;
    uint8_t hour, minute, second, fold;
    int us;
    Slot tz;
} Time;
typedef struct TimeZone {
    Object base;
    Slot offset, name;           /* name: null if none was given */
} TimeZone;

extern Type delta_type, date_type, datetime_type, time_type, tzinfo_type, timezone_type, isocalendar_type;
static inline bool is_delta(Value v) { return type_is_subtype(type_of(v), &delta_type); }
static inline bool is_date(Value v) { return type_is_subtype(type_of(v), &date_type); }
static inline bool is_datetime(Value v) { return type_is_subtype(type_of(v), &datetime_type); }
static inline bool is_time(Value v) { return type_is_subtype(type_of(v), &time_type); }
static inline bool is_tzinfo(Value v) { return type_is_subtype(type_of(v), &tzinfo_type); }

#define MIN_YEAR 1
#define MAX_YEAR 9999
#define MAX_ORDINAL 3652059
#define SECONDS_PER_DAY 86400
#define US_PER_SECOND 1000000

/* ---- calendar (_datetime.c); no exceptions but in the check_ functions */
int days_in_month(int year, int month);
int days_before_month(int year, int month);
int64_t ymd_to_ordinal(int64_t year, int month, int day);
void ordinal_to_ymd(int64_t ordinal, int *year, int *month, int *day);
int weekday_of(int year, int month, int day);               /* Monday: 0 */
int64_t iso_week1_monday(int year);                         /* as an ordinal */
/* Year, week and day (1 to 7) to the date. 0; -2 bad week, -3 bad day, -4 bad year */
int iso_to_ymd(int year, int week, int day, int *y, int *m, int *d);
int check_date(Thread *t, int year, int month, int day);
int check_time(Thread *t, int hour, int minute, int second, int us, int fold);
int check_tzinfo(Thread *t, Value v);
int c_int(Thread *t, Value v, int *out);                    /* an argument that must be a C int; null leaves *out */
Ref compare_result(int diff, CompareOp op);
/* The moment `seconds` after 1970 as local or universal time, in seconds of the proleptic calendar; -1 with an exception */
struct tm;
int broken_down(Thread *t, int64_t when, bool local, struct tm *tm);
int64_t calendar_seconds(Thread *t, int year, int month, int day, int hour, int minute, int second);
int64_t local_seconds(Thread *t, int64_t u);
int64_t local_to_seconds(Thread *t, const DateTime *d, int fold);
#define EPOCH_SECONDS ((int64_t)719163 * SECONDS_PER_DAY)
#define FOLD_SECONDS (24 * 3600)
/* A timestamp argument: seconds rounded down, or to microseconds half to even. */
int timestamp_seconds(Thread *t, Value v, int64_t *out);
int timestamp_parts(Thread *t, Value v, int64_t *seconds, int *us);
int format_member(const char *name, char *buf);
/* state of a pickle: bytes, or latin-1 text from Python 2. 1: `state` is one of n bytes with a sane first byte of interest, copied to out; 0; -1 */
int pickled_state(Thread *t, Value state, size_t n, size_t sane_at, int lo, int hi, const char *what, uint8_t *out);

/* ---- text (_datetime_text.c) */
Ref datetime_strftime(Thread *t, Value self, Value format, Value timetuple);
int parse_iso_date(const char *s, size_t n, int *y, int *m, int *d);
/* 0 without, 1 with an offset; -1 malformed */
int parse_iso_time(const char *s, size_t n, int *h, int *m, int *sec, int *us, int *offset, int *offset_us);
/* The text of a str with each character that isn't ASCII replaced; null if longer than room - 1 */
char *iso_text(Value str, char *buf, size_t room, size_t *n);
size_t iso_separator(const char *s, size_t n);              /* n > 7; 0: malformed */
/* "+HH:MM[:SS[.ffffff]]" of the object's offset, "" if it has none: 0, -1 */
int format_offset(Thread *t, char *buf, const char *sep, Value tz, Value arg);
void format_offset_delta(char *buf, const char *sep, const Delta *d);
/* timespec argument: which of hours, minutes, seconds, milliseconds, microseconds; -1 with an exception */
int timespec_index(Thread *t, Value v, int us);
int format_time(char *buf, int spec, int hour, int minute, int second, int us);
Ref invalid_iso(Thread *t, Value text);

/* ---- timedelta (_datetime_delta.c) */
Ref delta_new(Thread *t, int64_t days, int64_t seconds, int64_t us); /* normalizes; OverflowError */
Ref delta_sum(Thread *t, Value a, Value b, int sign);
int delta_compare(const Delta *a, const Delta *b);
static inline bool delta_is_zero(const Delta *d) { return d->days == 0 && d->seconds == 0 && d->us == 0; }

/* ---- time zones (_datetime_zone.c) */
Value timezone_utc(void);
Ref timezone_make(Thread *t, Value offset, Value name_or_null);
/* tz.utcoffset(arg), tz.dst(arg): None or a timedelta within a day; tz.tzname(arg): None or str */
Ref tz_offset(Thread *t, Value tz, const char *method, Value arg);
Ref tz_name(Thread *t, Value tz, Value arg);
Ref timezone_local(Thread *t, int64_t timestamp);
int zones_init(Thread *t);

/* ---- dates and times */
Ref date_make(Thread *t, Type *type, int year, int month, int day);           /* checks; type's own layout */
int check_few(Thread *t, const Value *args, size_t nargs); /* of less arguments than year, month and day, what is no integer is said before what is missing */
Ref date_call(Thread *t, Value cls, int year, int month, int day);            /* as cls(year, month, day) */
Ref datetime_make(Thread *t, Type *type, const DateTime *fields, Value tz);   /* checks */
Ref datetime_call(Thread *t, Value cls, const DateTime *fields, Value tz);
Ref time_make(Thread *t, Type *type, int hour, int minute, int second, int us, Value tz, int fold);
Ref datetime_shift(Thread *t, Value self, Value delta, int sign);             /* self ± delta, same class and tzinfo */
Ref datetime_offset(Thread *t, Value self);                                    /* self.utcoffset() */
Ref date_isocalendar(Thread *t, Value self, const Value *a);
#endif
