/* Dates and times as text: ISO 8601 in and out, offsets, strftime. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- out -------------------------------------------------------------------------------------------------------------------------------- */

void format_offset_delta(char *buf, const char *sep, const Delta *d) {
    int64_t us = ((int64_t)d->days * SECONDS_PER_DAY + d->seconds) * US_PER_SECOND + d->us;
    char sign = us < 0 ? '-' : '+';
    if (us < 0) us = -us;
    int s = (int)(us / US_PER_SECOND), n;
    us %= US_PER_SECOND;
    n = sprintf(buf, "%c%02d%s%02d", sign, s / 3600, sep, s / 60 % 60);
    if (s % 60 || us) n += sprintf(buf + n, "%s%02d", sep, s % 60);
    if (us) sprintf(buf + n, ".%06d", (int)us);
}
int format_offset(Thread *t, char *buf, const char *sep, Value tz, Value arg) {
    *buf = 0;
    Ref offset = tz_offset(t, tz, "utcoffset", arg);
    if (ref_is_null(offset)) return -1;
    if (!ref_is_none(offset)) format_offset_delta(buf, sep, as(Delta, ref_borrow(offset)));
    ref_drop(t, offset);
    return 0;
}

int timespec_index(Thread *t, Value v, int us) {
    static const char *const names[] = {"hours", "minutes", "seconds", "milliseconds", "microseconds"};
    if (value_is_null(v)) return us ? 4 : 2;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "isoformat() argument 1 must be str, not %G", v));
    if (str_equal_ascii(v, "auto")) return us ? 4 : 2;
    for (int i = 0; i < 5; i++)
        if (str_equal_ascii(v, names[i])) return i;
    return err_int(err_set(t, E_ValueError, "Unknown timespec value"));
}
int format_time(char *buf, int spec, int hour, int minute, int second, int us) {
    int n = sprintf(buf, "%02d", hour);
    if (spec >= 1) n += sprintf(buf + n, ":%02d", minute);
    if (spec >= 2) n += sprintf(buf + n, ":%02d", second);
    if (spec == 3) n += sprintf(buf + n, ".%03d", us / 1000);
    if (spec == 4) n += sprintf(buf + n, ".%06d", us);
    return n;
}

/* tzname with its percent signs doubled */
static Ref escaped_name(Thread *t, Value tz, Value self) {
    Ref name = tz_name(t, tz, self);
    if (ref_is_null(name)) return name;
    if (ref_is_none(name)) return ref_new(t, str_empty());
    Ref one = str_from_char(t, '%'), two = str_from_ascii(t, "%%", 2), r = REF_NULL;
    Value args[] = {ref_borrow(one), ref_borrow(two)};
    if (!ref_is_null(one) && !ref_is_null(two)) r = call_method(t, ref_borrow(name), N(replace), args, 2);
    if (!ref_is_null(r) && !is_str(ref_borrow(r))) {
        err_set(t, E_TypeError, "tzname.replace() did not return a string");
        ref_drop(t, r);
        r = REF_NULL;
    }
    ref_drop(t, one);
    ref_drop(t, two);
    ref_drop(t, name);
    return r;
}

/* time.strftime for the rest, once %z, %Z and %f are filled in. */
Ref datetime_strftime(Thread *t, Value self, Value format, Value timetuple) {
    const Str *f = as(Str, format);
    StrBuilder b = STR_BUILDER;
    Value tz = is_datetime(self) ? slot_get(&as(DateTime, self)->tz) : is_time(self) ? slot_get(&as(Time, self)->tz) : VALUE_NONE;
    Value arg = is_datetime(self) ? self : VALUE_NONE;
    char offset[40];
    Ref zone = REF_NULL, text = REF_NULL, strftime = REF_NULL, r = REF_NULL;
    bool have_offset = false;
    for (size_t i = 0; i < f->length; i++) {
        uint32_t c = str_at(f, i), next = c == '%' && i + 1 < f->length ? str_at(f, i + 1) : 0;
        int status;
        if (next == 'z') {
            if (!have_offset && format_offset(t, offset, "", tz, arg) < 0) goto fail;
            have_offset = true;
            status = builder_cstr(t, &b, offset);
        } else if (next == 'Z') {
            if (ref_is_null(zone)) zone = escaped_name(t, tz, arg);
            if (ref_is_null(zone)) goto fail;
            status = builder_str(t, &b, ref_borrow(zone));
        } else if (next == 'f') {
            char us[8];
            snprintf(us, sizeof us, "%06d", is_datetime(self) ? as(DateTime, self)->us : is_time(self) ? as(Time, self)->us : 0);
            status = builder_cstr(t, &b, us);
        } else {
            status = builder_char(t, &b, c);
            if (status == 0 && next != 0) status = builder_char(t, &b, next);
        }
        if (status < 0) goto fail;
        if (next != 0) i++;
    }
    text = builder_finish(t, &b);
    if (!ref_is_null(text)) strftime = import_attr(t, "time", "strftime");
    if (!ref_is_null(strftime)) r = call2(t, ref_borrow(strftime), ref_borrow(text), timetuple);
    goto done;
fail:
    builder_drop(&b);
done:
    ref_drop(t, strftime);
    ref_drop(t, text);
    ref_drop(t, zone);
    return r;
}

