/* _zoneinfo: time zones from TZif files.
 *
 * A zone is filled before anybody else sees it and never changes. Zones are found again by key through a WeakValueDictionary for each class, and the
 * eight that were asked for last stay alive: an immutable tuple of them, replaced as a whole; when two threads do so at once, one of the two is forgotten. */
#include "runtime/modules/_zoneinfo.h"
#include "runtime/weakref.h"

typedef enum { FROM_CACHE, FROM_NO_CACHE, FROM_FILE } Source;
typedef struct Zone {
    Object base;
    Slot key, file;                  /* file: repr of the file object, or null */
    Slot weakrefs;
    size_t transitions, kinds;
    int64_t *utc;                    /* when kinds change: universal time, */
    int64_t *local[2];               /* and local time for fold 0 and 1; all in one block */
    ZoneKind *kind;                  /* as in the file */
    uint32_t *after;                 /* index of the kind after each transition */
    const ZoneKind *before;          /* before all of them; null: none */
    ZoneRule rule;                   /* after all of them */
    bool fixed;
    _Atomic uint8_t x_source;
} Zone;
static Type zone_type;
static Slot weak_cache, recent, find_file, load_tzdata, load_data, open_file;
#define RECENT_ZONES 8

/* ---- loading ----------------------------------------------------------------------------------------------------------------------------------- */

static void zone_traverse(Object *o, VisitFn visit, void *arg) {
    Zone *z = (Zone *)o;
    slot_visit(&z->key, visit, arg);
    slot_visit(&z->file, visit, arg);
    for (size_t i = 0; i < z->kinds; i++) kind_visit(&z->kind[i], visit, arg);
    kind_visit(&z->rule.standard, visit, arg);
    kind_visit(&z->rule.summer, visit, arg);
}
static void zone_destroy(Thread *t, Object *o) {
    Zone *z = (Zone *)o;
    ref_drop(t, slot_take(t, o, &z->key));
    ref_drop(t, slot_take(t, o, &z->file));
    for (size_t i = 0; i < z->kinds; i++) kind_drop(t, o, &z->kind[i]);
    kind_drop(t, o, &z->rule.standard);
    kind_drop(t, o, &z->rule.summer);
    mem_free(z->kind);
    mem_free(z->utc);
    mem_free(z->after);
}

/* The ints of a sequence; out is mem_alloc'ed here. -1 with an exception. */
static int read_ints(Thread *t, Value v, int64_t **out, size_t *n) {
    Ref tuple = sequence_tuple(t, v);
    if (ref_is_null(tuple)) return -1;
    *n = tuple_size(ref_borrow(tuple));
    *out = mem_zalloc((*n + 1) * sizeof **out);
    int status = *out == NULL ? err_int(err_no_memory(t)) : 0;
    for (size_t i = 0; i < *n && status == 0; i++) status = as_i64(t, tuple_get(ref_borrow(tuple), i), &(*out)[i]);
    ref_drop(t, tuple);
    return status;
}

/* What dst() says of each kind: files tell whether it is summer time, not by how much; that shows from the kind before or after it. */
static void infer_dst(const Zone *z, const int64_t *offsets, const int64_t *summer, int64_t *dst) {
    size_t wanted = 0, found = 0;
    for (size_t i = 0; i < z->kinds; i++) wanted += summer[i] != 0;
    for (size_t i = 1; i < z->transitions && found < wanted; i++) {
        size_t kind = z->after[i], previous = z->after[i - 1];
        if (!summer[kind] || dst[kind] != 0) continue;
        int64_t difference = summer[previous] ? 0 : offsets[kind] - offsets[previous];
        if (difference == 0 && kind + 1 < z->kinds && i + 1 < z->transitions) { /* python3.11 doesn't look on from the last kind */
            size_t next = z->after[i + 1];
            if (summer[next]) continue;
            difference = offsets[kind] - offsets[next];
        }
        if (difference != 0) {
            found++;
            dst[kind] = difference;
        }
    }
    if (found < wanted)
        for (size_t i = 0; i < z->kinds; i++)
            if (summer[i] && dst[i] == 0) dst[i] = 3600; /* a better guess than none */
}

