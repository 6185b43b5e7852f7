/* The built-in exception types: one table of layouts, one row per type in errors.def. See errors.h, exceptions.h. */
#include "runtime/exceptions.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include <errno.h>
#include <stdio.h>

Type error_types[E_COUNT];
Type *exception_group_type;

/* ---- layouts ------------------------------------------------------------------------------------------------- */

/* The slots of a layout stand in a row from `args` to its last one. */
static void visit_slots(const Slot *first, const Slot *last, VisitFn visit, void *arg) {
    for (const Slot *s = first; s <= last; s++) slot_visit(s, visit, arg);
}
static void drop_slots(Thread *t, Object *o, Slot *first, Slot *last) {
    for (Slot *s = first; s <= last; s++) slot_set(t, o, s, REF_NULL);
}
static void visit_base(Object *o, VisitFn visit, void *arg) {
    BaseException *e = (BaseException *)o;
    instance_traverse_attrs(o, visit, arg);
    visit_slots(&e->args, &e->notes_unused, visit, arg);
}
static void clear_base(Thread *t, Object *o) {
    BaseException *e = (BaseException *)o;
    instance_clear_attrs(t, o);
    drop_slots(t, o, &e->args, &e->notes_unused);
}

#define LAYOUT_FUNCTIONS(L, first, last)                                                                                       \
    static void L##_traverse(Object *o, VisitFn visit, void *arg) {                                                            \
        visit_base(o, visit, arg);                                                                                             \
        visit_slots(&((L *)o)->first, &((L *)o)->last, visit, arg);                                                            \
    }                                                                                                                          \
    static void L##_clear(Thread *t, Object *o) {                                                                              \
        clear_base(t, o);                                                                                                      \
        drop_slots(t, o, &((L *)o)->first, &((L *)o)->last);                                                                   \
    }
#define BaseException_traverse visit_base
#define BaseException_clear clear_base
LAYOUT_FUNCTIONS(SystemExit, code, code)
LAYOUT_FUNCTIONS(StopIteration, value, value)
LAYOUT_FUNCTIONS(NameError, name, name)
LAYOUT_FUNCTIONS(AttributeError, obj, name)
LAYOUT_FUNCTIONS(ImportError, msg, path)
LAYOUT_FUNCTIONS(OSError, errno_, filename2)
LAYOUT_FUNCTIONS(SyntaxError, msg, print_file_and_line)
LAYOUT_FUNCTIONS(UnicodeError, encoding, reason)
LAYOUT_FUNCTIONS(ExceptionGroup, message, exceptions)

/* ---- BaseException --------------------------------------------------------------------------------------------- */

Ref exception_alloc(Thread *t, Type *type, const Value *args, size_t nargs) {
    Ref tuple = nargs == 0 ? ref_new(t, tuple_empty()) : tuple_from_array(t, args, nargs);
    if (ref_is_null(tuple)) return REF_NULL;
    Ref self = instance_new(t, type);
    if (ref_is_null(self)) {
        ref_drop(t, tuple);
        return REF_NULL;
    }
    slot_init(&((BaseException *)self.bits)->args, tuple);
    return self;
}

static Ref base_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return exception_alloc(t, as(Type, cls), args, nargs);
}

static int set_args(Thread *t, Value self, const Value *args, size_t nargs) {
    Ref tuple = tuple_from_array(t, args, nargs);
    if (ref_is_null(tuple)) return -1;
    slot_set(t, value_object(self), &as(BaseException, self)->args, tuple);
    return 0;
}

static int base_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0 && no_kwargs(t, type_of(self)->name, kwnames) < 0) return -1;
    Value old = slot_get(&as(BaseException, self)->args);
    if (!value_is_null(old) && tuple_size(old) == nargs) { /* what base_new stored already, as a rule */
        size_t same = 0;
        while (same < nargs && value_is(tuple_get(old, same), args[same])) same++;
        if (same == nargs) return 0;
    }
    return set_args(t, self, args, nargs);
}

/* args, owned; () where a constructor was by-passed */
static Ref exception_args(Thread *t, Value self) {
    Ref args = slot_ref(t, &as(BaseException, self)->args);
    return ref_is_null(args) ? ref_new(t, tuple_empty()) : args;
}

static Ref base_str(Thread *t, Value self) {
    Ref args = exception_args(t, self);
    Value a = ref_borrow(args);
    Ref r;
    switch (tuple_size(a)) {
    case 0: r = ref_new(t, str_empty()); break;
    case 1: r = object_str(t, tuple_get(a, 0)); break;
    default: r = object_str(t, a);
    }
    ref_drop(t, args);
    return r;
}

static Ref base_repr(Thread *t, Value self) {
    Ref args = exception_args(t, self);
    Ref name = type_name(t, type_of(self));
    Ref r = REF_NULL;
    if (!ref_is_null(name)) {
        if (tuple_size(ref_borrow(args)) == 1) r = str_format(t, "%V(%R)", ref_borrow(name), tuple_get(ref_borrow(args), 0));
        else r = str_format(t, "%V%R", ref_borrow(name), ref_borrow(args));
    }
    ref_drop(t, name);
    ref_drop(t, args);
    return r;
}

