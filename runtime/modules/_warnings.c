/* _warnings: filters and registries of warnings; and warn(), by which C code issues them.
 *
 * warnings.py shares the filters list, and replaces much of the rest when it is imported: what it defines is asked first.
 */
#include "runtime/modules/_warnings.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include <stdio.h>
#include <stdlib.h>

static Slot filters, once_registry, default_action; /* roots; set at start */
static _Atomic int64_t x_filters_version;

void warnings_visit_roots(VisitFn visit, void *arg) {
    slot_visit(&filters, visit, arg);
    slot_visit(&once_registry, visit, arg);
    slot_visit(&default_action, visit, arg);
}

/* warnings.name, owned; null without an exception where the module isn't loaded (nor to be) or lacks it */
static Ref warnings_attr(Thread *t, const char *name, bool import) {
    Ref module;
    if (import) {
        module = import_module(t, "warnings");
        if (ref_is_null(module)) {
            err_clear_if(t, E_ImportError);
            return REF_NULL;
        }
    } else {
        Value key = str_intern_cstr(t, "warnings");
        if (value_is_null(key) || dict_lookup(t, modules_dict(), key, &module) <= 0) return REF_NULL;
    }
    Ref r = get_attr_opt(t, ref_borrow(module), str_intern_cstr(t, name));
    ref_drop(t, module);
    return r;
}

/* ---- filters ----------------------------------------------------------------------------------------------------- */

/* A filter's pattern: None fits all, a str only itself, else a compiled expression's match(). */
static int fits(Thread *t, Value pattern, Value text) {
    if (value_is_none(pattern)) return 1;
    if (is_exact(pattern, &str_type)) return values_equal(t, pattern, text);
    Ref r = call_method1(t, pattern, str_intern_cstr(t, "match"), text);
    if (ref_is_null(r)) return -1;
    int truth = is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return truth;
}

static int filter_fits(Thread *t, Value f, Value category, Value text, int64_t line, Value module) {
    int ok = fits(t, tuple_get(f, 1), text);
    if (ok > 0) ok = fits(t, tuple_get(f, 3), module);
    if (ok > 0) ok = is_subclass(t, category, tuple_get(f, 2));
    int64_t want;
    if (ok > 0) ok = index_as_i64(t, tuple_get(f, 4), &want) < 0 ? -1 : want == 0 || want == line;
    return ok;
}

/* The action for a warning; *item is the filter that says so (owned), or null for the default. */
static Ref find_action(Thread *t, Value category, Value text, int64_t line, Value module, Ref *item) {
    *item = REF_NULL;
    Ref list = warnings_attr(t, "filters", false);
    if (ref_is_null(list)) {
        if (err_pending(t)) return REF_NULL;
        list = slot_ref(t, &filters);
    } else if (!value_is(ref_borrow(list), slot_get(&filters))) { /* it counts even when the attribute is deleted */
        publish(t, ref_borrow(list));
        Ref old = {swap_acq_rel(&filters.x_bits, ref_new(t, ref_borrow(list)).bits)};
        ref_drop(t, old);
    }
    Ref action = REF_NULL;
    if (!is_list(ref_borrow(list))) {
        err_set(t, E_ValueError, "_warnings.filters must be a list");
        goto done;
    }
    for (size_t i = 0;; i++) {
        Value f = list_get(ref_borrow(list), i);
        if (value_is_null(f)) break;
        Ref hold = ref_new(t, f);
        int ok;
        if (!is_tuple(f) || tuple_size(f) != 5) {
            err_set(t, E_ValueError, "_warnings.filters item %zd isn't a 5-tuple", i);
            ok = -1;
        } else if (!is_str(tuple_get(f, 0))) {
            err_set(t, E_TypeError, "action must be a string, not '%.200T'", tuple_get(f, 0));
            ok = -1;
        } else {
            ok = filter_fits(t, f, category, text, line, module);
        }
        if (ok > 0) {
            action = ref_new(t, tuple_get(f, 0));
            *item = hold;
            goto done;
        }
        ref_drop(t, hold);
        if (ok < 0) goto done;
    }
    action = warnings_attr(t, "defaultaction", false);
    if (ref_is_null(action) && !err_pending(t)) action = slot_ref(t, &default_action);
    if (!ref_is_null(action) && !is_str(ref_borrow(action))) {
        err_set(t, E_TypeError, "_warnings.defaultaction must be a string, not '%.200T'", ref_borrow(action));
        ref_drop(t, action);
        action = REF_NULL;
    }
done:
    ref_drop(t, list);
    return action;
}

