/* _zoneinfo: kinds of local time, and POSIX TZ strings: reading them, and what they say of a moment. See _zoneinfo.h. */
#include "runtime/modules/_zoneinfo.h"
#include <ctype.h>

/* ---- kinds ------------------------------------------------------------------------------------------------------------------------------------ */

int kind_fill(Thread *t, ZoneKind *k, int64_t seconds, int64_t dst, Value name) {
    Ref offset = delta_new(t, 0, seconds, 0), difference = ref_is_null(offset) ? offset : delta_new(t, 0, dst, 0);
    if (ref_is_null(difference)) {
        ref_drop(t, offset);
        return -1;
    }
    slot_init(&k->offset, offset);
    slot_init(&k->dst, difference);
    slot_init(&k->name, ref_new(t, name));
    k->seconds = seconds;
    return 0;
}
void kind_visit(const ZoneKind *k, VisitFn visit, void *arg) {
    slot_visit(&k->offset, visit, arg);
    slot_visit(&k->dst, visit, arg);
    slot_visit(&k->name, visit, arg);
}
void kind_drop(Thread *t, Object *owner, ZoneKind *k) {
    Slot *slots[] = {&k->offset, &k->dst, &k->name};
    for (size_t i = 0; i < 3; i++) ref_drop(t, slot_take(t, owner, slots[i]));
}

/* ---- reading: each moves *s behind what it read; false: malformed ----------------------------------------------------------------------------- */

static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* From `least` to `most` digits. */
static bool read_digits(const char **s, int least, int most, int *out) {
    int n = 0;
    *out = 0;
    for (; n < most && is_digit(**s); n++) *out = *out * 10 + (*(*s)++ - '0');
    return n >= least;
}

