#include "vm/symtable_module.h"
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int_internal.h"
#include "runtime/list.h"
#include "runtime/modules/kit.h"
#include "vm/compile.h"

/* ---- one scope as an object --------------------------------------------------------------------------------------------------- */

typedef struct Entry {
    Object base;
    Attrs attrs;
} Entry;

static void traverse(Object *o, VisitFn visit, void *arg) { instance_traverse_attrs(o, visit, arg); }

static Ref repr(Thread *t, Value self) {
    Ref name = get_attr_cstr(t, self, "name"), id = get_attr_cstr(t, self, "id"), line = get_attr_cstr(t, self, "lineno"), r = REF_NULL;
    if (!ref_is_null(name) && !ref_is_null(id) && !ref_is_null(line))
        r = str_format(t, "<symtable entry %V(%V), line %V>", ref_borrow(name), ref_borrow(id), ref_borrow(line));
    ref_drop(t, name);
    ref_drop(t, id);
    ref_drop(t, line);
    return r;
}

static Type entry_type = {
    TYPE_HEADER(Entry, TYPE_CONTAINER | TYPE_SHAPED | TYPE_NO_INSTANTIATION, traverse, instance_clear_attrs, instance_clear_attrs),
    .name = "symtable entry",
    .base = &object_type,
    .attrs_offset = offsetof(Entry, attrs),
    .repr = repr,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
};

static bool set_steal(Thread *t, Value o, const char *name, Ref value) {
    bool good = !ref_is_null(value) && set_attr(t, o, str_intern_cstr(t, name), ref_borrow(value)) == 0;
    ref_drop(t, value);
    return good;
}

static Ref text(Thread *t, const AstStr *s) { return str_from_wtf8(t, s->text, s->length); }

enum { SCOPE_SHIFT = 11, FLAGS_SHOWN = (1 << SCOPE_SHIFT) - 1 };

static Ref symbols_dict(Thread *t, const Scope *scope) {
    Ref dict = dict_new(t);
    for (int32_t i = 0; !ref_is_null(dict) && i < scope->symbol_count; i++) {
        const Symbol *s = &scope->symbols[i];
        Ref name = text(t, s->name);
        if (ref_is_null(name) || dict_set_steal(t, ref_borrow(dict), name, ref_small_int((s->flags & FLAGS_SHOWN) | s->kind << SCOPE_SHIFT)) < 0) {
            ref_drop(t, dict);
            return REF_NULL;
        }
    }
    return dict;
}