/* ---- registries ------------------------------------------------------------------------------------------------------ */

/* Notes the key. 1: another thread has just done so, 0, -1 */
static int mark(Thread *t, Value registry, Value key) {
    Ref there;
    int found = dict_setdefault(t, registry, key, VALUE_TRUE, &there);
    if (found > 0) {
        found = is_true(t, ref_borrow(there));
        if (found == 0) found = dict_set(t, registry, key, VALUE_TRUE); /* a false value counts as none */
    }
    ref_drop(t, there);
    return found;
}

/* Whether the registry was filled under the filters of now. 1, 0, -1 */
static int is_fresh(Thread *t, Value registry, Value version_key) {
    Ref version;
    int found = dict_lookup(t, registry, version_key, &version);
    if (found <= 0) return found;
    int64_t v = -1;
    bool fresh = is_int(ref_borrow(version)) && int_try_i64(ref_borrow(version), &v) == 0 && v == load_relaxed(&x_filters_version);
    ref_drop(t, version);
    return fresh;
}

/* Empties the registry, unless another thread has just done so. 0, -1 */
static int renew(Thread *t, Value registry, Value version_key) {
    int bad;
    CRITICAL_BEGIN(t, value_object(registry))
    bad = is_fresh(t, registry, version_key);
    if (bad == 0) {
        dict_clear(t, registry);
        bad = dict_set(t, registry, version_key, small_int(load_relaxed(&x_filters_version)));
    }
    CRITICAL_END(t)
    return bad < 0 ? -1 : 0;
}

/* Whether key stands in the registry, which is emptied first if filters changed since it was filled; sets it if `set`. 1, 0, -1 */
static int already_warned(Thread *t, Value registry, Value key, bool set) {
    Value version_key = str_intern_cstr(t, "version");
    int found = is_fresh(t, registry, version_key);
    if (found < 0 || (found == 0 && renew(t, registry, version_key) < 0)) return -1;
    Ref seen;
    found = dict_lookup(t, registry, key, &seen);
    if (found < 0) return -1;
    if (found > 0) {
        int truth = is_true(t, ref_borrow(seen));
        ref_drop(t, seen);
        if (truth != 0) return truth;
    }
    return set ? mark(t, registry, key) : 0;
}

static int once_in(Thread *t, Value registry, Value text, Value category, bool zero) {
    Ref key = zero ? tuple_pack(t, 3, text, category, small_int(0)) : tuple_pack(t, 2, text, category);
    if (ref_is_null(key)) return -1;
    int r = already_warned(t, registry, ref_borrow(key), true);
    ref_drop(t, key);
    return r;
}

/* ---- showing ----------------------------------------------------------------------------------------------------------- */

/* Writes line `number` of a file, without its indentation. Errors are nobody's business. */
static void show_file_line(Thread *t, Value filename, int64_t number) {
    Ref keep;
    const char *path = str_fs(t, filename, &keep);
    FILE *f = path != NULL ? fopen(path, "r") : NULL;
    if (path != NULL) ref_drop(t, keep);
    err_clear(t);
    if (f == NULL) return;
    char *line = NULL;
    size_t room = 0;
    ssize_t n = -1;
    while (number-- > 0 && (n = getline(&line, &room, f)) >= 0) {}
    if (n >= 0) {
        char *s = line + strspn(line, " \t\f");
        s[strcspn(s, "\n")] = 0;
        stderr_printf(t, "  %s\n", s);
    }
    free(line);
    fclose(f);
}

/* Before warnings.py is there. */
static void show_plainly(Thread *t, Value category, Value text, Value filename, int64_t line, Value source_line) {
    Ref name = get_attr(t, category, N(__name__));
    if (ref_is_null(name)) {
        err_clear(t);
        return;
    }
    stderr_printf(t, "%V:%lld: %V: %V\n", filename, (long long)line, ref_borrow(name), text);
    ref_drop(t, name);
    if (!value_is_null(source_line)) {
        const char *s = str_utf8(t, source_line, NULL);
        if (s != NULL) stderr_printf(t, "  %s\n", s + strspn(s, " \t\f"));
        err_clear(t);
    } else {
        show_file_line(t, filename, line);
    }
}

