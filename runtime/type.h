/* Type: the layout of type objects, their slots, and the attribute machinery on them.
 *
 * Built-in types are static Type objects with their slots filled by designated initializers and their methods in
 * tables; type_ready() completes them at start (inheritance, dunder wrappers, method descriptors). Types made by
 * `class` are heap objects whose slots point to generic functions that call the dunder (runtime/slots.def declares
 * each slot ↔ dunder pair once).
 *
 * A null slot means "not supported". Slots are called through runtime/abstract.h, rarely directly.
 * Slot functions take borrowed arguments and return owned results, null/-1 with an exception set.
 *
 * Once the world has threads, a type's slots change only with the world stopped (type_slot_update); dict, bases, mro
 * are slots (atomic); attribute writes to a type take the type lock (runtime-wide, named in docs/concurrency.md).
 */
#ifndef WEFT_RUNTIME_TYPE_H
#define WEFT_RUNTIME_TYPE_H

#include "alloc/object.h"
#include "alloc/thread.h"

/* ---- functions written in C ------------------------------------------------------------------------------------ */
/* flat: one Value for each parameter of the signature, VALUE_NULL where an optional one was not given.
 * raw: args as called; kwnames is null or a tuple of the names of the last args (args holds nargs positional ones, then one
 * per name). `self` is the object a method is bound to, the class for class methods, the module for module functions. */
typedef Ref (*FlatFn)(Thread *t, Value self, const Value *a);
typedef Ref (*RawFn)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
typedef struct Signature Signature; /* parsed form: runtime/native.c */
typedef struct Drain Drain;         /* runtime/drain.h */
typedef struct NativeDef {
    const char *name;
    const char *sig; /* as __text_signature__: "($self, index=-1, /)"; "$module", "$type" alike. A leading '!' hides it from users.
                        "name=" + anything is optional. May be null for raw functions. */
    FlatFn flat;     /* one of these two is set */
    RawFn raw;
    const char *doc;
    uint32_t flags;  /* NATIVE_* */
    const Drain *drain; /* null, or how the VM may feed it a generator */
    double (*real)(double); /* null, or what `flat` does with one float if the result is neither infinite nor nan */
    _Atomic(Signature *) x_signature; /* filled on first use */
    _Atomic(const char *) x_owner;    /* class or module it belongs to, for messages: type_ready and native_new fill it */
} NativeDef;
#define NATIVE_CLASS 1u  /* class method: self is the class */
#define NATIVE_STATIC 2u /* static method: self is null */
/* How messages about the arguments read, where they don't as those of most functions do (CPython's depend on how it calls and parses) */
#define NATIVE_BARE 4u    /* "f() takes no keyword arguments" without the name of its class or module, unless called as a method */
#define NATIVE_UNPACKED 16u /* "f() takes exactly 1 positional argument (0 given)": as functions with keywords do */
#define NATIVE_COUNTED 8u /* "f() takes exactly 2 arguments (3 given)" */
#define FN(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_}
#define FN_RAW(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .raw = fn_, .doc = doc_}
#define FN_BARE(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_BARE}
#define FN_RAW_BARE(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .raw = fn_, .doc = doc_, .flags = NATIVE_BARE}
#define FN_COUNTED(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_COUNTED}
#define FN_UNPACKED(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_UNPACKED}
#define FN_TUPLE(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_BARE | NATIVE_COUNTED}
#define FN_CLASS_TUPLE(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_CLASS | NATIVE_BARE | NATIVE_COUNTED}
#define FN_CLASS(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_CLASS}
#define FN_CLASS_RAW(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .raw = fn_, .doc = doc_, .flags = NATIVE_CLASS}
#define FN_STATIC(name_, sig_, fn_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .flags = NATIVE_STATIC}
#define FN_REAL(name_, sig_, fn_, real_, doc_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .real = real_}
#define FN_DRAIN(name_, sig_, fn_, doc_, drain_) {.name = name_, .sig = sig_, .flat = fn_, .doc = doc_, .drain = &(drain_)}
#define FN_RAW_DRAIN(name_, sig_, fn_, doc_, drain_) {.name = name_, .sig = sig_, .raw = fn_, .doc = doc_, .drain = &(drain_)}
#define FN_END {.name = NULL}

/* computed attributes; set with value null deletes. set == NULL: read-only */
typedef struct GetSetDef {
    const char *name;
    Ref (*get)(Thread *t, Value self, void *closure);
    int (*set)(Thread *t, Value self, Value value, void *closure);
    const char *doc;
    void *closure;
} GetSetDef;
/* struct fields */
typedef enum { MEMBER_SLOT, MEMBER_SLOT_EX /* null raises AttributeError */, MEMBER_INT, MEMBER_I64, MEMBER_SIZE, MEMBER_BOOL, MEMBER_DOUBLE, MEMBER_CSTR } MemberKind;
typedef struct MemberDef { const char *name; MemberKind kind; size_t offset; bool readonly; const char *doc; } MemberDef;

