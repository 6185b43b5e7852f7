/* _ctypes: C data and functions through libffi. What its files share.
 *
 * A ctypes class is a CType: a type object of one of the metaclasses, with an Info about its layout behind it. Infos are filled in while the class is made
 * (a structure's by setting _fields_, once) and only read after. An instance is a CData: a pointer to memory that is its own, or part of another CData's
 * (`base`), or anywhere at all. The memory itself is shared on purpose: reading and writing it takes no lock, as with any C program's.
 *
 *   ctypes_types.c   the metaclasses, CData, buffers        ctypes_simple.c  _SimpleCData and the codes of simple types
 *   ctypes_struct.c  Structure, Union, their fields         ctypes_array.c   Array and _Pointer
 *   ctypes_call.c    calling C, parameters, errno           ctypes_func.c    CFuncPtr and callbacks
 *   ctypes.c         the module's functions                 ctypes_api.c     ctypes.pythonapi
 *
 * Arguments are borrowed, results owned; null or -1 with an exception. t is the caller's own, attached. */
#ifndef WEFT_RUNTIME_LOADABLE_CTYPES_H
#define WEFT_RUNTIME_LOADABLE_CTYPES_H
#include "runtime/bytes.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include <ffi.h>
#include <stdio.h>
#include <time.h>
#include <wchar.h>

/* How a simple type is read and written. size: the field's, or bit field's as (bits << 16 | low bit). put returns what must be kept alive, or None. */
typedef struct Code Code;
typedef Ref (*GetFn)(Thread *t, const Code *code, const void *p, size_t size, bool swap);
typedef Ref (*PutFn)(Thread *t, const Code *code, void *p, Value v, size_t size, bool swap);
struct Code {
    char code;
    uint8_t size;
    bool is_signed;
    ffi_type *ffi;
    GetFn get;
    PutFn put;
};
const Code *code_find(uint32_t c);
extern const Code code_text, code_wide_text; /* arrays of char and wchar_t as fields: read as bytes and str */

typedef enum { CT_NONE, CT_SIMPLE, CT_STRUCT, CT_UNION, CT_ARRAY, CT_POINTER, CT_FUNC } Kind;
#define CT_FINAL 1u         /* fields can't be set any more */
#define CT_HAS_POINTER 2u
#define CT_HAS_UNION 4u
#define CT_HAS_BITFIELD 8u
#define FUNC_CDECL 1
#define FUNC_PYTHONAPI 4
#define FUNC_USE_ERRNO 8
#define FUNC_USE_LASTERROR 16

typedef struct Info {
    Kind kind;
    bool ready, swapped;
    _Atomic uint32_t x_flags;
    size_t size, align, length; /* length: fields, items; 1 for pointers */
    ffi_type *ffi;
    ffi_type own_ffi;           /* of structures */
    const Code *code;           /* simple types */
    Slot proto;                 /* simple: _type_, array and pointer: item type; null: not given */
    Slot argtypes, restype, checker; /* functions: tuple or null; type, callable or None; _check_retval_ or null */
    int func_flags;
    char *format;               /* as memoryview has it; mem_free */
    int ndim;
    int64_t *shape;             /* mem_free */
} Info;
typedef struct CType { Type type; Info info; } CType;

typedef struct CData {
    Object base;
    char *ptr;
    size_t size, length, index; /* index: which part of `owner` it is */
    bool own_memory;            /* ptr is to be freed */
    Slot owner;                 /* CData whose memory it is in, or null */
    Slot keep;                  /* what the memory refers to: a dict or any object, null: nothing yet */
    _Alignas(16) char small[16];
} CData;

extern CType simple_base, struct_base, union_base, array_base, pointer_base, func_base;
extern Type cdata_type, simple_meta, struct_meta, union_meta, array_meta, pointer_meta, func_meta, field_type, param_type;
extern Slot argument_error, pointer_cache; /* ArgumentError; {type: pointer type} */

/* The info of a ctypes class, or null without an exception. */
Info *info_of_type(Value type);
static inline bool is_cdata(Value v) { return type_is_subtype(type_of(v), &cdata_type); }
static inline Info *info_of(Value cdata) { return info_of_type(type_value(type_of(cdata))); }
static inline bool is_kind(Value type, Kind kind) { Info *i = info_of_type(type); return i != NULL && i->kind == kind; }
static inline bool is_instance_of_kind(Value v, Kind kind) { return is_cdata(v) && is_kind(type_value(type_of(v)), kind); }
/* c_int and its like, as opposed to classes derived from them, whose instances stay instances */
static inline bool is_plain_simple(Value type) { return is_kind(type, CT_SIMPLE) && as(Type, type)->base == &simple_base.type; }

/* types */
Ref meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames); /* the class, info empty */
Ref meta_repeat(Thread *t, Value cls, Value n);
Ref array_type_of(Thread *t, Value item, int64_t n);
void info_inherit(Info *info, const Info *base);
int info_set_format(Thread *t, Info *info, const char *prefix, const char *rest);
CData *cdata_new(Thread *t, Type *type);                            /* zeroed memory of its own */
Ref cdata_at(Thread *t, Value type, void *p);                       /* an instance on that address */
Ref cdata_part(Thread *t, Value type, Value owner, size_t index, void *p);
Ref cdata_copy(Thread *t, Value type, const void *p);
Ref cdata_get(Thread *t, Value type, const Code *code, Value owner, size_t index, size_t size, void *p);
int cdata_set(Thread *t, Value owner, Value type, const Code *code, Value v, size_t index, size_t size, void *p);
int cdata_keep(Thread *t, Value self, size_t index, Ref what);
Ref cdata_kept(Thread *t, Value self);                              /* what the whole keeps alive; made if need be */
Ref cdata_from_param(Thread *t, Value cls, Value v);
bool type_swapped(const Info *info);
extern NativeDef meta_methods[];
int types_init_ctypes(Thread *t, Value module);

/* simple */
Ref simple_get(Thread *t, const Info *info, const void *p);
int put_error(Thread *t, const char *expected, Value got);

/* calling */
#define MAX_ARGS 1024
typedef union Word { char c; int8_t b; short h; int i; long l; long long q; float f; double d; long double g; void *p; uint64_t u; ffi_arg arg; } Word;
typedef struct Param {  /* what from_param and byref return: an argument ready to be passed */
    Object base;
    char tag;
    ffi_type *ffi;
    Word value;
    size_t size;        /* of what value.p points at, for structures by value (tag 'V') */
    Slot keep;
} Param;
Param *param_new(Thread *t, char tag, ffi_type *ffi);
Ref call_c(Thread *t, void *f, const Value *args, size_t nargs, int flags, Value argtypes, Value restype, Value checker);
ffi_type *ffi_of(Thread *t, Value type);
void errno_swap(void);
/* Set while a foreign function runs detached: a callback in this thread attaches first. */
extern _Thread_local bool ctypes_detached;
/* functions */
typedef struct Func {
    CData data;
    Slot argtypes, restype, errcheck, checker, callable, paramflags, converters;
    Slot made_argtypes, made_restype; /* a callback's, as C knows them: never changed */
    struct Callback *callback;
} Func;
int ctypes_api_init(Thread *t);
void *ctypes_api_find(void *handle, const char *name); /* a function of ctypes.pythonapi's, or null */
#endif