/* The instance's __dict__ if it has any attribute of its own, else null (and no exception). */
static Ref own_dict(Thread *t, Value self) {
    Attrs *attrs = instance_attrs(value_object(self), type_of(self));
    Shape *shape = load_acquire(&attrs->x_shape);
    if (shape != &dict_shape && (shape == NULL || shape->count == 0)) return REF_NULL;
    Ref dict = instance_dict(t, self);
    if (!ref_is_null(dict) && dict_size(ref_borrow(dict)) == 0) {
        ref_drop(t, dict);
        return REF_NULL;
    }
    return dict;
}

/* (type(self), args[, state]); consumes args and state (either null after a failure / for nothing). */
static Ref reduce_with(Thread *t, Value self, Ref args, Ref state) {
    Ref r = REF_NULL;
    if (!ref_is_null(args) && !err_pending(t))
        r = ref_is_null(state) ? tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(args))
                               : tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), ref_borrow(state));
    ref_drop(t, args);
    ref_drop(t, state);
    return r;
}

static Ref base_reduce(Thread *t, Value self, const Value *a) {
    return reduce_with(t, self, exception_args(t, self), own_dict(t, self));
}

static Ref base_setstate(Thread *t, Value self, const Value *a) {
    if (value_is_none(a[0])) return REF_NONE;
    if (!is_dict(a[0])) return err_set(t, E_TypeError, "state is not a dictionary");
    Ref items = dict_items_list(t, a[0]);
    if (ref_is_null(items)) return REF_NULL;
    for (size_t i = 0, n = list_size(ref_borrow(items)); i < n; i++) {
        Value pair = list_get(ref_borrow(items), i);
        if (set_attr(t, self, tuple_get(pair, 0), tuple_get(pair, 1)) < 0) {
            ref_drop(t, items);
            return REF_NULL;
        }
    }
    ref_drop(t, items);
    return REF_NONE;
}

static int set_traceback(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "__traceback__ may not be deleted"));
    if (!value_is_none(v) && !is_exact(v, &traceback_type))
        return err_int(err_set(t, E_TypeError, "__traceback__ must be a traceback or None"));
    slot_set(t, value_object(self), &as(BaseException, self)->traceback, value_is_none(v) ? REF_NULL : ref_new(t, v));
    return 0;
}

static Ref base_with_traceback(Thread *t, Value self, const Value *a) {
    return set_traceback(t, self, a[0], NULL) < 0 ? REF_NULL : ref_new(t, self);
}

static Ref base_add_note(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "note must be a str, not '%T'", a[0]);
    Ref notes = get_attr_opt(t, self, N(__notes__));
    if (ref_is_null(notes)) {
        if (err_pending(t)) return REF_NULL;
        notes = list_new(t, 1);
        if (ref_is_null(notes)) return REF_NULL;
        if (set_attr(t, self, N(__notes__), ref_borrow(notes)) < 0) {
            ref_drop(t, notes);
            return REF_NULL;
        }
    } else if (!is_list(ref_borrow(notes))) {
        ref_drop(t, notes);
        return err_set(t, E_TypeError, "Cannot add note: __notes__ is not a list");
    }
    int bad = list_append(t, ref_borrow(notes), a[0]);
    ref_drop(t, notes);
    return bad < 0 ? REF_NULL : REF_NONE;
}

/* a slot of the instance, None where it is null */
static Ref slot_or_none(Thread *t, const Slot *s) {
    Ref r = slot_ref(t, s);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref get_args(Thread *t, Value self, void *closure) { return exception_args(t, self); }
static int set_args_attr(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "args may not be deleted"));
    Ref tuple = sequence_tuple(t, v);
    if (ref_is_null(tuple)) return -1;
    slot_set(t, value_object(self), &as(BaseException, self)->args, tuple);
    return 0;
}
static Ref get_traceback(Thread *t, Value self, void *closure) { return slot_or_none(t, &as(BaseException, self)->traceback); }
static Ref get_context(Thread *t, Value self, void *closure) { return slot_or_none(t, &as(BaseException, self)->context); }
static Ref get_cause(Thread *t, Value self, void *closure) { return slot_or_none(t, &as(BaseException, self)->cause); }
static int set_context(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "__context__ may not be deleted"));
    if (!value_is_none(v) && !is_a(v, TYPE_EXCEPTION))
        return err_int(err_set(t, E_TypeError, "exception context must be None or derive from BaseException"));
    exception_set_context(t, self, value_is_none(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static int set_cause(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "__cause__ may not be deleted"));
    if (!value_is_none(v) && !is_a(v, TYPE_EXCEPTION))
        return err_int(err_set(t, E_TypeError, "exception cause must be None or derive from BaseException"));
    exception_set_cause(t, self, value_is_none(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static Ref get_dict(Thread *t, Value self, void *closure) { return instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "cannot delete __dict__"));
    if (!is_dict(v)) return err_int(err_set(t, E_TypeError, "__dict__ must be set to a dictionary, not a '%.200T'", v));
    return instance_set_dict(t, self, v);
}

static const GetSetDef base_getset[] = {
    {"__dict__", get_dict, set_dict},
    {"args", get_args, set_args_attr},
    {"__traceback__", get_traceback, set_traceback},
    {"__context__", get_context, set_context, "the exception that was being handled when this one was raised"},
    {"__cause__", get_cause, set_cause, "the exception given by `raise ... from`"},
    {NULL}};
static const MemberDef base_members[] = {
    {"__suppress_context__", MEMBER_BOOL, offsetof(BaseException, x_suppress_context)}, {NULL}};
static NativeDef base_methods[] = {
    FN("__reduce__", "!($self)", base_reduce, NULL),
    FN("__setstate__", "!($self, state, /)", base_setstate, NULL),
    FN("with_traceback", "!($self, tb, /)", base_with_traceback, "Sets __traceback__ and returns the exception."),
    FN("add_note", "!($self, note, /)", base_add_note, "Appends a note that is shown with the traceback."),
    FN_END};

/* ---- StopIteration, SystemExit ------------------------------------------------------------------------------------ */

static int stop_iteration_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (base_init(t, self, args, nargs, kwnames) < 0) return -1;
    slot_set(t, value_object(self), &as(StopIteration, self)->value, nargs > 0 ? ref_new(t, args[0]) : REF_NONE);
    return 0;
}
static const MemberDef stop_iteration_members[] = {
    {"value", MEMBER_SLOT, offsetof(StopIteration, value), false, "what the generator returned"}, {NULL}};