static Ref params_list(Thread *t, const Scope *scope) {
    Ref list = list_new(t, scope->params.count);
    for (int32_t i = 0; !ref_is_null(list) && i < scope->params.count; i++) {
        Ref name = text(t, scope->params.items[i]);
        if (ref_is_null(name) || list_append_steal(t, ref_borrow(list), name) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

static Ref entry_new(Thread *t, const Scope *scope);

static Ref children_list(Thread *t, const Scope *scope) {
    Ref list = list_new(t, 0);
    for (const Scope *child = scope->first_child; !ref_is_null(list) && child; child = child->next_sibling) {
        Ref entry = entry_new(t, child);
        if (ref_is_null(entry) || list_append_steal(t, ref_borrow(list), entry) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

/* Scopes of type parameters, which 3.11 hasn't got, show as functions. */
static Ref entry_new(Thread *t, const Scope *scope) {
    int kind = scope->kind == SCOPE_MODULE ? SCOPE_MODULE : scope->kind == SCOPE_CLASS ? SCOPE_CLASS : SCOPE_FUNCTION;
    Ref r = instance_new(t, &entry_type);
    if (ref_is_null(r)) return r;
    Value o = ref_borrow(r);
    if (set_steal(t, o, "id", int_from_u64(t, (uintptr_t)scope)) && set_steal(t, o, "name", text(t, scope->name)) &&
        set_steal(t, o, "type", ref_small_int(kind)) && set_steal(t, o, "lineno", ref_small_int(scope->node->lineno)) &&
        set_steal(t, o, "nested", ref_small_int(scope->nested)) && set_steal(t, o, "symbols", symbols_dict(t, scope)) &&
        set_steal(t, o, "varnames", params_list(t, scope)) && set_steal(t, o, "children", children_list(t, scope)))
        return r;
    ref_drop(t, r);
    return REF_NULL;
}

/* ---- the module ----------------------------------------------------------------------------------------------------------------- */

static bool start_mode(Thread *t, Value start, ParseMode *mode) {
    static const char *const names[] = {"exec", "eval", "single"};
    for (int i = 0; i < 3; i++)
        if (is_str(start) && str_equal_ascii(start, names[i])) return *mode = (ParseMode)i, true;
    err_set(t, E_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    return false;
}

static Ref m_symtable(Thread *t, Value self, const Value *a) {
    ParseOptions options = {.max_int_digits = int_max_str_digits()};
    ParseHooks hooks = parse_hooks(t);
    const char *source;
    size_t length;
    Ref path = REF_NULL, r = REF_NULL, filename = code_filename(t, a[1]);
    if (ref_is_null(filename)) return REF_NULL;
    if (!is_str(a[2])) {
        ref_drop(t, filename);
        return err_bad_argument(t, "symtable", "3", "str", a[2]);
    }
    if (is_bytes(a[0])) {
        source = (const char *)bytes_data(a[0]);
        length = bytes_length(a[0]);
    } else if (is_str(a[0])) {
        source = str_utf8(t, a[0], &length);
        options.flags = PARSE_IGNORE_COOKIE;
    } else {
        source = NULL;
        err_set(t, E_TypeError, "symtable() arg 1 must be a string or bytes object");
    }
    options.filename = source && start_mode(t, a[2], &options.mode) ? str_fs(t, ref_borrow(filename), &path) : NULL;
    options.hooks = &hooks;
    Arena arena = ARENA_INIT;
    ParseResult parsed;
    SymbolTable table;
    if (!options.filename) r = REF_NULL;
    else if (!parse_source(&arena, source, length, &options, &parsed)) source_error_raise(t, &parsed.error, ref_borrow(filename));
    else if (!symbols_build(&table, &arena, &parsed.names, parsed.tree, 0)) source_error_raise(t, &table.error, ref_borrow(filename));
    else r = entry_new(t, table.top);
    ref_drop(t, path);
    ref_drop(t, filename);
    arena_free(&arena);
    return r;
}

static NativeDef functions[] = {
    FN("symtable", "($module, source, filename, startstr, /)", m_symtable, "The symbol tables of a source, from the top scope on."),
    FN_END,
};

int module_init_symtable(Thread *t, Value module) {
    static const struct {
        const char *name;
        int value;
    } numbers[] = {
        {"USE", SYM_USE},
        {"DEF_GLOBAL", SYM_GLOBAL},
        {"DEF_NONLOCAL", SYM_NONLOCAL},
        {"DEF_LOCAL", SYM_LOCAL},
        {"DEF_PARAM", SYM_PARAM},
        {"DEF_IMPORT", SYM_IMPORT},
        {"DEF_BOUND", SYM_LOCAL | SYM_PARAM | SYM_IMPORT},
        {"DEF_ANNOT", SYM_ANNOT},
        {"TYPE_FUNCTION", SCOPE_FUNCTION},
        {"TYPE_CLASS", SCOPE_CLASS},
        {"TYPE_MODULE", SCOPE_MODULE},
        {"LOCAL", SYMKIND_LOCAL},
        {"GLOBAL_EXPLICIT", SYMKIND_GLOBAL_EXPLICIT},
        {"GLOBAL_IMPLICIT", SYMKIND_GLOBAL_IMPLICIT},
        {"FREE", SYMKIND_FREE},
        {"CELL", SYMKIND_CELL},
        {"SCOPE_OFF", SCOPE_SHIFT},
        {"SCOPE_MASK", 15},
    };
    if (type_ready(t, &entry_type) < 0 || module_add_functions(t, module, functions) < 0) return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (module_add_int(t, module, numbers[i].name, numbers[i].value) < 0) return -1;
    return 0;
}