/* Transitions in local time: of the two readings around one, the earlier begins it for fold 1, the later for fold 0. */
static void local_transitions(Zone *z, const int64_t *offsets) {
    for (size_t i = 0; i < z->transitions; i++) {
        int64_t a = offsets[i ? z->after[i - 1] : 0], b = offsets[z->after[i]];
        z->local[0][i] = z->utc[i] + (a > b ? a : b);
        z->local[1][i] = z->utc[i] + (a > b ? b : a);
    }
}

static int fill_kinds(Thread *t, Zone *z, const int64_t *offsets, const int64_t *summer, Value names) {
    size_t n = z->kinds;
    int64_t *dst = mem_zalloc((n + 1) * sizeof *dst);
    z->kinds = 0;
    z->kind = mem_zalloc((n + 1) * sizeof *z->kind);
    if (dst == NULL || z->kind == NULL) {
        mem_free(dst);
        return err_int(err_no_memory(t));
    }
    z->kinds = n;
    infer_dst(z, offsets, summer, dst);
    Ref tuple = sequence_tuple(t, names);
    int status = ref_is_null(tuple) ? -1 : 0;
    if (status == 0 && tuple_size(ref_borrow(tuple)) != n) status = err_int(err_set(t, E_ValueError, "Invalid number of time zone designations"));
    for (size_t i = 0; i < n && status == 0; i++) status = kind_fill(t, &z->kind[i], offsets[i], dst[i], tuple_get(ref_borrow(tuple), i));
    ref_drop(t, tuple);
    mem_free(dst);
    return status;
}

static bool kinds_equal(const ZoneKind *a, const ZoneKind *b) {
    return a->seconds == b->seconds && delta_compare(as(Delta, slot_get(&a->dst)), as(Delta, slot_get(&b->dst))) == 0 &&
           plain_equal(slot_get(&a->name), slot_get(&b->name)) == 1;
}

/* What is in force after the last transition: the TZ string's rule, or else the last kind for ever. */
static int fill_rule(Thread *t, Zone *z, Value text) {
    if (is_bytes(text) && bytes_length(text) > 0) return rule_parse(t, &z->rule, text);
    if (z->kinds == 0) return err_int(err_set(t, E_ValueError, "No time zone information found."));
    const ZoneKind *last = &z->kind[z->transitions ? z->after[z->transitions - 1] : z->kinds - 1];
    const Delta *dst = as(Delta, slot_get(&last->dst));
    z->rule.fixed = true;
    return kind_fill(t, &z->rule.standard, last->seconds, dst->days * (int64_t)SECONDS_PER_DAY + dst->seconds, slot_get(&last->name));
}