static int system_exit_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (base_init(t, self, args, nargs, kwnames) < 0) return -1;
    if (nargs == 0) return 0;
    Ref code = nargs == 1 ? ref_new(t, args[0]) : slot_ref(t, &as(BaseException, self)->args);
    slot_set(t, value_object(self), &as(SystemExit, self)->code, code);
    return 0;
}
static const MemberDef system_exit_members[] = {
    {"code", MEMBER_SLOT, offsetof(SystemExit, code), false, "the exit status, or a message"}, {NULL}};

/* ---- those with keyword arguments: NameError, AttributeError, ImportError ------------------------------------------- */

/* Initializes args from the positional arguments, and the slots named from the keywords (null where not given). */
static int init_keywords(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, const char *fname,
                         const char *const *keys, Slot *const *slots, size_t nkeys) {
    if (base_init(t, self, args, nargs, VALUE_NULL) < 0) return -1;
    for (size_t k = 0; k < nkeys; k++) slot_set(t, value_object(self), slots[k], REF_NULL);
    for (size_t i = 0, n = value_is_null(kwnames) ? 0 : tuple_size(kwnames); i < n; i++) {
        Value name = tuple_get(kwnames, i);
        size_t k = 0;
        while (k < nkeys && !str_equal_ascii(name, keys[k])) k++;
        if (k == nkeys) return err_int(err_set(t, E_TypeError, "'%V' is an invalid keyword argument for %s()", name, fname));
        slot_set(t, value_object(self), slots[k], ref_new(t, args[nargs + i]));
    }
    return 0;
}

static int name_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return init_keywords(t, self, args, nargs, kwnames, "NameError", (const char *const[]){"name"},
                         (Slot *const[]){&as(NameError, self)->name}, 1);
}
static const MemberDef name_error_members[] = {{"name", MEMBER_SLOT, offsetof(NameError, name), false, "the name not found"}, {NULL}};

static int attribute_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    AttributeError *e = as(AttributeError, self);
    return init_keywords(t, self, args, nargs, kwnames, "AttributeError", (const char *const[]){"name", "obj"},
                         (Slot *const[]){&e->name, &e->obj}, 2);
}
static const MemberDef attribute_error_members[] = {
    {"name", MEMBER_SLOT, offsetof(AttributeError, name), false, "the attribute's name"},
    {"obj", MEMBER_SLOT, offsetof(AttributeError, obj), false, "the object that lacks it"},
    {NULL}};

static int import_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    ImportError *e = as(ImportError, self);
    if (init_keywords(t, self, args, nargs, kwnames, "ImportError", (const char *const[]){"name", "path"},
                      (Slot *const[]){&e->name, &e->path}, 2) < 0)
        return -1;
    slot_set(t, e, &e->msg, nargs == 1 ? ref_new(t, args[0]) : REF_NULL);
    return 0;
}
static Ref import_error_str(Thread *t, Value self) {
    Ref msg = slot_ref(t, &as(ImportError, self)->msg);
    if (!ref_is_null(msg) && is_exact(ref_borrow(msg), &str_type)) return msg;
    ref_drop(t, msg);
    return base_str(t, self);
}
/* __dict__ joined with name and path where those are set */
static Ref import_error_reduce(Thread *t, Value self, const Value *a) {
    ImportError *e = as(ImportError, self);
    Ref state = own_dict(t, self);
    if (ref_is_null(state) && err_pending(t)) return REF_NULL;
    Ref name = slot_ref(t, &e->name), path = slot_ref(t, &e->path);
    if (!ref_is_null(name) || !ref_is_null(path)) {
        Ref joined = ref_is_null(state) ? dict_new(t) : dict_copy(t, ref_borrow(state));
        ref_drop(t, state);
        state = joined;
        if (!ref_is_null(state) && ((!ref_is_null(name) && dict_set(t, ref_borrow(state), N(name), ref_borrow(name)) < 0) ||
                                    (!ref_is_null(path) && dict_set(t, ref_borrow(state), N(path), ref_borrow(path)) < 0))) {
            ref_drop(t, state);
            state = REF_NULL;
        }
    }
    ref_drop(t, name);
    ref_drop(t, path);
    return err_pending(t) ? REF_NULL : reduce_with(t, self, exception_args(t, self), state);
}
static const MemberDef import_error_members[] = {
    {"msg", MEMBER_SLOT, offsetof(ImportError, msg), false, "the message"},
    {"name", MEMBER_SLOT, offsetof(ImportError, name), false, "the module's name"},
    {"path", MEMBER_SLOT, offsetof(ImportError, path), false, "the module's file"},
    {NULL}};
