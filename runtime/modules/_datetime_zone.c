/* datetime.tzinfo and datetime.timezone, and calling tzinfo objects. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

KIT_SLOTS(2)
static Slot utc_slot;
Value timezone_utc(void) { return slot_get(&utc_slot); }

/* ---- calling tzinfo objects ---------------------------------------------------------------------------------------------------------- */

static bool within_a_day(const Delta *d) { return !(d->days == -1 && d->seconds == 0 && d->us < 1) && d->days >= -1 && d->days < 1; }

Ref tz_offset(Thread *t, Value tz, const char *method, Value arg) {
    if (value_is_none(tz)) return REF_NONE;
    Value name = str_intern_cstr(t, method);
    Ref r = value_is_null(name) ? REF_NULL : call_method1(t, tz, name, arg);
    if (ref_is_null(r) || ref_is_none(r)) return r;
    if (!is_delta(ref_borrow(r))) err_set(t, E_TypeError, "tzinfo.%s() must return None or timedelta, not '%.200T'", method, ref_borrow(r));
    else if (!within_a_day(as(Delta, ref_borrow(r))))
        err_set(t, E_ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).");
    else return r;
    ref_drop(t, r);
    return REF_NULL;
}
Ref tz_name(Thread *t, Value tz, Value arg) {
    if (value_is_none(tz)) return REF_NONE;
    Value name = str_intern_cstr(t, "tzname");
    Ref r = value_is_null(name) ? REF_NULL : call_method1(t, tz, name, arg);
    if (ref_is_null(r) || ref_is_none(r) || is_str(ref_borrow(r))) return r;
    err_set(t, E_TypeError, "tzinfo.tzname() must return None or a string, not '%T'", ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL;
}

/* ---- tzinfo ------------------------------------------------------------------------------------------------------------------------------ */

static Ref plain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static Ref not_implemented(Thread *t, const char *method) {
    return err_set(t, E_NotImplementedError, "a tzinfo subclass must implement %s()", method);
}
static Ref m_tzname(Thread *t, Value self, const Value *a) { return not_implemented(t, "tzname"); }
static Ref m_utcoffset(Thread *t, Value self, const Value *a) { return not_implemented(t, "utcoffset"); }
static Ref m_dst(Thread *t, Value self, const Value *a) { return not_implemented(t, "dst"); }

static int fromutc_argument(Thread *t, Value self, Value dt) {
    if (!is_datetime(dt)) return err_int(err_set(t, E_TypeError, "fromutc: argument must be a datetime"));
    if (!value_is(slot_get(&as(DateTime, dt)->tz), self)) return err_int(err_set(t, E_ValueError, "fromutc: dt.tzinfo is not self"));
    return 0;
}

static Ref m_fromutc(Thread *t, Value self, const Value *a) {
    Value dt = a[0];
    if (fromutc_argument(t, self, dt) < 0) return REF_NULL;
    Ref result = REF_NULL, dst = REF_NULL, standard = REF_NULL, off = tz_offset(t, self, "utcoffset", dt);
    if (ref_is_null(off)) return off;
    if (ref_is_none(off)) return err_set(t, E_ValueError, "fromutc: non-None utcoffset() result required");
    dst = tz_offset(t, self, "dst", dt);
    if (ref_is_none(dst)) {
        err_set(t, E_ValueError, "fromutc: non-None dst() result required");
        goto done;
    }
    if (!ref_is_null(dst)) standard = delta_sum(t, ref_borrow(off), ref_borrow(dst), -1);
    if (!ref_is_null(standard)) result = datetime_shift(t, dt, ref_borrow(standard), 1);
    if (ref_is_null(result)) goto done;
    ref_drop(t, dst);
    dst = tz_offset(t, self, "dst", ref_borrow(result));
    if (ref_is_none(dst)) err_set(t, E_ValueError, "fromutc: tz.dst() gave inconsistent results; cannot convert");
    if (!ref_is_null(dst) && !ref_is_none(dst) && delta_is_zero(as(Delta, ref_borrow(dst)))) goto done;
    Ref shifted = ref_is_null(dst) || ref_is_none(dst) ? REF_NULL : datetime_shift(t, ref_borrow(result), ref_borrow(dst), 1);
    ref_drop(t, result);
    result = shifted;
done:
    ref_drop(t, standard);
    ref_drop(t, dst);
    ref_drop(t, off);
    return result;
}

static Ref m_reduce(Thread *t, Value self, const Value *a) {
    Value name = str_intern_cstr(t, "__getinitargs__");
    Ref f = get_attr_opt(t, self, name), args, state, r = REF_NULL;
    if (ref_is_null(f) && err_pending(t)) return REF_NULL;
    args = ref_is_null(f) ? ref_new(t, tuple_empty()) : call0(t, ref_borrow(f));
    ref_drop(t, f);
    if (ref_is_null(args)) return args;
    state = call_method0(t, self, N(__getstate__));
    if (!ref_is_null(state)) r = tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), ref_borrow(state));
    ref_drop(t, state);
    ref_drop(t, args);
    return r;
}