/* ---- buffers -------------------------------------------------------------------------------------------------------- */
typedef struct Buffer {
    void *data;
    Ref owner; /* owned while the view lives */
    int64_t len, item_size;
    bool readonly;
    int ndim;
    const char *format; /* null: "B" */
    int64_t *shape, *strides, *suboffsets; /* null where not asked for or 1-D contiguous */
    void *internal;
    int64_t small_shape[1], small_strides[1]; /* room for 1-D */
} Buffer;
#define BUFFER_SIMPLE 0
#define BUFFER_WRITABLE 1
#define BUFFER_FORMAT 4
#define BUFFER_ND 8
#define BUFFER_STRIDES (16 | BUFFER_ND)
#define BUFFER_INDIRECT (256 | BUFFER_STRIDES)

typedef enum { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } CompareOp;

typedef Ref (*UnaryFn)(Thread *t, Value self);
typedef Ref (*BinaryFn)(Thread *t, Value a, Value b);  /* either may be of the type; NotImplemented allowed */
typedef Ref (*TernaryFn)(Thread *t, Value a, Value b, Value c);
typedef int64_t (*HashFn)(Thread *t, Value self);      /* -1: exception */
typedef int64_t (*LenFn)(Thread *t, Value self);
typedef int (*InquiryFn)(Thread *t, Value self);       /* 1, 0, -1 */

typedef struct Dict Dict;
typedef struct Shape Shape;
typedef struct AttrTable AttrTable;

struct Type {
    TypeHead head;
    const char *name;           /* UTF-8, static or owned; __name__ for heap types, "collections.deque" style for static ones */
    const char *doc;
    Type *base;                 /* primary base (layout); counted for heap types */
    Slot bases, mro;            /* tuples */
    Slot dict;                  /* Dict: the type's own namespace */
    void *subclasses;           /* the types that name this one as a base, unowned: runtime/attrs.c; type lock */
    Slot name_object, qualname; /* heap types: str; name_object interned, so `name` stays good whatever happens to it */
    Slot weakrefs;
    uint32_t attrs_offset;      /* where instances keep struct Attrs (runtime/instance.h); 0: no __dict__ */
    uint32_t weakrefs_offset;   /* where instances keep their weak reference list; 0: none */
    uint32_t inline_slots;      /* attribute slots that follow struct Attrs in each instance */
    uint32_t known_attributes;  /* how many names the methods of the class and its bases store in self; chooses inline_slots */
    uint32_t basic_size_end;    /* end of the fixed part, where __slots__ of a subclass start */
    _Atomic(Shape *) x_root_shape;
    _Atomic uint32_t x_plain;     /* PlainStores: runtime/instance.h */
    _Atomic(AttrTable *) x_attrs; /* resolved attributes for method caches: runtime/attrs.h */
    _Atomic bool x_odd_mro;       /* mro() named classes that aren't above its bases, which can't tell it of changes: nothing is remembered */
    _Atomic uint32_t x_version;   /* changes whenever the type or a base of it changes; never 0 once used; 0 = not assigned yet */

    const Drain *drain; /* null, or how the VM may make an instance of exactly this type from a generator */
    NativeDef *methods; /* not const: the parsed signature is kept beside */
    const GetSetDef *getset;
    const MemberDef *members;