/* Fills z from what zoneinfo._common.load_data() returns: indices, transitions, offsets, summer, names, TZ string. */
static int fill(Thread *t, Zone *z, Value data) {
    if (!is_tuple(data) || tuple_size(data) != 6) return err_int(err_set(t, E_TypeError, "Invalid data result type: %R", data));
    int64_t *indices = NULL, *offsets = NULL, *summer = NULL, *times = NULL;
    size_t n_indices, n_summer;
    int status = -1;
    if (read_ints(t, tuple_get(data, 0), &indices, &n_indices) < 0 || read_ints(t, tuple_get(data, 1), &times, &z->transitions) < 0) goto done;
    if (read_ints(t, tuple_get(data, 2), &offsets, &z->kinds) < 0 || read_ints(t, tuple_get(data, 3), &summer, &n_summer) < 0) goto done;
    size_t n = z->transitions, kinds = z->kinds;
    z->kinds = 0;
    if (n_indices != n || n_summer != kinds) {
        err_set(t, E_ValueError, "Invalid number of transitions or kinds of time");
        goto done;
    }
    z->utc = mem_zalloc((3 * n + 1) * sizeof *z->utc);
    z->after = mem_zalloc((n + 1) * sizeof *z->after);
    if (z->utc == NULL || z->after == NULL) {
        err_no_memory(t);
        goto done;
    }
    z->local[0] = z->utc + n;
    z->local[1] = z->utc + 2 * n;
    for (size_t i = 0; i < n; i++) {
        z->utc[i] = times[i];
        z->after[i] = (uint32_t)indices[i];
        if (indices[i] < 0 || (size_t)indices[i] >= kinds) {
            err_set(t, E_ValueError, "Invalid transition index found while reading TZif: %lld", (long long)indices[i]);
            goto done;
        }
    }
    z->kinds = kinds;
    if (fill_kinds(t, z, offsets, summer, tuple_get(data, 4)) < 0) goto done;
    local_transitions(z, offsets);
    for (size_t i = kinds; i-- > 0;)
        if (!summer[i]) z->before = &z->kind[i];
    if (z->before == NULL && n > 0) z->before = &z->kind[z->after[0]];
    if (fill_rule(t, z, tuple_get(data, 5)) < 0) goto done;
    z->fixed = z->kinds <= 1 && z->rule.fixed && (z->kinds == 0 || kinds_equal(&z->kind[0], &z->rule.standard));
    status = 0;
done:
    if (z->kind == NULL) z->kinds = 0;
    if (z->utc == NULL) z->transitions = 0;
    mem_free(indices);
    mem_free(offsets);
    mem_free(summer);
    mem_free(times);
    return status;
}

/* A zone of that class from an open file. */
static Ref load(Thread *t, Value cls, Value file, Value key, Source source) {
    Ref data = call1(t, slot_get(&load_data), file);
    Zone *z = ref_is_null(data) ? NULL : kit_instance(t, cls);
    Ref self = z == NULL ? REF_NULL : ref_steal(z);
    if (z != NULL) {
        slot_init(&z->key, ref_new(t, value_is_null(key) ? VALUE_NONE : key));
        store_relaxed(&z->x_source, (uint8_t)source);
        if (fill(t, z, ref_borrow(data)) < 0) {
            ref_drop(t, self);
            self = REF_NULL;
        }
    }
    ref_drop(t, data);
    return self;
}

/* The zone of a key, read anew. */
static Ref load_key(Thread *t, Value cls, Value key, Source source) {
    Ref path = call1(t, slot_get(&find_file), key), mode = REF_NULL, file = REF_NULL;
    if (ref_is_null(path)) return path;
    if (ref_is_none(path)) {
        file = call1(t, slot_get(&load_tzdata), key);
    } else {
        mode = str_from_cstr(t, "rb");
        if (!ref_is_null(mode)) file = call2(t, slot_get(&open_file), ref_borrow(path), ref_borrow(mode));
    }
    Ref zone = ref_is_null(file) ? file : load(t, cls, ref_borrow(file), key, source);
    if (!ref_is_null(file)) {
        Ref pending = err_fetch(t), closed = call_method0(t, ref_borrow(file), str_intern_cstr(t, "close"));
        if (ref_is_null(closed) && ref_is_null(pending)) {
            ref_drop(t, zone);
            zone = REF_NULL;
        }
        if (!ref_is_null(pending)) {
            err_clear(t);
            err_steal(t, pending);
        }
        ref_drop(t, closed);
    }
    ref_drop(t, file);
    ref_drop(t, mode);
    ref_drop(t, path);
    return zone;
}