static NativeDef tzinfo_methods[] = {
    FN("tzname", "!($self, dt, /)", m_tzname, "datetime -> string name of time zone."),
    FN("utcoffset", "!($self, dt, /)", m_utcoffset, "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"),
    FN("dst", "!($self, dt, /)", m_dst, "datetime -> DST offset as timedelta positive east of UTC."),
    FN("fromutc", "!($self, dt, /)", m_fromutc, "datetime in UTC -> datetime in local time."),
    FN("__reduce__", "!($self, /)", m_reduce, "-> (cls, state)"),
    FN_END,
};
Type tzinfo_type = {
    TYPE_HEADER(Object, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "datetime.tzinfo", .doc = "Abstract base class for time zone info objects.",
    .new_ = plain_new, .methods = tzinfo_methods,
};

/* ---- timezone -------------------------------------------------------------------------------------------------------------------------------- */

static Ref timezone_alloc(Thread *t, Value offset, Value name) {
    TimeZone *z = object_new(TimeZone, t, &timezone_type);
    if (z == NULL) return REF_NULL;
    slot_init(&z->offset, ref_new(t, offset));
    slot_init(&z->name, ref_new(t, name));
    return ref_steal(z);
}
Ref timezone_make(Thread *t, Value offset, Value name) {
    const Delta *d = as(Delta, offset);
    if (value_is_null(name) && delta_is_zero(d)) return ref_new(t, timezone_utc());
    if (!within_a_day(d))
        return err_set(t, E_ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not %R.", offset);
    return timezone_alloc(t, offset, name);
}
static Ref timezone_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, "timezone", "offset|name", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!is_delta(a[0])) return err_set(t, E_TypeError, "timezone() argument 1 must be datetime.timedelta, not %G", a[0]);
    if (!value_is_null(a[1]) && !is_str(a[1])) return err_set(t, E_TypeError, "timezone() argument 2 must be str, not %G", a[1]);
    return timezone_make(t, a[0], a[1]);
}
Ref timezone_local(Thread *t, int64_t timestamp) {
    struct tm tm;
    if (broken_down(t, timestamp, true, &tm) < 0) return REF_NULL;
    Ref offset = delta_new(t, 0, tm.tm_gmtoff, 0), name = REF_NULL, r = REF_NULL;
    if (!ref_is_null(offset)) name = str_from_fs(t, tm.tm_zone, strlen(tm.tm_zone));
    if (!ref_is_null(name)) r = timezone_make(t, ref_borrow(offset), ref_borrow(name));
    ref_drop(t, name);
    ref_drop(t, offset);
    return r;
}