    /* basic */
    UnaryFn repr, str;
    HashFn hash;
    RawFn call;                  /* self(*args, **kw) */
    Ref (*getattro)(Thread *t, Value self, Value name);
    int (*setattro)(Thread *t, Value self, Value name, Value value); /* value null: delete */
    Ref (*richcompare)(Thread *t, Value a, Value b, CompareOp op);
    UnaryFn iter, next;          /* next: null without an exception set = exhausted */
    /* For the VM's loops, of built-in iterators: what next gives as register words, perhaps lent; next_pair where that would be a new tuple of two,
     * or the object itself and null where it wouldn't. 1, 0: exhausted, -1 */
    int (*next_word)(Thread *t, Value self, Ref *out);
    int (*next_pair)(Thread *t, Value self, Ref *first, Ref *second);
    void (*settle)(Thread *t, Value self); /* iter_settle() of a local iterator of exactly this type, or null: nothing to do */
    Ref (*descr_get)(Thread *t, Value self, Value obj /* or null */, Value type);
    int (*descr_set)(Thread *t, Value self, Value obj, Value value); /* value null: delete */
    RawFn new_;                  /* self: the class; args as given to the class call, without it */
    int (*init)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
    /* numbers */
    BinaryFn add, sub, mul, matmul, truediv, floordiv, mod, divmod, lshift, rshift, and_, or_, xor_;
    TernaryFn pow;               /* c: None if absent */
    UnaryFn neg, pos, abs_, invert;
    InquiryFn bool_;
    UnaryFn int_, float_, index;
    BinaryFn iadd, isub, imul, imatmul, itruediv, ifloordiv, imod, ilshift, irshift, iand, ior, ixor;
    TernaryFn ipow;
    /* sequences and mappings */
    LenFn len;
    BinaryFn getitem;            /* a: container, b: any key */
    int (*setitem)(Thread *t, Value self, Value key, Value value); /* value null: delete */
    int (*contains)(Thread *t, Value self, Value item);
    BinaryFn concat, iconcat;    /* sequences' + after the number slots gave up, as CPython's sq_concat */
    BinaryFn repeat, irepeat;    /* sequences' *: (sequence, int-like) */
    /* async */
    UnaryFn await_, aiter, anext;
    /* buffers */
    int (*get_buffer)(Thread *t, Value self, Buffer *view, int flags);
    void (*release_buffer)(Thread *t, Value self, Buffer *view);
};

/* flags, beside those of alloc/object.h */
#define TYPE_BASETYPE 0x100u       /* may be subclassed */
#define TYPE_READY 0x200u
#define TYPE_METHOD 0x400u         /* instances behave as functions do as class attributes: obj.f(x) == f(obj, x) */
#define TYPE_ABSTRACT 0x800u       /* has abstract methods */
#define TYPE_IMMUTABLE 0x1000u     /* no attribute may be set on it */
#define TYPE_NO_INSTANTIATION 0x2000u
#define TYPE_SEQUENCE 0x4000u      /* pattern matching */
#define TYPE_MAPPING 0x8000u
#define TYPE_MATCH_SELF 0x10000u
#define TYPE_SHAPED 0x20000u       /* instances keep attributes by shape: struct Attrs at attrs_offset */
#define TYPE_PLAIN_GETATTR 0x40000u /* getattro is object's: attribute caches may be used */
#define TYPE_PLAIN_SETATTR 0x80000u
/* which built-in this type derives from: one bit test instead of an mro walk */
#define TYPE_INT 0x100000u
#define TYPE_STR 0x200000u
#define TYPE_BYTES 0x400000u
#define TYPE_LIST 0x800000u
#define TYPE_TUPLE 0x1000000u
#define TYPE_DICT 0x2000000u
#define TYPE_EXCEPTION 0x4000000u  /* BaseException */
#define TYPE_TYPE 0x8000000u
#define TYPE_FLOAT 0x10000000u
#define TYPE_FUNCTION 0x20000000u  /* exactly vm's Function */
#define TYPE_SET 0x40000000u       /* set or frozenset */
#define TYPE_MODULE 0x80000000u
#define TYPE_DERIVED_MASK 0xFFF00000u /* inherited by subclasses (TYPE_FUNCTION can't be subclassed) */

/* Starts a static type's initializer:  Type list_type = { TYPE_HEADER(List, flags, traverse, clear, destroy), .name = "list", … }; */
#define TYPE_HEADER(Struct, flags_, traverse_, clear_, destroy_)                                       \
    .head = {.base = OBJECT_STATIC(&type_type), .flags = (flags_), .size = sizeof(Struct),             \
             .layout_at = offsetof(Object, x_type), .traverse = (traverse_), .clear = (clear_), .destroy = (destroy_)}

extern Type type_type, object_type, int_type, bool_type, float_type, complex_type, str_type, bytes_type, bytearray_type,
    memoryview_type, list_type, tuple_type, dict_type, set_type, frozenset_type, range_type, slice_type, none_type,
    not_implemented_type, ellipsis_type, property_type, classmethod_type, staticmethod_type, super_type, module_type,
    native_type /* builtin_function_or_method */, method_type /* bound method */, method_descriptor_type,
    classmethod_descriptor_type, wrapper_descriptor_type, method_wrapper_type, getset_type, member_type, mappingproxy_type,
    weakref_type, weakproxy_type, weakcallableproxy_type, cell_type, simplenamespace_type, generic_alias_type, union_type,
    function_type, code_type, frame_type, generator_type, coroutine_type, async_generator_type, traceback_type; /* last line: vm/ */