static int show(Thread *t, Value category, Value text, Value message, Value filename, int64_t line, Value source_line, Value source) {
    Ref function = warnings_attr(t, "_showwarnmsg", !value_is_null(source));
    if (ref_is_null(function)) {
        if (err_pending(t)) return -1;
        show_plainly(t, category, text, filename, line, source_line);
        return 0;
    }
    Ref make = REF_NULL, m = REF_NULL, r = REF_NULL;
    if (!is_callable(ref_borrow(function))) {
        err_set(t, E_TypeError, "warnings._showwarnmsg() must be set to a callable");
        goto done;
    }
    make = warnings_attr(t, "WarningMessage", false);
    if (ref_is_null(make)) {
        if (!err_pending(t)) err_set(t, E_RuntimeError, "unable to get warnings.WarningMessage");
        goto done;
    }
    Value args[] = {message, category, filename, small_int(line), VALUE_NONE, VALUE_NONE, value_is_null(source) ? VALUE_NONE : source};
    m = call(t, ref_borrow(make), args, 7, VALUE_NULL);
    if (!ref_is_null(m)) r = call1(t, ref_borrow(function), ref_borrow(m));
done:
    ref_drop(t, function);
    ref_drop(t, make);
    ref_drop(t, m);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* ---- warning ------------------------------------------------------------------------------------------------------------- */

/* A file's name without ".py" stands for the module where that isn't known. */
static Ref module_from_file(Thread *t, Value filename) {
    int64_t n = str_length(filename);
    if (n == 0) return str_from_cstr(t, "<unknown>");
    const Str *s = as(Str, filename);
    bool py = n >= 3 && str_at(s, n - 3) == '.' && str_at(s, n - 2) == 'p' && str_at(s, n - 1) == 'y';
    return str_slice(t, filename, 0, py ? n - 3 : n);
}

static bool is_action(Value action, const char *name) { return str_equal_ascii(action, name); }

/* What the action asks for beyond showing: 0 show, 1 don't, -1 error. */
static int note(Thread *t, Value action, Value item, Value registry, Value key, Value text, Value category) {
    if (is_action(action, "always")) return 0;
    bool has_registry = !value_is_null(registry) && !value_is_none(registry);
    if (has_registry) { /* a dict, and nobody warned when we looked */
        int marked = is_exact(registry, &dict_type) ? mark(t, registry, key) : set_item(t, registry, key, VALUE_TRUE);
        if (marked != 0) return marked;
    }
    if (is_action(action, "once")) {
        Ref all = has_registry ? ref_new(t, registry) : warnings_attr(t, "onceregistry", false);
        if (ref_is_null(all)) {
            if (err_pending(t)) return -1;
            all = slot_ref(t, &once_registry);
        }
        int r = once_in(t, ref_borrow(all), text, category, false);
        ref_drop(t, all);
        return r;
    }
    if (is_action(action, "module")) return has_registry ? once_in(t, registry, text, category, true) : 0;
    if (is_action(action, "default")) return 0;
    return err_int(err_set(t, E_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action, value_is_null(item) ? VALUE_NONE : item));
}

/* The whole of warnings.warn_explicit. module, registry, source_line, source may be null. */
static int issue(Thread *t, Value category, Value message, Value filename, int64_t line, Value module, Value registry, Value source_line,
                 Value source) {
    if (value_is_none(module)) return 0; /* the module is being torn down */
    if (!value_is_null(registry) && !value_is_none(registry) && !is_dict(registry))
        return err_int(err_set(t, E_TypeError, "'registry' must be a dict or None"));
    int result = -1;
    Ref own_module = REF_NULL, text = REF_NULL, instance = REF_NULL, key = REF_NULL, action = REF_NULL, item = REF_NULL;
    if (value_is_null(module)) {
        own_module = module_from_file(t, filename);
        if (ref_is_null(own_module)) return -1;
        module = ref_borrow(own_module);
    }
    int is_warning = is_instance(t, message, type_value(ETYPE(Warning)));
    if (is_warning < 0) goto done;
    if (is_warning) {
        text = object_str(t, message);
        category = type_value(type_of(message));
        instance = ref_new(t, message);
    } else {
        text = ref_new(t, message);
        instance = call1(t, category, message);
    }
    if (ref_is_null(text) || ref_is_null(instance)) goto done;
    key = tuple_pack(t, 3, ref_borrow(text), category, small_int(line));
    if (ref_is_null(key)) goto done;
    if (!value_is_null(registry) && !value_is_none(registry)) {
        int seen = already_warned(t, registry, ref_borrow(key), false);
        if (seen != 0) {
            result = seen < 0 ? -1 : 0;
            goto done;
        }
    }
    action = find_action(t, category, ref_borrow(text), line, module, &item);
    if (ref_is_null(action)) goto done;
    if (is_action(ref_borrow(action), "error")) {
        err_object(t, ref_borrow(instance));
        goto done;
    }
    if (is_action(ref_borrow(action), "ignore")) {
        result = 0;
        goto done;
    }
    int skip = note(t, ref_borrow(action), ref_borrow(item), registry, ref_borrow(key), ref_borrow(text), category);
    if (skip == 0) result = show(t, category, ref_borrow(text), ref_borrow(instance), filename, line, source_line, source);
    else result = skip < 0 ? -1 : 0;
done:
    ref_drop(t, own_module);
    ref_drop(t, text);
    ref_drop(t, instance);
    ref_drop(t, key);
    ref_drop(t, action);
    ref_drop(t, item);
    return result;
}

/* ---- where the warning comes from -------------------------------------------------------------------------------------- */

typedef struct Place {
    Ref globals, filename, module, registry;
    int64_t line;
} Place;

static void place_drop(Thread *t, Place *p) {
    ref_drop(t, p->globals);
    ref_drop(t, p->filename);
    ref_drop(t, p->module);
    ref_drop(t, p->registry);
}

/* importlib's own frames don't count as callers. */
static int is_importlib_frame(Thread *t, Value frame) {
    Ref code = get_attr_cstr(t, frame, "f_code"), file = REF_NULL;
    if (!ref_is_null(code)) file = get_attr_cstr(t, ref_borrow(code), "co_filename");
    ref_drop(t, code);
    if (ref_is_null(file)) return -1;
    const char *s = is_str(ref_borrow(file)) ? str_utf8(t, ref_borrow(file), NULL) : "";
    int r = s == NULL ? -1 : strstr(s, "importlib") != NULL && strstr(s, "_bootstrap") != NULL;
    ref_drop(t, file);
    return r;
}

/* The frame `level` calls up; null without an exception: beyond the outermost. */
static Ref calling_frame(Thread *t, int64_t level) {
    Ref frame = vm.current_frame(t, 0);
    if (ref_is_null(frame)) {
        err_clear_if(t, E_ValueError);
        return REF_NULL;
    }
    int internal = is_importlib_frame(t, ref_borrow(frame));
    bool skip = internal == 0 && level > 0;
    while (internal >= 0 && level-- > 1) {
        do {
            Ref back = get_attr_cstr(t, ref_borrow(frame), "f_back");
            ref_drop(t, frame);
            if (ref_is_null(back) || ref_is_none(back)) return REF_NULL;
            frame = back;
            internal = skip ? is_importlib_frame(t, ref_borrow(frame)) : 0;
        } while (internal > 0);
    }
    if (internal < 0) {
        ref_drop(t, frame);
        return REF_NULL;
    }
    return frame;
}

static int place_fill(Thread *t, Value frame, Place *p) {
    if (value_is_null(frame)) {
        p->globals = ref_new(t, module_dict(sys_module()));
        p->filename = str_from_cstr(t, "sys");
        p->line = 1;
    } else {
        Ref code = get_attr_cstr(t, frame, "f_code"), line = REF_NULL;
        if (ref_is_null(code)) return -1;
        p->filename = get_attr_cstr(t, ref_borrow(code), "co_filename");
        ref_drop(t, code);
        p->globals = get_attr_cstr(t, frame, "f_globals");
        line = get_attr_cstr(t, frame, "f_lineno");
        if (ref_is_null(line) || ref_is_none(line)) p->line = 0;
        else if (as_i64(t, ref_borrow(line), &p->line) < 0) p->line = 0;
        ref_drop(t, line);
    }
    if (ref_is_null(p->globals) || ref_is_null(p->filename) || err_pending(t)) return -1;
    Ref fresh = dict_new(t);
    Value key = str_intern_cstr(t, "__warningregistry__");
    int bad = ref_is_null(fresh) ? -1 : dict_setdefault(t, ref_borrow(p->globals), key, ref_borrow(fresh), &p->registry);
    ref_drop(t, fresh);
    if (bad < 0) {
        p->registry = REF_NULL;
        return -1;
    }
    int found = dict_lookup(t, ref_borrow(p->globals), N(__name__), &p->module);
    if (found > 0 && (ref_is_none(p->module) || is_str(ref_borrow(p->module)))) return 0;
    if (found > 0) ref_drop(t, p->module);
    p->module = found < 0 ? REF_NULL : str_from_cstr(t, "<string>");
    return ref_is_null(p->module) ? -1 : 0;
}

static int warn_at_level(Thread *t, Value category, Value message, int64_t level, Value source) {
    Ref frame = calling_frame(t, level);
    if (ref_is_null(frame) && err_pending(t)) return -1;
    Place p = {0};
    int bad = place_fill(t, ref_borrow(frame), &p);
    ref_drop(t, frame);
    if (bad == 0)
        bad = issue(t, category, message, ref_borrow(p.filename), p.line, ref_borrow(p.module), ref_borrow(p.registry), VALUE_NULL, source);
    place_drop(t, &p);
    return bad;
}

/* ---- for C code ------------------------------------------------------------------------------------------------------------ */

int warn(Thread *t, ErrorKind category, int stack_level, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref message = str_vformat(t, format, ap);
    va_end(ap);
    if (ref_is_null(message)) return -1;
    int bad = warn_at_level(t, type_value(&error_types[category]), ref_borrow(message), stack_level, VALUE_NULL);
    ref_drop(t, message);
    return bad;
}

int warn_explicit(Thread *t, ErrorKind category, Value message, Value filename, int line) {
    return issue(t, type_value(&error_types[category]), message, filename, line, VALUE_NULL, VALUE_NULL, VALUE_NULL, VALUE_NULL);
}

int warn_resource(Thread *t, Value source, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref message = str_vformat(t, format, ap);
    va_end(ap);
    if (ref_is_null(message)) return -1;
    int bad = warn_at_level(t, type_value(ETYPE(ResourceWarning)), ref_borrow(message), 1, source);
    ref_drop(t, message);
    return bad;
}

/* ---- the module -------------------------------------------------------------------------------------------------------------- */

/* The category to warn with: the message's own class if it is a Warning. Borrowed; null: TypeError. */
static Value category_of(Thread *t, Value message, Value category) {
    int is_warning = is_instance(t, message, type_value(ETYPE(Warning)));
    if (is_warning < 0) return VALUE_NULL;
    if (is_warning) return type_value(type_of(message));
    if (value_is_null(category) || value_is_none(category)) return type_value(ETYPE(UserWarning));
    int ok = is_type(category) ? is_subclass(t, category, type_value(ETYPE(Warning))) : 0;
    if (ok < 0) return VALUE_NULL;
    if (ok) return category;
    err_set(t, E_TypeError, "category must be a Warning subclass, not '%T'", category);
    return VALUE_NULL;
}

static Ref w_warn(Thread *t, Value self, const Value *a) {
    int64_t level = 1;
    if (!value_is_null(a[2]) && index_as_i64(t, a[2], &level) < 0) return REF_NULL;
    Value category = category_of(t, a[0], a[1]);
    if (value_is_null(category)) return REF_NULL;
    Value source = value_is_null(a[3]) || value_is_none(a[3]) ? VALUE_NULL : a[3];
    return warn_at_level(t, category, a[0], level, source) < 0 ? REF_NULL : REF_NONE;
}

/* The line by the loader's get_source(), for code that isn't in a file; null without an exception if there's none. */
static Ref line_from_loader(Thread *t, Value globals, int64_t line) {
    Ref loader, name, source, lines, r = REF_NULL;
    if (dict_lookup(t, globals, N(__loader__), &loader) <= 0) return REF_NULL;
    if (dict_lookup(t, globals, N(__name__), &name) <= 0) {
        ref_drop(t, loader);
        return REF_NULL;
    }
    Ref get_source = get_attr_opt(t, ref_borrow(loader), str_intern_cstr(t, "get_source"));
    if (!ref_is_null(get_source)) {
        source = call1(t, ref_borrow(get_source), ref_borrow(name));
        if (!ref_is_null(source) && !ref_is_none(source)) {
            Ref split = get_attr_cstr(t, type_value(&str_type), "splitlines"); /* str's own, whatever a subclass does */
            lines = ref_is_null(split) ? REF_NULL : call1(t, ref_borrow(split), ref_borrow(source));
            ref_drop(t, split);
            if (!ref_is_null(lines) && line >= 1) {
                Value v = list_get(ref_borrow(lines), line - 1);
                if (!value_is_null(v)) r = ref_new(t, v);
            }
            ref_drop(t, lines);
        }
        ref_drop(t, source);
        ref_drop(t, get_source);
    }
    ref_drop(t, loader);
    ref_drop(t, name);
    return r;
}

/* message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None */
static Ref w_warn_explicit(Thread *t, Value self, const Value *a) {
    int64_t line;
    if (!is_str(a[2])) return err_bad_argument(t, "warn_explicit", "3", "str", a[2]);
    if (index_as_i64(t, a[3], &line) < 0) return REF_NULL;
    Value globals = value_is_null(a[6]) || value_is_none(a[6]) ? VALUE_NULL : a[6];
    if (!value_is_null(globals) && !is_dict(globals)) return err_set(t, E_TypeError, "module_globals must be a dict, not '%.200T'", globals);
    Ref source_line = value_is_null(globals) ? REF_NULL : line_from_loader(t, globals, line);
    if (ref_is_null(source_line) && err_pending(t)) return REF_NULL;
    Value source = value_is_null(a[7]) || value_is_none(a[7]) ? VALUE_NULL : a[7];
    int bad = issue(t, a[1], a[0], a[2], line, a[4], a[5], ref_borrow(source_line), source);
    ref_drop(t, source_line);
    return bad < 0 ? REF_NULL : REF_NONE;
}

static Ref w_filters_mutated(Thread *t, Value self, const Value *a) {
    add_relaxed(&x_filters_version, 1);
    return REF_NONE;
}

static NativeDef functions[] = {
    FN("_filters_mutated", "!($module)", w_filters_mutated, "Says that the filters have changed."),
    FN("warn", "($module, /, message, category=None, stacklevel=1, source=None)", w_warn, "Issues a warning, or ignores it, or raises it."),
    FN("warn_explicit", "!($module, message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)",
       w_warn_explicit, "Issues a warning as from the given place."),
    FN_END};

static Ref make_filter(Thread *t, const char *action, ErrorKind category, const char *module) {
    Value act = str_intern_cstr(t, action), mod = module == NULL ? VALUE_NONE : str_intern_cstr(t, module);
    return tuple_pack(t, 5, act, VALUE_NONE, type_value(&error_types[category]), mod, small_int(0));
}

int module_init__warnings(Thread *t, Value m) {
    if (value_is_null(slot_get(&filters))) {
        Ref defaults[] = {make_filter(t, "default", E_DeprecationWarning, "__main__"), make_filter(t, "ignore", E_DeprecationWarning, NULL),
                          make_filter(t, "ignore", E_PendingDeprecationWarning, NULL), make_filter(t, "ignore", E_ImportWarning, NULL),
                          make_filter(t, "ignore", E_ResourceWarning, NULL)};
        Ref list = list_from_steal(t, defaults, 5), once = dict_new(t), action = str_from_cstr(t, "default");
        if (ref_is_null(list) || ref_is_null(once) || ref_is_null(action)) return -1;
        publish(t, ref_borrow(list));
        publish(t, ref_borrow(once));
        publish(t, ref_borrow(action));
        slot_init(&filters, list);
        slot_init(&once_registry, once);
        slot_init(&default_action, action);
    }
    if (module_set(t, m, "filters", slot_get(&filters)) < 0 || module_set(t, m, "_onceregistry", slot_get(&once_registry)) < 0 ||
        module_set(t, m, "_defaultaction", slot_get(&default_action)) < 0)
        return -1;
    return module_add_functions(t, m, functions);
}