/* ---- in ------------------------------------------------------------------------------------------------------------------------------------ */

Ref invalid_iso(Thread *t, Value text) { return err_set(t, E_ValueError, "Invalid isoformat string: %R", text); }

char *iso_text(Value v, char *buf, size_t room, size_t *n) {
    const Str *s = as(Str, v);
    if (s->length >= room) return NULL;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        buf[i] = c > 0 && c < 128 ? (char)c : '\1';
    }
    buf[*n = s->length] = 0;
    return buf;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* n digits at p, or null */
static const char *digits(const char *p, int *out, size_t n) {
    *out = 0;
    for (size_t i = 0; i < n; i++, p++) {
        if (!is_digit(*p)) return NULL;
        *out = *out * 10 + (*p - '0');
    }
    return p;
}

/* Where the date ends: YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D] or YYYYWww[D], told apart by what stands at the usual places. */
size_t iso_separator(const char *s, size_t n) {
    if (n == 7) return 7;
    if (s[4] == '-') {
        if (s[5] != 'W') return 10;
        if (n < 8) return 0;
        if (n > 8 && s[8] == '-') {
            if (n == 9) return 0;
            return n > 10 && is_digit(s[10]) ? 8 : 10; /* YYYY-Www-hh: the dash separates */
        }
        return 8;
    }
    if (s[4] != 'W') return 8;
    size_t i = 7;
    while (i < n && is_digit(s[i])) i++;
    if (i < 9) return i;
    return i % 2 == 0 ? 7 : 8; /* an even count leaves whole pairs of digits for the time */
}

int parse_iso_date(const char *s, size_t n, int *y, int *m, int *d) {
    const char *p = digits(s, y, 4);
    if (p == NULL) return -1;
    bool dashes = *p == '-';
    p += dashes;
    if (*p == 'W') {
        int week, day = 1;
        p = digits(p + 1, &week, 2);
        if (p == NULL) return -2;
        if ((size_t)(p - s) < n) {
            if (dashes && *p++ != '-') return -2;
            p = digits(p, &day, 1);
            if (p == NULL) return -2;
        }
        return (size_t)(p - s) != n ? -1 : iso_to_ymd(*y, week, day, y, m, d);
    }
    p = digits(p, m, 2);
    if (p == NULL || (dashes && *p++ != '-')) return -1;
    p = digits(p, d, 2);
    return p == NULL || (size_t)(p - s) != n ? -1 : 0;
}

/* hh[:mm[:ss[.f+]]] up to end; 0, 1 if something stands behind it, -1 */
static int parse_clock(const char *p, const char *end, int *h, int *m, int *s, int *us) {
    int *parts[] = {h, m, s};
    bool colons = true;
    *h = *m = *s = *us = 0;
    for (int i = 0; i < 3; i++) {
        p = digits(p, parts[i], 2);
        if (p == NULL) return -1;
        char c = *p++;
        if (i == 0) colons = c == ':';
        if (p >= end) return c != 0;
        if (colons && c == ':') {
            if (i == 2) return -1;
            continue;
        }
        if (c == '.' || c == ',') {
            if (i < 2) return -1;
            break;
        }
        if (colons || i == 2) return -1;
        p--;
    }
    size_t left = p < end ? (size_t)(end - p) : 0, n = left < 6 ? left : 6;
    p = digits(p, us, n);
    if (p == NULL || n == 0) return -1;
    for (size_t i = n; i < 6; i++) *us *= 10;
    while (is_digit(*p)) p++;
    return *p != 0;
}

int parse_iso_time(const char *s, size_t n, int *h, int *m, int *sec, int *us, int *offset, int *offset_us) {
    const char *end = s + n, *zone = s;
    while (zone < end && *zone != '+' && *zone != '-' && *zone != 'Z') zone++;
    *offset = *offset_us = 0;
    int status = parse_clock(s, zone, h, m, sec, us);
    if (status < 0) return -1;
    if (zone == end) return status == 1 ? -1 : 0;
    if (*zone == 'Z') return zone + 1 == end ? 1 : -1;
    int sign = *zone == '-' ? -1 : 1, zh, zm, zs;
    status = parse_clock(zone + 1, end, &zh, &zm, &zs, offset_us);
    *offset = sign * (zh * 3600 + zm * 60 + zs);
    *offset_us *= sign;
    return status == 0 ? 1 : -1;
}