/* ---- caches ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref class_cache(Thread *t, Value cls) {
    if (as(Type, cls) == &zone_type) return slot_ref(t, &weak_cache);
    return get_attr_cstr(t, cls, "_weak_cache");
}

/* The recent zone of that key, an exact str; null. */
static Ref recent_find(Thread *t, Value key) {
    Value tuple = slot_get(&recent);
    for (size_t i = 0; i < tuple_size(tuple); i++) {
        Value zone = tuple_get(tuple, i);
        if (plain_equal(slot_get(&as(Zone, zone)->key), key) == 1) return ref_new(t, zone);
    }
    return REF_NULL;
}
static int recent_replace(Thread *t, Ref tuple) {
    if (ref_is_null(tuple)) return -1;
    publish(t, ref_borrow(tuple));
    ref_drop(t, (Ref){swap_acq_rel(&recent.x_bits, tuple.bits)});
    return 0;
}
/* Puts a zone in front, or takes those of a key out if the zone is null. */
static int recent_update(Thread *t, Value zone, Value key) {
    Ref old = slot_ref(t, &recent);
    Value tuple = ref_borrow(old), items[RECENT_ZONES];
    size_t n = 0, size = tuple_size(tuple);
    int status = 0;
    if (value_is_null(zone) || size == 0 || !value_is(tuple_get(tuple, 0), zone)) {
        if (!value_is_null(zone)) items[n++] = zone;
        for (size_t i = 0; i < size && n < RECENT_ZONES; i++)
            if (plain_equal(slot_get(&as(Zone, tuple_get(tuple, i))->key), key) != 1) items[n++] = tuple_get(tuple, i);
        status = recent_replace(t, tuple_from_array(t, items, n));
    }
    ref_drop(t, old);
    return status;
}

static Ref zone_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value key;
    if (kit_bind(t, NULL, "key", args, nargs, kwnames, &key) < 0) return REF_NULL;
    bool lasting = as(Type, cls) == &zone_type && is_exact(key, &str_type);
    if (lasting) {
        Ref known = recent_find(t, key);
        if (!ref_is_null(known)) {
            if (recent_update(t, ref_borrow(known), key) == 0) return known;
            ref_drop(t, known);
            return REF_NULL;
        }
    }
    Ref cache = class_cache(t, cls), zone = REF_NULL;
    if (ref_is_null(cache)) return cache;
    Value pair[] = {key, VALUE_NONE};
    zone = call_method(t, ref_borrow(cache), str_intern_cstr(t, "get"), pair, 2);
    if (ref_is_none(zone)) {
        zone = load_key(t, cls, key, FROM_CACHE);
        if (!ref_is_null(zone)) { /* another thread's may be there by now: the first one counts */
            pair[1] = ref_borrow(zone);
            Ref first = call_method(t, ref_borrow(cache), str_intern_cstr(t, "setdefault"), pair, 2);
            ref_drop(t, zone);
            zone = first;
        }
    }
    ref_drop(t, cache);
    if (lasting && !ref_is_null(zone) && is_exact(ref_borrow(zone), &zone_type) && recent_update(t, ref_borrow(zone), key) < 0) {
        ref_drop(t, zone);
        zone = REF_NULL;
    }
    return zone;
}

static Ref m_no_cache(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value key;
    return kit_bind(t, NULL, "key", args, nargs, kwnames, &key) < 0 ? REF_NULL : load_key(t, cls, key, FROM_NO_CACHE);
}
static Ref m_clear_cache(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value only;
    if (kit_bind(t, NULL, "|$only_keys", args, nargs, kwnames, &only) < 0) return REF_NULL;
    Ref cache = class_cache(t, cls), result = REF_NULL;
    if (ref_is_null(cache)) return cache;
    bool base = as(Type, cls) == &zone_type;
    if (value_is_null(only) || value_is_none(only)) {
        result = call_method0(t, ref_borrow(cache), str_intern_cstr(t, "clear"));
        if (base && !ref_is_null(result) && recent_replace(t, ref_new(t, tuple_empty())) < 0) goto failed;
    } else {
        Ref it = get_iter(t, only), key;
        int more = ref_is_null(it) ? -1 : 1;
        while (more > 0 && (more = iter_next(t, ref_borrow(it), &key)) > 0) {
            Value pair[] = {ref_borrow(key), VALUE_NONE};
            Ref gone = call_method(t, ref_borrow(cache), str_intern_cstr(t, "pop"), pair, 2);
            if (ref_is_null(gone) || (base && recent_update(t, VALUE_NULL, ref_borrow(key)) < 0)) more = -1;
            ref_drop(t, gone);
            ref_drop(t, key);
        }
        ref_drop(t, it);
        if (more == 0) result = REF_NONE;
    }
    goto done;
failed:
    ref_drop(t, result);
    result = REF_NULL;
done:
    ref_drop(t, cache);
    if (ref_is_null(result)) return result;
    ref_drop(t, result);
    return REF_NONE;
}
static Ref new_cache(Thread *t) {
    Ref cls = import_attr(t, "weakref", "WeakValueDictionary"), cache = ref_is_null(cls) ? cls : call0(t, ref_borrow(cls));
    ref_drop(t, cls);
    return cache;
}
static Ref m_init_subclass(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref cache = new_cache(t);
    int status = ref_is_null(cache) ? -1 : set_attr(t, cls, str_intern_cstr(t, "_weak_cache"), ref_borrow(cache));
    ref_drop(t, cache);
    return status < 0 ? REF_NULL : REF_NONE;
}