static inline Type *object_type_of(const void *o) { return load_relaxed(&((Object *)o)->x_type); }
static inline Type *type_of(Value v) {
    if ((v.bits & 3) == 0) return object_type_of(value_object(v));
    return (v.bits & 1) ? &int_type : &float_type;
}
static inline bool type_flag(const Type *type, uint32_t f) { return (type->head.flags & f) != 0; }
static inline bool is_exact(Value v, const Type *type) { return type_of(v) == type; }
/* instance of the built-in or of a subclass, by flag: is_a(v, TYPE_LIST) */
static inline bool is_a(Value v, uint32_t f) { return type_flag(type_of(v), f); }
static inline Value type_value(const Type *type) { return object_value(type); }
#define is_str(v) is_a((v), TYPE_STR)
#define is_int(v) (value_is_int(v) || is_a((v), TYPE_INT))
#define is_float(v) (value_is_float(v) || is_a((v), TYPE_FLOAT))
#define is_tuple(v) is_a((v), TYPE_TUPLE)
#define is_list(v) is_a((v), TYPE_LIST)
#define is_dict(v) is_a((v), TYPE_DICT)
#define is_bytes(v) is_a((v), TYPE_BYTES)
#define is_type(v) is_a((v), TYPE_TYPE)

/* ---- types ------------------------------------------------------------------------------------------------------------ */
/* Completes a static type: inherits slots, makes the dict with wrappers, methods, getsets, members, and __dict__ if its instances have
 * struct Attrs. Start-up or import lock. */
int type_ready(Thread *t, Type *type);
/* Readies every built-in type declared above but vm/'s own. Once, at start, after names_init. 0 or -1. */
int types_init(Thread *t);
/* Visits what static types refer to: part of alloc_hooks.visit_roots. World stopped. */
void types_visit_roots(VisitFn visit, void *arg);
/* The type and its subclasses changed in a way that attribute caches can't see: gives them new versions and ids. */
void type_modified(Thread *t, Type *type);
/* The current version of a type, assigned on first use: proves everything that a lookup on it found. Never 0. */
uint32_t type_version(Type *type);
bool type_is_subtype(const Type *a, const Type *b); /* by mro */
/* Looks name (an interned str) up along the mro: borrowed value or null, no exception. Lock-free; cached per type. */
Value type_lookup(Thread *t, Type *type, Value name);
/* Same for dunders called implicitly: type's attribute bound to obj; null without an exception if there is none. */
Ref lookup_special(Thread *t, Value obj, Value name);
/* The class statement's last step and type(name, bases, dict): see type_type.new_. kwnames as in calls. */
Ref type_new(Thread *t, Type *meta, Value name, Value bases, Value ns, const Value *kwargs, Value kwnames);
Ref type_name(Thread *t, Type *type);     /* __name__ */
Ref type_qualname(Thread *t, Type *type);
/* A heap or static type made at import time by a module; sets module.name = type. */
int module_add_type(Thread *t, Value module, Type *type);
/* An instance of `type` with its fixed part zeroed, its attribute storage ready: what object.__new__ uses. */
Ref instance_new(Thread *t, Type *type);
/* The same for built-in types whose instances have `items` items of type->head.item_size behind the fixed part (int, str, tuple, bytes):
 * what their new_ uses for subclasses. The fixed part is zeroed. Null with an exception set. */
void *instance_alloc(Thread *t, Type *type, size_t items);
/* type.__call__: new, then init if the result is an instance */
Ref type_call(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames);

/* object's own slots, for built-in types that want them */
Ref generic_getattr(Thread *t, Value self, Value name);
int generic_setattr(Thread *t, Value self, Value name, Value value);
/* The same with an explicit instance dict (a Dict) in place of the object's own attributes: thread-local objects, modules. */
Ref generic_getattr_dict(Thread *t, Value self, Value name, Value dict);
int generic_setattr_dict(Thread *t, Value self, Value name, Value value, Value dict);
/* As generic_getattr, but a missing attribute is null without an exception (hasattr, getattr with a default, get_attr_opt). */
Ref generic_getattr_opt(Thread *t, Value self, Value name);
Ref object_repr_default(Thread *t, Value self);
/* object.__new__ and object.__init__ with their argument checks: for comparing with a type's slots. */
Ref object_new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames);
int object_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* init of a class whose __init__ is written in Python: the VM runs it without this detour. new_, getattro, call alike. */
int dunder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Ref dunder_new(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames);
Ref dunder_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Ref dunder_getattr(Thread *t, Value self, Value name);
int64_t hash_pointer(const void *p);
int64_t hash_not_implemented(Thread *t, Value self); /* TypeError: unhashable type */
Ref iter_self(Thread *t, Value self);                /* for iterators' iter slot */

#endif