static NativeDef import_error_methods[] = {FN("__reduce__", "!($self)", import_error_reduce, NULL), FN_END};

/* ---- KeyError -------------------------------------------------------------------------------------------------------- */

/* A lone key shows by its repr, so that KeyError('') says something. */
static Ref key_error_str(Thread *t, Value self) {
    Ref args = exception_args(t, self);
    if (tuple_size(ref_borrow(args)) != 1) {
        ref_drop(t, args);
        return base_str(t, self);
    }
    Ref r = object_repr(t, tuple_get(ref_borrow(args), 0));
    ref_drop(t, args);
    return r;
}

/* ---- OSError ---------------------------------------------------------------------------------------------------------- */

static const struct { int err; ErrorKind kind; } errno_kinds[] = {
    {EAGAIN, E_BlockingIOError},        {EALREADY, E_BlockingIOError},
    {EINPROGRESS, E_BlockingIOError},   {EWOULDBLOCK, E_BlockingIOError},
    {EPIPE, E_BrokenPipeError},         {ESHUTDOWN, E_BrokenPipeError},
    {ECHILD, E_ChildProcessError},      {ECONNABORTED, E_ConnectionAbortedError},
    {ECONNREFUSED, E_ConnectionRefusedError}, {ECONNRESET, E_ConnectionResetError},
    {EEXIST, E_FileExistsError},        {ENOENT, E_FileNotFoundError},
    {EISDIR, E_IsADirectoryError},      {ENOTDIR, E_NotADirectoryError},
    {EINTR, E_InterruptedError},        {EACCES, E_PermissionError},
    {EPERM, E_PermissionError},         {ESRCH, E_ProcessLookupError},
    {ETIMEDOUT, E_TimeoutError}};

static int os_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
static Ref os_error_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames);

/* A subclass that overrides __init__ but not __new__ gets its fields from OSError.__init__, not from __new__. */
static bool os_error_fields_in_init(const Type *type) { return type->init != os_error_init && type->new_ == os_error_new; }

static int os_error_fill(Thread *t, Value self, const Value *args, size_t nargs) {
    OSError *e = as(OSError, self);
    if (nargs < 2 || nargs > 5) return set_args(t, self, args, nargs);
    Value filename = nargs > 2 ? args[2] : VALUE_NULL, filename2 = nargs > 4 ? args[4] : VALUE_NULL;
    size_t shown = nargs;
    if (!value_is_null(filename) && !value_is_none(filename)) {
        Type *type = type_of(self);
        if (type == ETYPE(BlockingIOError) && (is_int(filename) || type_of(filename)->index != NULL)) {
            int64_t n;
            if (index_as_i64(t, filename, &n) < 0) return -1;
            store_relaxed(&e->x_written, n);
        } else {
            slot_set(t, e, &e->filename, ref_new(t, filename));
            if (!value_is_null(filename2) && !value_is_none(filename2)) slot_set(t, e, &e->filename2, ref_new(t, filename2));
            shown = 2; /* so that unpickling and unpacking old-style (errno, strerror) go on working */
        }
    }
    slot_set(t, e, &e->errno_, ref_new(t, args[0]));
    slot_set(t, e, &e->strerror, ref_new(t, args[1]));
    return set_args(t, self, args, shown);
}

static Ref os_error_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    bool fill = !os_error_fields_in_init(type);
    if (fill && !value_is_null(kwnames) && tuple_size(kwnames) > 0 && no_kwargs(t, type->name, kwnames) < 0) return REF_NULL;
    int64_t err;
    if (fill && type == ETYPE(OSError) && nargs >= 2 && nargs <= 5 && is_int(args[0]) && int_try_i64(args[0], &err) == 0) {
        for (size_t i = 0; i < sizeof errno_kinds / sizeof *errno_kinds; i++)
            if (errno_kinds[i].err == err) type = &error_types[errno_kinds[i].kind];
    }
    Ref self = exception_alloc(t, type, NULL, 0);
    if (ref_is_null(self)) return REF_NULL;
    store_relaxed(&((OSError *)self.bits)->x_written, -1);
    if (fill && os_error_fill(t, ref_borrow(self), args, nargs) < 0) {
        ref_drop(t, self);
        return REF_NULL;
    }
    return self;
}

static int os_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (!os_error_fields_in_init(type_of(self))) return 0; /* os_error_new has done it */
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0 && no_kwargs(t, type_of(self)->name, kwnames) < 0) return -1;
    return os_error_fill(t, self, args, nargs);
}

static Ref os_error_str(Thread *t, Value self) {
    OSError *e = as(OSError, self);
    Ref err = slot_or_none(t, &e->errno_), text = slot_or_none(t, &e->strerror);
    Ref file = slot_ref(t, &e->filename), file2 = slot_ref(t, &e->filename2), r;
    if (!ref_is_null(file) && !ref_is_null(file2))
        r = str_format(t, "[Errno %V] %V: %R -> %R", ref_borrow(err), ref_borrow(text), ref_borrow(file), ref_borrow(file2));
    else if (!ref_is_null(file)) r = str_format(t, "[Errno %V] %V: %R", ref_borrow(err), ref_borrow(text), ref_borrow(file));
    else if (!value_is_null(slot_get(&e->errno_)) && !value_is_null(slot_get(&e->strerror)))
        r = str_format(t, "[Errno %V] %V", ref_borrow(err), ref_borrow(text));
    else r = base_str(t, self);
    ref_drop(t, err);
    ref_drop(t, text);
    ref_drop(t, file);
    ref_drop(t, file2);
    return r;
}