static Ref m_from_file(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (nargs == 0) return err_set(t, E_TypeError, "function takes at least 1 positional argument (0 given)");
    if (kit_bind(t, NULL, "fobj|key", args, nargs, kwnames, a) < 0) return REF_NULL;
    Ref text = object_repr(t, a[0]), self = ref_is_null(text) ? text : load(t, cls, a[0], a[1], FROM_FILE);
    if (ref_is_null(self)) ref_drop(t, text);
    else slot_set(t, value_object(ref_borrow(self)), &as(Zone, ref_borrow(self))->file, text);
    return self;
}

/* ---- asking ------------------------------------------------------------------------------------------------------------------------------------ */

static int int_attribute(Thread *t, Value v, const char *name, int64_t *out) {
    Ref r = get_attr_cstr(t, v, name);
    int status = ref_is_null(r) ? -1 : as_i64(t, ref_borrow(r), out);
    ref_drop(t, r);
    return status;
}

typedef struct Moment { int64_t seconds; int year, fold; } Moment; /* as it reads, from 1970 */

static int moment_of(Thread *t, Value v, Moment *m) {
    if (is_exact(v, &datetime_type)) {
        const DateTime *d = as(DateTime, v);
        *m = (Moment){(ymd_to_ordinal(d->year, d->month, d->day) - 719163) * SECONDS_PER_DAY + d->hour * 3600 + d->minute * 60 + d->second, d->year, d->fold};
        return 0;
    }
    Ref ordinal = call_method0(t, v, str_intern_cstr(t, "toordinal"));
    int64_t day, hour, minute, second, year, fold;
    int status = ref_is_null(ordinal) ? -1 : as_i64(t, ref_borrow(ordinal), &day);
    ref_drop(t, ordinal);
    if (status < 0 || int_attribute(t, v, "hour", &hour) < 0 || int_attribute(t, v, "minute", &minute) < 0) return -1;
    if (int_attribute(t, v, "second", &second) < 0) return -1;
    if (is_datetime(v)) {
        year = as(DateTime, v)->year;
        fold = as(DateTime, v)->fold;
    } else if (int_attribute(t, v, "year", &year) < 0 || int_attribute(t, v, "fold", &fold) < 0) {
        return -1;
    }
    if (year < MIN_YEAR || year > MAX_YEAR) return err_int(err_set(t, E_ValueError, "year %lld is out of range", (long long)year));
    *m = (Moment){(day - 719163) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second, (int)year, fold != 0};
    return 0;
}

/* How many of the n sorted numbers are <= x. */
static size_t count_until(const int64_t *numbers, size_t n, int64_t x) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (numbers[middle] > x) high = middle;
        else low = middle + 1;
    }
    return low;
}
static const ZoneKind *kind_after(const Zone *z, size_t i) { return &z->kind[z->after[i]]; }