/* "ABC", or "<+03>" */
static bool read_name(const char **s, const char **name, size_t *n) {
    const char *p = *s;
    if (*p == '<') {
        *name = ++p;
        while (is_letter(*p) || is_digit(*p) || *p == '+' || *p == '-') p++;
        if (*p != '>') return false;
        *n = (size_t)(p++ - *name);
    } else {
        *name = p;
        while (is_letter(*p)) p++;
        *n = (size_t)(p - *name);
        if (*n == 0) return false;
    }
    *s = p;
    return true;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool read_time(const char **s, int64_t *out) {
    int sign = **s == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
    if (**s == '-' || **s == '+') (*s)++;
    if (!read_digits(s, 1, 2, &hours)) return false;
    if (**s == ':') {
        (*s)++;
        if (!read_digits(s, 2, 2, &minutes)) return false;
        if (**s == ':') {
            (*s)++;
            if (!read_digits(s, 2, 2, &seconds)) return false;
        }
    }
    *out = sign * ((int64_t)hours * 3600 + minutes * 60 + seconds);
    return true;
}
/* What is to be added to local time is what is written with the opposite sign: west is positive. */
static bool read_offset(const char **s, int64_t *out) {
    if (!read_time(s, out)) return false;
    *out = -*out;
    return *out > -90000 && *out < 90000; /* 24 hours and minutes; datetime refuses them later */
}

static bool read_day(const char **s, ZoneDay *d) {
    *d = (ZoneDay){.form = 'N', .time = 7200};
    if (**s == 'M') {
        d->form = *(*s)++;
        if (!read_digits(s, 1, 2, &d->month) || *(*s)++ != '.' || !read_digits(s, 1, 1, &d->week) || *(*s)++ != '.') return false;
        if (!read_digits(s, 1, 1, &d->day)) return false;
        if (d->month < 1 || d->month > 12 || d->week < 1 || d->week > 5 || d->day > 6) return false;
    } else {
        if (**s == 'J') d->form = *(*s)++;
        if (!read_digits(s, 1, 3, &d->day) || d->day < (d->form == 'J') || d->day > 365) return false;
    }
    if (**s != '/') return true;
    (*s)++;
    return read_time(s, &d->time);
}

int rule_parse(Thread *t, ZoneRule *r, Value text) {
    const char *s = (const char *)bytes_data(text), *end = s + bytes_length(text), *names[2], *wrong = NULL;
    size_t lengths[2];
    int64_t standard, summer = 0;
    r->fixed = true;
    if (!read_name(&s, &names[0], &lengths[0])) wrong = "Invalid STD format in %R";
    else if (!read_offset(&s, &standard)) wrong = "Invalid STD offset in %R";
    else if (s != end) {
        r->fixed = false;
        if (!read_name(&s, &names[1], &lengths[1])) wrong = "Invalid DST format in %R";
        else if (*s == ',') summer = standard + 3600;
        else if (!read_offset(&s, &summer)) wrong = "Invalid DST offset in %R";
        ZoneDay *days[] = {&r->start, &r->end};
        for (int i = 0; i < 2 && wrong == NULL; i++) {
            if (*s != ',') wrong = "Missing transition rules in TZ string: %R";
            else if (s++, !read_day(&s, days[i])) wrong = "Malformed transition rule in TZ string: %R";
        }
        if (wrong == NULL && s != end) wrong = "Extraneous characters at end of TZ string: %R";
    }
    if (wrong != NULL) return err_int(err_set(t, E_ValueError, wrong, text));
    r->difference = summer - standard;
    for (int i = 0; i < (r->fixed ? 1 : 2); i++) {
        Ref name = str_from_ascii(t, names[i], lengths[i]);
        int status = ref_is_null(name) ? -1 : kind_fill(t, i ? &r->summer : &r->standard, i ? summer : standard, i ? r->difference : 0, ref_borrow(name));
        ref_drop(t, name);
        if (status < 0) return -1;
    }
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------------------------------------ */

static int64_t days_from_1970(int year, int month, int day) { return ymd_to_ordinal(year, month, day) - 719163; }

/* The day's moment in that year, in seconds from 1970 as if local time were universal. */
static int64_t day_seconds(const ZoneDay *d, int year) {
    int64_t day;
    if (d->form == 'M') {
        int first = (weekday_of(year, d->month, 1) + 1) % 7; /* Sunday: 0 */
        int of_month = (d->day - first + 7) % 7 + 1 + (d->week - 1) * 7;
        if (of_month > days_in_month(year, d->month)) of_month -= 7; /* week 5 is the last one */
        day = days_from_1970(year, d->month, of_month);
    } else {
        /* python3.11 counts days from 1 in both forms, and February 29 from J59 on */
        day = days_from_1970(year, 1, 1) + d->day - 1;
        if (d->form == 'J' && d->day >= 59 && days_in_month(year, 2) == 29) day++;
    }
    return day * SECONDS_PER_DAY + d->time;
}
static bool between(int64_t start, int64_t end, int64_t x) { return start < end ? x >= start && x < end : !(x >= end && x < start); }

const ZoneKind *rule_local(const ZoneRule *r, int64_t seconds, int fold, int year) {
    if (r->fixed) return &r->standard;
    int64_t start = day_seconds(&r->start, year), end = day_seconds(&r->end, year);
    /* of two local times that read the same the first is meant with fold 0, and of one that doesn't exist the offset before the gap */
    if (fold == (r->difference >= 0)) end -= r->difference;
    else start += r->difference;
    return between(start, end, seconds) ? &r->summer : &r->standard;
}

const ZoneKind *rule_utc(const ZoneRule *r, int64_t seconds, int year, int *fold) {
    *fold = 0;
    if (r->fixed) return &r->standard;
    int64_t start = day_seconds(&r->start, year) - r->standard.seconds, end = day_seconds(&r->end, year) - r->summer.seconds;
    int64_t twice = r->difference > 0 ? end : start, length = r->difference > 0 ? r->difference : -r->difference; /* what reads the same begins there */
    *fold = seconds >= twice && seconds < twice + length;
    return between(start, end, seconds) ? &r->summer : &r->standard;
}