static Ref os_error_reduce(Thread *t, Value self, const Value *a) {
    OSError *e = as(OSError, self);
    Ref args = exception_args(t, self);
    Ref file = slot_ref(t, &e->filename);
    if (tuple_size(ref_borrow(args)) == 2 && !ref_is_null(file)) {
        Ref file2 = slot_ref(t, &e->filename2);
        Value v[5] = {tuple_get(ref_borrow(args), 0), tuple_get(ref_borrow(args), 1), ref_borrow(file), VALUE_NONE, ref_borrow(file2)};
        Ref full = tuple_from_array(t, v, ref_is_null(file2) ? 3 : 5);
        ref_drop(t, file2);
        ref_drop(t, args);
        args = full;
    }
    ref_drop(t, file);
    return reduce_with(t, self, args, own_dict(t, self));
}

static Ref os_error_get_written(Thread *t, Value self, void *closure) {
    int64_t n = load_relaxed(&as(OSError, self)->x_written);
    return n < 0 ? err_attribute(t, self, str_intern_cstr(t, "characters_written"), "characters_written") : int_from_i64(t, n);
}
static int os_error_set_written(Thread *t, Value self, Value v, void *closure) {
    OSError *e = as(OSError, self);
    if (value_is_null(v)) {
        if (swap_acq_rel(&e->x_written, -1) < 0) return err_int(err_set(t, E_AttributeError, "characters_written"));
        return 0;
    }
    int64_t n;
    if (index_as_i64(t, v, &n) < 0) {
        if (err_clear_if(t, E_OverflowError)) err_set(t, E_ValueError, "cannot fit '%.200T' into an index-sized integer", v);
        return -1;
    }
    store_relaxed(&e->x_written, n);
    return 0;
}
static const MemberDef os_error_members[] = {
    {"errno", MEMBER_SLOT, offsetof(OSError, errno_), false, "the system's error number"},
    {"strerror", MEMBER_SLOT, offsetof(OSError, strerror), false, "its text"},
    {"filename", MEMBER_SLOT, offsetof(OSError, filename), false, "the file concerned"},
    {"filename2", MEMBER_SLOT, offsetof(OSError, filename2), false, "the second file concerned"},
    {NULL}};
static const GetSetDef os_error_getset[] = {{"characters_written", os_error_get_written, os_error_set_written}, {NULL}};
static NativeDef os_error_methods[] = {FN("__reduce__", "!($self)", os_error_reduce, NULL), FN_END};

/* ---- SyntaxError --------------------------------------------------------------------------------------------------------- */

static int syntax_error_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    SyntaxError *e = as(SyntaxError, self);
    if (base_init(t, self, args, nargs, kwnames) < 0) return -1;
    if (nargs >= 1) slot_set(t, e, &e->msg, ref_new(t, args[0]));
    if (nargs != 2) return 0;
    Ref info = sequence_tuple(t, args[1]);
    if (ref_is_null(info)) return -1;
    size_t n = tuple_size(ref_borrow(info));
    int bad = 0;
    if (n < 4) bad = err_int(err_set(t, E_TypeError, "function takes at least 4 arguments (%zd given)", n));
    else if (n > 6) bad = err_int(err_set(t, E_TypeError, "function takes at most 6 arguments (%zd given)", n));
    Slot *const fields[6] = {&e->filename, &e->lineno, &e->offset, &e->text, &e->end_lineno, &e->end_offset};
    for (size_t i = 0; i < 6 && bad == 0; i++)
        slot_set(t, e, fields[i], i < n ? ref_new(t, tuple_get(ref_borrow(info), i)) : REF_NULL);
    ref_drop(t, info);
    if (bad == 0 && n == 5)
        bad = err_int(err_set(t, E_TypeError, "end_offset must be provided when end_lineno is provided"));
    return bad;
}

/* "msg (file.py, line 3)" */
static Ref syntax_error_str(Thread *t, Value self) {
    SyntaxError *e = as(SyntaxError, self);
    Ref msg = slot_or_none(t, &e->msg), file = slot_ref(t, &e->filename), line = slot_ref(t, &e->lineno), r;
    Ref base = REF_NULL;
    if (!ref_is_null(file) && is_str(ref_borrow(file))) {
        const Str *s = as(Str, ref_borrow(file));
        size_t from = s->length;
        while (from > 0 && str_at(s, from - 1) != '/') from--;
        base = str_slice(t, ref_borrow(file), from, s->length);
    }
    int64_t number = 0;
    bool has_line = !ref_is_null(line) && (value_is_int(ref_borrow(line)) || is_exact(ref_borrow(line), &int_type)) &&
                    int_try_i64(ref_borrow(line), &number) == 0;
    if (err_pending(t)) r = REF_NULL;
    else if (!ref_is_null(base) && has_line) r = str_format(t, "%V (%V, line %lld)", ref_borrow(msg), ref_borrow(base), (long long)number);
    else if (!ref_is_null(base)) r = str_format(t, "%V (%V)", ref_borrow(msg), ref_borrow(base));
    else if (has_line) r = str_format(t, "%V (line %lld)", ref_borrow(msg), (long long)number);
    else r = object_str(t, ref_borrow(msg));
    ref_drop(t, base);
    ref_drop(t, msg);
    ref_drop(t, file);
    ref_drop(t, line);
    return r;
}
static const MemberDef syntax_error_members[] = {
    {"msg", MEMBER_SLOT, offsetof(SyntaxError, msg), false, "the message"},
    {"filename", MEMBER_SLOT, offsetof(SyntaxError, filename), false, "the source file"},
    {"lineno", MEMBER_SLOT, offsetof(SyntaxError, lineno), false, "line, from 1"},
    {"offset", MEMBER_SLOT, offsetof(SyntaxError, offset), false, "column, from 1"},
    {"text", MEMBER_SLOT, offsetof(SyntaxError, text), false, "the source line"},
    {"end_lineno", MEMBER_SLOT, offsetof(SyntaxError, end_lineno), false, "line where the fault ends"},
    {"end_offset", MEMBER_SLOT, offsetof(SyntaxError, end_offset), false, "column where the fault ends"},
    {"print_file_and_line", MEMBER_SLOT, offsetof(SyntaxError, print_file_and_line), false, "unused"},
    {NULL}};