/* The kind in force at a datetime. 1; 0: None says nothing; -1. */
static int find_kind(Thread *t, Value self, Value when, const ZoneKind **kind) {
    const Zone *z = as(Zone, self);
    if (value_is_none(when)) {
        *kind = &z->rule.standard;
        return z->fixed;
    }
    Moment m;
    if (moment_of(t, when, &m) < 0) return -1;
    const int64_t *times = z->local[m.fold];
    size_t n = z->transitions;
    if (n > 0 && m.seconds < times[0]) *kind = z->before;
    else if (n == 0 || m.seconds > times[n - 1]) *kind = rule_local(&z->rule, m.seconds, m.fold, m.year);
    else *kind = kind_after(z, count_until(times, n, m.seconds) - 1);
    return 1;
}
#define ASK(name, field)                                                                                                          \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                                                  \
        const ZoneKind *kind;                                                                                                     \
        int found = find_kind(t, self, a[0], &kind);                                                                              \
        return found < 0 ? REF_NULL : found == 0 ? REF_NONE : slot_ref(t, &kind->field);                                          \
    }
ASK(utcoffset, offset)
ASK(dst, dst)
ASK(tzname, name)

/* The kind in force at a universal time, and whether it reads the same as an earlier one. */
static const ZoneKind *find_utc(const Zone *z, const Moment *m, int *fold) {
    size_t n = z->transitions;
    *fold = 0;
    if (n > 0 && m->seconds < z->utc[0]) return z->before;
    const ZoneKind *kind, *previous;
    int64_t change;
    if (n == 0 || m->seconds > z->utc[n - 1]) {
        kind = rule_utc(&z->rule, m->seconds, m->year, fold);
        if (n == 0) return kind;
        previous = n == 1 ? z->before : kind_after(z, n - 2); /* right after the last one the kind before it counts, not the rule's other one */
        change = z->utc[n - 1];
    } else {
        size_t i = count_until(z->utc, n, m->seconds);
        kind = kind_after(z, i - 1);
        previous = i >= 2 ? kind_after(z, i - 2) : z->before;
        change = z->utc[i - 1];
    }
    if (previous->seconds - kind->seconds > m->seconds - change) *fold = 1;
    return kind;
}
static Ref m_fromutc(Thread *t, Value self, const Value *a) {
    if (!is_datetime(a[0])) return err_set(t, E_TypeError, "fromutc: argument must be a datetime");
    if (!value_is(slot_get(&as(DateTime, a[0])->tz), self)) return err_set(t, E_ValueError, "fromutc: dt.tzinfo is not self");
    Moment m;
    int fold;
    if (moment_of(t, a[0], &m) < 0) return REF_NULL;
    const ZoneKind *kind = find_utc(as(Zone, self), &m, &fold);
    Ref moved = binary_op(t, OP_ADD, a[0], slot_get(&kind->offset));
    if (ref_is_null(moved) || !fold) return moved;
    Ref replace = get_attr_cstr(t, ref_borrow(moved), "replace"), folded = REF_NULL;
    static const char *const names[] = {"fold"};
    Value one = small_int(1);
    if (!ref_is_null(replace)) folded = call_kw(t, ref_borrow(replace), &one, 0, names, 1);
    ref_drop(t, replace);
    ref_drop(t, moved);
    return folded;
}