static Value offset_of(Value zone) { return slot_get(&as(TimeZone, zone)->offset); }
static Ref timezone_repr(Thread *t, Value self) {
    if (value_is(self, timezone_utc())) return str_from_cstr(t, "datetime.timezone.utc");
    Value name = slot_get(&as(TimeZone, self)->name);
    if (value_is_null(name)) return str_format(t, "%N(%R)", type_of(self), offset_of(self));
    return str_format(t, "%N(%R, %R)", type_of(self), offset_of(self), name);
}
static Ref timezone_str(Thread *t, Value self) {
    Value name = slot_get(&as(TimeZone, self)->name);
    if (!value_is_null(name)) return ref_new(t, name);
    const Delta *d = as(Delta, offset_of(self));
    if (delta_is_zero(d)) return str_from_cstr(t, "UTC");
    char buf[40] = "UTC";
    format_offset_delta(buf + 3, ":", d);
    return str_from_cstr(t, buf);
}
static int zone_argument(Thread *t, Value dt, const char *method) {
    if (value_is_none(dt) || is_datetime(dt)) return 0;
    return err_int(err_set(t, E_TypeError, "%s(dt) argument must be a datetime instance or None, not %.200T", method, dt));
}
static Ref z_utcoffset(Thread *t, Value self, const Value *a) { return zone_argument(t, a[0], "utcoffset") < 0 ? REF_NULL : ref_new(t, offset_of(self)); }
static Ref z_tzname(Thread *t, Value self, const Value *a) { return zone_argument(t, a[0], "tzname") < 0 ? REF_NULL : timezone_str(t, self); }
static Ref z_dst(Thread *t, Value self, const Value *a) { return zone_argument(t, a[0], "dst") < 0 ? REF_NULL : REF_NONE; }
static Ref z_fromutc(Thread *t, Value self, const Value *a) {
    return fromutc_argument(t, self, a[0]) < 0 ? REF_NULL : datetime_shift(t, a[0], offset_of(self), 1);
}
static Ref z_getinitargs(Thread *t, Value self, const Value *a) {
    Value name = slot_get(&as(TimeZone, self)->name);
    return value_is_null(name) ? tuple_pack(t, 1, offset_of(self)) : tuple_pack(t, 2, offset_of(self), name);
}
static Ref timezone_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(b, &timezone_type)) return REF_NOT_IMPLEMENTED;
    return compare_result(delta_compare(as(Delta, offset_of(a)), as(Delta, offset_of(b))), op);
}
static int64_t timezone_hash(Thread *t, Value self) { return object_hash(t, offset_of(self)); }

static NativeDef timezone_methods[] = {
    FN("tzname", "!($self, dt, /)", z_tzname, "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."),
    FN("utcoffset", "!($self, dt, /)", z_utcoffset, "Return fixed offset."),
    FN("dst", "!($self, dt, /)", z_dst, "Return None."),
    FN("fromutc", "!($self, dt, /)", z_fromutc, "datetime in UTC -> datetime in local time."),
    FN("__getinitargs__", "!($self, /)", z_getinitargs, "pickle support"),
    FN_END,
};
Type timezone_type = {
    TYPE_HEADER(TimeZone, TYPE_CONTAINER, kit_traverse_2, NULL, kit_drop_2),
    .name = "datetime.timezone", .doc = "Fixed offset from UTC implementation of tzinfo.", .base = &tzinfo_type,
    .new_ = timezone_new, .repr = timezone_repr, .str = timezone_str, .hash = timezone_hash, .richcompare = timezone_compare, .methods = timezone_methods,
};

int zones_init(Thread *t) {
    if (!value_is_null(timezone_utc())) return 0;
    Ref zero = delta_new(t, 0, 0, 0), utc = ref_is_null(zero) ? zero : timezone_alloc(t, ref_borrow(zero), VALUE_NULL);
    ref_drop(t, zero);
    if (ref_is_null(utc)) return -1;
    kit_root(t, &utc_slot, utc);
    return 0;
}