/* ---- UnicodeError family --------------------------------------------------------------------------------------------------- */

static int unicode_count(Thread *t, size_t nargs, size_t want) {
    if (nargs == want) return 0;
    return err_int(err_set(t, E_TypeError, "function takes exactly %zd arguments (%zd given)", want, nargs));
}

static int unicode_str_arg(Thread *t, size_t number, Value v) {
    if (is_str(v)) return 0;
    const char *got = value_is_none(v) ? "None" : type_of(v)->name;
    return err_int(err_set(t, E_TypeError, "argument %zd must be str, not %.50s", number, got));
}

/* Common end of the three: the range and the reason, whose first argument has number `at` (from 1). */
static int unicode_fill(Thread *t, Value self, Value encoding, Value object, const Value *range, size_t at) {
    UnicodeError *e = as(UnicodeError, self);
    int64_t start, end;
    if (index_as_i64(t, range[0], &start) < 0 || index_as_i64(t, range[1], &end) < 0) return -1;
    if (unicode_str_arg(t, at + 2, range[2]) < 0) return -1;
    slot_set(t, e, &e->encoding, value_is_null(encoding) ? REF_NULL : ref_new(t, encoding));
    slot_set(t, e, &e->object, ref_new(t, object));
    slot_set(t, e, &e->reason, ref_new(t, range[2]));
    store_relaxed(&e->x_start, start);
    store_relaxed(&e->x_end, end);
    return 0;
}

static int unicode_decode_init(Thread *t, Value self, const Value *a, size_t nargs, Value kwnames) {
    if (base_init(t, self, a, nargs, kwnames) < 0 || unicode_count(t, nargs, 5) < 0) return -1;
    if (unicode_str_arg(t, 1, a[0]) < 0) return -1;
    Ref object;
    if (is_bytes(a[1])) {
        object = ref_new(t, a[1]);
    } else {
        Buffer view;
        if (buffer_get(t, a[1], &view, BUFFER_SIMPLE) < 0) return -1;
        object = call1(t, type_value(&bytes_type), a[1]);
        buffer_release(t, &view);
    }
    if (ref_is_null(object)) return -1;
    int bad = unicode_fill(t, self, a[0], ref_borrow(object), a + 2, 3);
    ref_drop(t, object);
    return bad;
}
static int unicode_encode_init(Thread *t, Value self, const Value *a, size_t nargs, Value kwnames) {
    if (base_init(t, self, a, nargs, kwnames) < 0 || unicode_count(t, nargs, 5) < 0) return -1;
    if (unicode_str_arg(t, 1, a[0]) < 0 || unicode_str_arg(t, 2, a[1]) < 0) return -1;
    return unicode_fill(t, self, a[0], a[1], a + 2, 3);
}
static int unicode_translate_init(Thread *t, Value self, const Value *a, size_t nargs, Value kwnames) {
    if (base_init(t, self, a, nargs, kwnames) < 0 || unicode_count(t, nargs, 4) < 0) return -1;
    if (unicode_str_arg(t, 1, a[0]) < 0) return -1;
    return unicode_fill(t, self, VALUE_NULL, a[0], a + 1, 2);
}