/* ---- the rest ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref zone_repr(Thread *t, Value self) {
    const Zone *z = as(Zone, self);
    Value key = slot_get(&z->key), file = slot_get(&z->file);
    if (value_is_none(key) && !value_is_null(file)) return str_format(t, "%N.from_file(%V)", type_of(self), file);
    return str_format(t, "%N(key=%R)", type_of(self), key);
}
static Ref zone_str(Thread *t, Value self) {
    Value key = slot_get(&as(Zone, self)->key);
    return value_is_none(key) ? object_repr(t, self) : object_str(t, key);
}
static Ref m_reduce(Thread *t, Value self, const Value *a) {
    Source source = (Source)load_relaxed(&as(Zone, self)->x_source);
    if (source == FROM_FILE) {
        Ref error = import_attr(t, "pickle", "PicklingError"), text = REF_NULL, exception = REF_NULL;
        if (!ref_is_null(error)) text = str_from_cstr(t, "Cannot pickle a ZoneInfo file from a file stream.");
        if (!ref_is_null(text)) exception = call1(t, ref_borrow(error), ref_borrow(text));
        if (!ref_is_null(exception)) err_object(t, ref_borrow(exception));
        ref_drop(t, exception);
        ref_drop(t, text);
        ref_drop(t, error);
        return REF_NULL;
    }
    Ref maker = get_attr_cstr(t, self, "_unpickle");
    if (ref_is_null(maker)) return maker;
    Value args[] = {slot_get(&as(Zone, self)->key), small_int(source == FROM_CACHE)};
    Ref r = kit_reduce(t, ref_borrow(maker), args, 2, VALUE_NULL);
    ref_drop(t, maker);
    return r;
}
static Ref m_unpickle(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int64_t cached;
    if (no_kwargs(t, "_unpickle", kwnames) < 0) return REF_NULL;
    if (nargs != 2) return err_set(t, E_TypeError, "function takes exactly 2 arguments (%zu given)", nargs);
    if (as_i64(t, args[1], &cached) < 0) return REF_NULL;
    return cached ? call1(t, cls, args[0]) : load_key(t, cls, args[0], FROM_NO_CACHE);
}

static NativeDef methods[] = {
    FN_CLASS_RAW("clear_cache", "!($type, /, *, only_keys=None)", m_clear_cache, "Forget all zones, or those of some keys."),
    FN_CLASS_RAW("no_cache", "!($type, /, key)", m_no_cache, "A zone read anew."),
    FN_CLASS_RAW("from_file", "!($type, fobj, /, key=None)", m_from_file, "A zone from an open file of the TZif format."),
    FN("utcoffset", "!($self, dt, /)", m_utcoffset, "The offset from UTC at a datetime."),
    FN("dst", "!($self, dt, /)", m_dst, "How much of it is summer time."),
    FN("tzname", "!($self, dt, /)", m_tzname, "The abbreviation in use at a datetime."),
    FN("fromutc", "!($self, dt, /)", m_fromutc, "The local time for a datetime in UTC."),
    FN("__reduce__", "!($self, /)", m_reduce, "For pickle."),
    FN_CLASS_RAW("_unpickle", "!($type, key, from_cache, /)", m_unpickle, "For pickle."),
    FN_CLASS_RAW("__init_subclass__", "!($type, /, **kwargs)", m_init_subclass, "Gives a subclass a cache of its own."),
    FN_END,
};
static const MemberDef members[] = {{"key", MEMBER_SLOT, offsetof(Zone, key), true, NULL}, {NULL}};
static Type zone_type = {
    TYPE_HEADER(Zone, TYPE_BASETYPE | TYPE_CONTAINER | TYPE_WEAKREFABLE, zone_traverse, NULL, zone_destroy),
    .name = "zoneinfo.ZoneInfo", .base = &tzinfo_type, .weakrefs_offset = offsetof(Zone, weakrefs),
    .new_ = zone_new, .repr = zone_repr, .str = zone_str, .methods = methods, .members = members,
};

int module_init__zoneinfo(Thread *t, Value module) {
    Type *const types[] = {&zone_type, NULL};
    Ref datetime = import_module(t, "_datetime");
    ref_drop(t, datetime);
    if (ref_is_null(datetime) || kit_module(t, module, types, NULL, "C implementation of the zoneinfo module") < 0) return -1;
    if (value_is_null(slot_get(&recent))) kit_root(t, &recent, ref_new(t, tuple_empty()));
    if (value_is_null(slot_get(&weak_cache))) {
        Ref cache = new_cache(t);
        if (ref_is_null(cache)) return -1;
        kit_root(t, &weak_cache, cache);
    }
    struct { Slot *slot; const char *module, *name; } wanted[] = {
        {&find_file, "zoneinfo._tzpath", "find_tzfile"}, {&load_tzdata, "zoneinfo._common", "load_tzdata"}, {&load_data, "zoneinfo._common", "load_data"},
        {&open_file, "io", "open"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!value_is_null(slot_get(wanted[i].slot))) continue;
        Ref f = import_attr(t, wanted[i].module, wanted[i].name);
        if (ref_is_null(f)) return -1;
        kit_root(t, wanted[i].slot, f);
    }
    return 0;
}
