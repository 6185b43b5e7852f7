/* What the files of the pickle module share.
 *
 * _pickle_save.c writes, _pickle_load.c reads, _pickle_buffer.c has PickleBuffer, _pickle.c the module and what both sides look up. Arguments are borrowed,
 * results owned; null or -1 with an exception. t is the caller's own, attached. */
#ifndef WEFT_RUNTIME_MODULES__PICKLE_H
#define WEFT_RUNTIME_MODULES__PICKLE_H
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

#define HIGHEST_PROTOCOL 5
#define DEFAULT_PROTOCOL 4
#define FRAME_SIZE_TARGET (64 * 1024)
#define FRAME_SIZE_MIN 4
#define FRAME_HEADER 9
#define BATCH_SIZE 1000

/* The opcodes of the format, by the names that pickletools gives them. */
enum {
    OP_MARK = '(', OP_STOP = '.', OP_POP = '0', OP_POP_MARK = '1', OP_DUP = '2', OP_FLOAT = 'F', OP_INT = 'I', OP_BININT = 'J', OP_BININT1 = 'K',
    OP_LONG = 'L', OP_BININT2 = 'M', OP_NONE = 'N', OP_PERSID = 'P', OP_BINPERSID = 'Q', OP_REDUCE = 'R', OP_STRING = 'S', OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U', OP_UNICODE = 'V', OP_BINUNICODE = 'X', OP_APPEND = 'a', OP_BUILD = 'b', OP_GLOBAL = 'c', OP_DICT = 'd', OP_EMPTY_DICT = '}',
    OP_APPENDS = 'e', OP_GET = 'g', OP_BINGET = 'h', OP_INST = 'i', OP_LONG_BINGET = 'j', OP_LIST = 'l', OP_EMPTY_LIST = ']', OP_OBJ = 'o', OP_PUT = 'p',
    OP_BINPUT = 'q', OP_LONG_BINPUT = 'r', OP_SETITEM = 's', OP_TUPLE = 't', OP_EMPTY_TUPLE = ')', OP_SETITEMS = 'u', OP_BINFLOAT = 'G',
    OP_PROTO = 0x80, OP_NEWOBJ = 0x81, OP_EXT1 = 0x82, OP_EXT2 = 0x83, OP_EXT4 = 0x84, OP_TUPLE1 = 0x85, OP_TUPLE2 = 0x86, OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88, OP_NEWFALSE = 0x89, OP_LONG1 = 0x8a, OP_LONG4 = 0x8b, OP_BINBYTES = 'B', OP_SHORT_BINBYTES = 'C', OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8 = 0x8d, OP_BINBYTES8 = 0x8e, OP_EMPTY_SET = 0x8f, OP_ADDITEMS = 0x90, OP_FROZENSET = 0x91, OP_NEWOBJ_EX = 0x92, OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94, OP_FRAME = 0x95, OP_BYTEARRAY8 = 0x96, OP_NEXT_BUFFER = 0x97, OP_READONLY_BUFFER = 0x98,
};

/* Set once, when the module starts. */
extern Slot pickle_error, pickling_error, unpickling_error, pickle_dispatch_table, pickle_extensions, pickle_inverted, pickle_extension_cache, pickle_names_2to3,
    pickle_imports_2to3, pickle_names_3to2, pickle_imports_3to2, pickle_encode, pickle_getattr, pickle_partial;
extern Type pickle_buffer_type, pickler_type, unpickler_type, pickler_memo_type, unpickler_memo_type;

Ref pickle_raise(Thread *t, const Slot *class_slot, const char *format, ...);
/* obj.a.b for the dotted name "a.b"; *parent (owned) is obj.a. Null with AttributeError. */
Ref pickle_dotted(Thread *t, Value obj, Value name, Ref *parent);
/* AttributeError if "<locals>" is a part of the dotted name. `where` is null, or the object that it was to be found in. */
int pickle_no_locals(Thread *t, Value name, Value where);
/* A bound method of self by that name, or null without an exception. */
Ref pickle_method(Thread *t, Value self, const char *name);
/* A method that an instance keeps in itself: kept as the bare function if it is bound to self, so that no cycle comes about. */
typedef struct KeptMethod { Slot function; bool bound; } KeptMethod; /* the object's lock, for both to belong together */
int kept_method_find(Thread *t, Object *self, KeptMethod *m, const char *name);
void kept_method_set(Thread *t, Object *self, KeptMethod *m, Value v);
Ref kept_method_call(Thread *t, Object *self, KeptMethod *m, Value arg); /* null without an exception: there is none */
Ref kept_method_get(Thread *t, Object *self, KeptMethod *m, const char *name);
bool pickle_contiguous(const Buffer *b, char order); /* 'C', 'F', 'A' */

Ref pickle_dump(Thread *t, Value obj, Value file_or_null, Value protocol, Value fix_imports, Value buffer_callback);
Ref pickle_load(Thread *t, Value file_or_null, Value data_or_null, Value fix_imports, Value encoding, Value errors, Value buffers);
int pickle_load_init(Thread *t);
#endif