/* The character at start, if the range is just that one inside a str. */
static bool lone_character(Value object, int64_t start, int64_t end, uint32_t *c) {
    if (!is_str(object) || start < 0 || end <= 0 || end - 1 != start || (size_t)start >= str_length(object)) return false;
    *c = str_at(as(Str, object), start);
    return true;
}
static const char *escaped(uint32_t c, char *out, size_t n) {
    snprintf(out, n, c <= 0xff ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x", c);
    return out;
}

static Ref unicode_str(Thread *t, Value self) {
    UnicodeError *e = as(UnicodeError, self);
    Ref object = slot_ref(t, &e->object), reason = slot_or_none(t, &e->reason), encoding = slot_or_none(t, &e->encoding), r;
    if (ref_is_null(object)) { /* made without __init__ */
        ref_drop(t, reason);
        ref_drop(t, encoding);
        return ref_new(t, str_empty());
    }
    Value o = ref_borrow(object), why = ref_borrow(reason), enc = ref_borrow(encoding);
    long long start = load_relaxed(&e->x_start), end = load_relaxed(&e->x_end), last = (long long)((uint64_t)end - 1);
    uint32_t c;
    char text[16];
    Buffer view;
    if (type_is_subtype(type_of(self), ETYPE(UnicodeDecodeError))) {
        bool one = false;
        if (start >= 0 && last == start && buffer_get(t, o, &view, BUFFER_SIMPLE) == 0) {
            one = start < view.len;
            if (one) c = ((uint8_t *)view.data)[start];
            buffer_release(t, &view);
        }
        snprintf(text, sizeof text, "%02x", one ? c : 0);
        r = one ? str_format(t, "'%V' codec can't decode byte 0x%s in position %lld: %V", enc, text, start, why)
                : str_format(t, "'%V' codec can't decode bytes in position %lld-%lld: %V", enc, start, last, why);
    } else if (type_is_subtype(type_of(self), ETYPE(UnicodeEncodeError))) {
        r = lone_character(o, start, end, &c)
                ? str_format(t, "'%V' codec can't encode character '%s' in position %lld: %V", enc, escaped(c, text, sizeof text), start, why)
                : str_format(t, "'%V' codec can't encode characters in position %lld-%lld: %V", enc, start, last, why);
    } else {
        r = lone_character(o, start, end, &c)
                ? str_format(t, "can't translate character '%s' in position %lld: %V", escaped(c, text, sizeof text), start, why)
                : str_format(t, "can't translate characters in position %lld-%lld: %V", start, last, why);
    }
    ref_drop(t, object);
    ref_drop(t, reason);
    ref_drop(t, encoding);
    return r;
}
static const MemberDef unicode_members[] = {
    {"encoding", MEMBER_SLOT, offsetof(UnicodeError, encoding), false, "the codec"},
    {"object", MEMBER_SLOT, offsetof(UnicodeError, object), false, "what was to be converted"},
    {"start", MEMBER_I64, offsetof(UnicodeError, x_start), false, "where the fault starts"},
    {"end", MEMBER_I64, offsetof(UnicodeError, x_end), false, "where the fault ends"},
    {"reason", MEMBER_SLOT, offsetof(UnicodeError, reason), false, "why"},
    {NULL}};

/* ---- groups: their behaviour stands in exceptions_group.c -------------------------------------------------------------------- */

static const MemberDef group_members[] = {
    {"message", MEMBER_SLOT, offsetof(ExceptionGroup, message), true, "the group's message"},
    {"exceptions", MEMBER_SLOT, offsetof(ExceptionGroup, exceptions), true, "the exceptions in it"},
    {NULL}};

/* ---- the types ----------------------------------------------------------------------------------------------------------------- */

/* One row per type that differs from its base; where a field is null the type inherits it. */
static const struct {
    ErrorKind kind;
    RawFn new_;
    int (*init)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
    UnaryFn str;
    const MemberDef *members;
    const GetSetDef *getset;
    NativeDef *methods;
} specials[] = {
    {E_BaseException, base_new, base_init, base_str, base_members, base_getset, base_methods},
    {E_StopIteration, NULL, stop_iteration_init, NULL, stop_iteration_members},
    {E_SystemExit, NULL, system_exit_init, NULL, system_exit_members},
    {E_NameError, NULL, name_error_init, base_str, name_error_members},
    {E_AttributeError, NULL, attribute_error_init, base_str, attribute_error_members},
    {E_ImportError, NULL, import_error_init, import_error_str, import_error_members, NULL, import_error_methods},
    {E_KeyError, NULL, NULL, key_error_str},
    {E_OSError, os_error_new, os_error_init, os_error_str, os_error_members, os_error_getset, os_error_methods},
    {E_SyntaxError, NULL, syntax_error_init, syntax_error_str, syntax_error_members},
    {E_UnicodeDecodeError, NULL, unicode_decode_init, unicode_str, unicode_members},
    {E_UnicodeEncodeError, NULL, unicode_encode_init, unicode_str, unicode_members},
    {E_UnicodeTranslateError, NULL, unicode_translate_init, unicode_str, unicode_members},
    {E_BaseExceptionGroup, exception_group_new_slot, NULL, exception_group_str, group_members, NULL, exception_group_methods},
};

#define E_object E_COUNT
static const struct {
    const char *name;
    int parent;
    uint32_t size;
    void (*traverse)(Object *, VisitFn, void *);
    void (*clear)(Thread *, Object *);
} layouts[E_COUNT] = {
#define EXC(name, base, layout) {#name, E_##base, sizeof(layout), layout##_traverse, layout##_clear},
#include "runtime/errors.def"
#undef EXC
};

static const char *const docs[E_COUNT] = {
    [E_BaseException] = "What every exception derives from.",
    [E_Exception] = "Base of all exceptions that don't ask the program to end.",
    [E_GeneratorExit] = "Asks a generator to end.",
    [E_KeyboardInterrupt] = "The user interrupted the program.",
    [E_SystemExit] = "Asks the interpreter to end.",
    [E_BaseExceptionGroup] = "Several unrelated exceptions at once.",
    [E_ArithmeticError] = "Base of errors in calculations.",
    [E_FloatingPointError] = "A floating-point operation failed.",
    [E_OverflowError] = "A result is too large.",
    [E_ZeroDivisionError] = "Division or modulo by zero.",
    [E_AssertionError] = "An assertion doesn't hold.",
    [E_AttributeError] = "There is no such attribute.",
    [E_BufferError] = "A buffer can't be used this way.",
    [E_EOFError] = "The input ended too early.",
    [E_ImportError] = "A module or a name in it can't be imported.",
    [E_ModuleNotFoundError] = "There is no such module.",
    [E_LookupError] = "Base of failed lookups.",
    [E_IndexError] = "There is no such index.",
    [E_KeyError] = "There is no such key.",
    [E_MemoryError] = "Memory is out.",
    [E_NameError] = "There is no such name.",
    [E_UnboundLocalError] = "A local variable is read before it is bound.",
    [E_OSError] = "A call to the operating system failed.",
    [E_BlockingIOError] = "The operation would have to wait.",
    [E_ChildProcessError] = "There is no such child process.",
    [E_ConnectionError] = "Base of connection failures.",
    [E_BrokenPipeError] = "Nobody reads from the pipe any more.",
    [E_ConnectionAbortedError] = "The connection was aborted.",
    [E_ConnectionRefusedError] = "The connection was refused.",
    [E_ConnectionResetError] = "The connection was reset.",
    [E_FileExistsError] = "The file exists already.",
    [E_FileNotFoundError] = "There is no such file.",
    [E_InterruptedError] = "A signal interrupted the call.",
    [E_IsADirectoryError] = "That is a directory.",
    [E_NotADirectoryError] = "That is no directory.",
    [E_PermissionError] = "Permission denied.",
    [E_ProcessLookupError] = "There is no such process.",
    [E_TimeoutError] = "It took too long.",
    [E_ReferenceError] = "A weak proxy's object is gone.",
    [E_RuntimeError] = "An error that fits no other type.",
    [E_NotImplementedError] = "Not implemented here, or not yet.",
    [E_RecursionError] = "Calls are nested too deeply.",
    [E_StopAsyncIteration] = "An asynchronous iterator is exhausted.",
    [E_StopIteration] = "An iterator is exhausted.",
    [E_SyntaxError] = "The source is not valid Python.",
    [E_IndentationError] = "The indentation is wrong.",
    [E_TabError] = "Tabs and blanks are mixed inconsistently.",
    [E_SystemError] = "The interpreter found itself inconsistent.",
    [E_TypeError] = "The argument's type doesn't suit.",
    [E_ValueError] = "The type suits, the value doesn't.",
    [E_UnicodeError] = "Text can't be converted.",
    [E_UnicodeDecodeError] = "Bytes can't be decoded.",
    [E_UnicodeEncodeError] = "Text can't be encoded.",
    [E_UnicodeTranslateError] = "Text can't be translated.",
    [E_Warning] = "Base of all warnings.",
    [E_BytesWarning] = "Doubtful use of bytes.",
    [E_DeprecationWarning] = "Something that will go; for developers.",
    [E_EncodingWarning] = "An encoding was left to the default.",
    [E_FutureWarning] = "Something that will change; for users.",
    [E_ImportWarning] = "A probable mistake in an import.",
    [E_PendingDeprecationWarning] = "Something that will go some day.",
    [E_ResourceWarning] = "A resource was not released.",
    [E_RuntimeWarning] = "Doubtful behaviour at run time.",
    [E_SyntaxWarning] = "Doubtful syntax.",
    [E_UnicodeWarning] = "Doubtful use of Unicode.",
    [E_UserWarning] = "A warning by the program.",
};

static void fill_type(ErrorKind kind) {
    Type *type = &error_types[kind];
    *type = (Type){
        .head = {.base = OBJECT_STATIC(&type_type), .layout_at = offsetof(Object, x_type),
                 .flags = TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_SHAPED | TYPE_EXCEPTION,
                 .size = layouts[kind].size,
                 .traverse = layouts[kind].traverse,
                 .clear = layouts[kind].clear,
                 .destroy = layouts[kind].clear},
        .name = layouts[kind].name,
        .doc = docs[kind],
        .base = layouts[kind].parent == E_COUNT ? &object_type : &error_types[layouts[kind].parent],
        .attrs_offset = offsetof(BaseException, attrs_),
        .basic_size_end = layouts[kind].size,
    };
    if (kind == E_BaseException) type->repr = base_repr;
}

/* Whether __new__ stands in the type's own namespace, beside __init__, as messages of ValueError.__new__() have it. */
static bool has_own_new(int kind) {
    static const uint8_t without[] = {E_SystemExit, E_AttributeError, E_ImportError, E_NameError, E_StopIteration, E_SyntaxError, E_KeyError};
    for (int k = kind; k != E_COUNT; k = layouts[k].parent) {
        if (memchr(without, k, sizeof without) != NULL || (k == E_OSError && kind != E_OSError)) return false;
    }
    return true;
}

extern void exceptions_reserve(Thread *t);
static void hook_no_memory(Thread *t) { err_no_memory(t); }
static void hook_recursion(Thread *t, const char *where) { err_set(t, E_RecursionError, "maximum recursion depth exceeded%s", where); }

int exceptions_init(Thread *t) {
    for (int kind = 0; kind < E_COUNT; kind++) fill_type(kind);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        Type *type = &error_types[specials[i].kind];
        type->new_ = specials[i].new_;
        type->init = specials[i].init;
        type->str = specials[i].str;
        type->members = specials[i].members;
        type->getset = specials[i].getset;
        type->methods = specials[i].methods;
    }
    for (int kind = 0; kind < E_COUNT; kind++) { /* errors.def names a base before what derives from it */
        Type *type = &error_types[kind];
        if (type->new_ == NULL && has_own_new(kind)) type->new_ = type->base->new_;
        if (type->init == NULL) type->init = type->base->init;
        if (type_ready(t, type) < 0) return -1;
    }
    exceptions_reserve(t);
    alloc_hooks.no_memory = hook_no_memory;
    alloc_hooks.recursion_error = hook_recursion;
    return exception_group_init(t);
}
