/* Code objects: making, tables, attributes. See code.h. */
#include "vm/code.h"

#include <stdio.h>
#include <string.h>

#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/weakref.h"

/* cache words by opcode: a specialized one has those of its base */
enum {
#define OP(name_, kinds_, cache_, flags_) WORDS_##name_ = (cache_),
#include "vm/opcodes.def"
};
const OpInfo op_info[OPCODE_COUNT] = {
#define OP(name_, kinds_, cache_, flags_) [I_##name_] = {#name_, kinds_, cache_, flags_, I_##name_},
#include "vm/opcodes.def"
#define OP(name_, kinds_, cache_, flags_)
#define OP_SPECIAL(name_, base_) [I_##name_] = {.name = #name_, .cache = WORDS_##base_, .base = I_##base_},
#include "vm/opcodes.def"
};

/* The row of the opcode that the compiler emitted. */
static const OpInfo *info_of(uint64_t w) { return &op_info[op_info[INSTR_OP(w)].base]; }

/* ---- making --------------------------------------------------------------------------------------------------------------------- */

/* Constants are immortal, their parts too. */
static void immortalize(Thread *t, Value v) {
    if (!value_is_object(v) || is_uncounted(value_object(v)) || is_exact(v, &code_type)) return;
    if (is_exact(v, &tuple_type))
        for (size_t i = 0; i < tuple_size(v); i++) immortalize(t, tuple_get(v, i));
    if (is_exact(v, &frozenset_type)) {
        size_t pos = 0;
        Value item;
        while (set_next(v, &pos, &item)) immortalize(t, item);
    }
    object_immortalize(t, value_object(v));
}
/* Immortal, and so is all that it refers to: no concern of the collector's. */
static bool is_leaf(Value v) {
    if (!value_is_object(v) || !(type_head(value_object(v))->flags & TYPE_CONTAINER)) return true;
    bool leaf = is_exact(v, &tuple_type);
    for (size_t i = 0; leaf && i < tuple_size(v); i++) leaf = is_leaf(tuple_get(v, i));
    return leaf;
}
static Value lent(Value v) {
    if (value_is_object(v)) v.bits |= TAG_LENT;
    return v;
}

static int intern_all(Thread *t, Value *out, const Value *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        Ref r = str_intern(t, ref_new(t, v[i]));
        if (ref_is_null(r)) return -1;
        out[i] = object_value(value_object(ref_borrow(r)));
    }
    return 0;
}

/* Which KILL_* flags an opcode may get, by its row: where a register that is a temporary is read for the last time. */
enum { MAY_KILL_A = 1, MAY_KILL_B = 2, MAY_KILL_C = 4, HAS_DEST = 8 };
static uint8_t may_kill[OPCODE_COUNT];

void code_init(void) {
    for (int i = 0; i < OPCODE_COUNT; i++) {
        const char *kinds = op_info[i].kinds;
        if (strchr("jiu", kinds[2])) continue; /* no room: those opcodes look at the register's number */
        may_kill[i] = (uint8_t)((kinds[0] == 'r' && (kinds[2] != 'n' || kinds[1] == 'r') ? MAY_KILL_A : 0) | (kinds[1] == 'r' ? MAY_KILL_B : 0) |
                                (kinds[2] == 'r' ? MAY_KILL_C : 0) | (kinds[0] == 'd' ? HAS_DEST : 0));
    }
}
static uint64_t kill_flags(uint64_t w, uint16_t first_temp) {
    uint8_t may = may_kill[INSTR_OP(w)];
    if (!(may & (MAY_KILL_A | MAY_KILL_B | MAY_KILL_C))) return 0;
    uint16_t a = INSTR_A(w), b = INSTR_B(w), c = INSTR_CREG(w);
    bool dest = may & HAS_DEST;
    uint64_t k = 0;
    if (may & MAY_KILL_B && b >= first_temp && !(dest && a == b)) k |= KILL_B;
    if (may & MAY_KILL_C && c >= first_temp && !(dest && a == c)) k |= KILL_C;
    if (may & MAY_KILL_A && a >= first_temp) k |= KILL_A;
    return k;
}

int code_prepare(Thread *t, Code *c) {
    if (load_acquire(&c->x_instr) != NULL) return 0;
    Instr *instr = mem_alloc((c->size + 1) * sizeof *instr);
    if (instr == NULL) return err_int(err_no_memory(t));
    uint32_t i = 0;
    for (const uint8_t *at = c->packed, *end = at + c->packed_size; at != end;) {
        uint64_t w;
        at = instruction_next(at, end, &w);
        store_relaxed(&instr[i++], w | kill_flags(w, c->first_temp));
        for (unsigned cache = op_info[INSTR_OP(w)].cache; cache > 0; cache--) store_relaxed(&instr[i++], 0);
    }
    store_relaxed(&instr[i], INSTR(I_RETURN_NONE, 0, 0, 0));
    DCHECK(i == c->size);
    Instr *none = NULL;
    if (!cas_acq_rel(&c->x_instr, &none, instr)) mem_free((void *)instr); /* another thread was first */
    if (c->positional) store_release(&c->x_simple, true);
    return 0;
}

/* One block for all arrays of a code object but what runs. */
static int make_room(Thread *t, Code *c, const CodeSpec *s) {
    c->positions_size = s->packed_positions ? s->packed_size : (uint32_t)positions_pack(s, NULL);
    c->packed_size = s->packed_instr ? s->packed_instr_size : (uint32_t)instructions_pack(s->instr, s->size, NULL);
    c->size = s->size;
    size_t values = (size_t)s->const_count + s->name_count + s->first_temp + s->nfree;
    size_t bytes = s->exc_count * sizeof *s->exc + s->first_temp + c->positions_size + 8 + c->packed_size;
    c->consts = mem_alloc(values * sizeof(Value) + bytes);
    if (!c->consts) return err_int(err_no_memory(t));
    c->names = c->consts + s->const_count;
    c->var_names = c->names + s->name_count;
    c->free_names = c->var_names + s->first_temp;
    c->exc = (ExcEntry *)(c->free_names + s->nfree);
    c->var_kinds = (uint8_t *)(c->exc + s->exc_count);
    c->positions = c->var_kinds + s->first_temp;
    c->packed = c->positions + c->positions_size + 8;
    if (s->packed_instr) memcpy(c->packed, s->packed_instr, c->packed_size);
    else instructions_pack(s->instr, s->size, c->packed);
    memset(c->positions + c->positions_size, 0, 8); /* zeros: a damaged table ends */
    return 0;
}

static void copy_block(void *to, const void *from, size_t n) {
    if (n) memcpy(to, from, n);
}

Ref code_new(Thread *t, const CodeSpec *s) {
    const char *wrong = WEFT_DEBUG ? code_verify(s) : NULL;
    if (!wrong && s->nregs >= UINT16_MAX - CALL_SLACK) wrong = "too many registers";
    if (wrong) return err_set(t, E_SystemError, "bad bytecode for %V: %s", s->name, wrong);
    Code *c = object_new(Code, t, &code_type);
    if (!c) return REF_NULL;
    Ref r = ref_steal(c);
    /* interned, thus immortal: each function made from the code refers to them, in any thread */
    slot_init(&c->name, str_intern(t, ref_new(t, s->name)));
    slot_init(&c->qualname, str_intern(t, ref_new(t, s->qualname)));
    slot_init(&c->filename, str_intern(t, ref_new(t, s->filename)));
    if (make_room(t, c, s) < 0) goto fail;
    for (uint32_t i = 0; i < s->const_count; i++) {
        immortalize(t, s->consts[i]);
        c->has_inner |= !is_leaf(s->consts[i]);
        Ref k = ref_new(t, s->consts[i]);
        c->consts[i] = lent(ref_borrow(k));
        c->const_count = i + 1;
    }
    c->name_count = s->name_count;
    c->exc_count = s->exc_count;
    c->first_temp = s->first_temp;
    c->nfree = s->nfree;
    if (intern_all(t, c->names, s->names, s->name_count) < 0 || intern_all(t, c->var_names, s->var_names, s->first_temp) < 0 ||
        intern_all(t, c->free_names, s->free_names, s->nfree) < 0)
        goto fail;
    copy_block(c->exc, s->exc, s->exc_count * sizeof *s->exc);
    copy_block(c->var_kinds, s->var_kinds, s->first_temp);
    c->first_line = s->first_line;
    if (s->packed_positions) copy_block(c->positions, s->packed_positions, s->packed_size);
    else positions_pack(s, c->positions);
    c->flags = s->flags;
    c->argcount = s->argcount;
    c->posonly = s->posonly;
    c->kwonly = s->kwonly;
    c->nlocals = s->nlocals;
    c->nregs = (uint16_t)((s->nregs > s->first_temp ? s->nregs : s->first_temp) + CALL_SLACK);
    c->stack_size = s->has_stack_size ? s->stack_size : c->nregs - c->first_temp;
    c->params = (uint16_t)(s->argcount + s->kwonly + !!(s->flags & CO_VARARGS) + !!(s->flags & CO_VARKEYWORDS));
    c->positional = c->params == c->argcount && !(s->flags & CO_ANY_GENERATOR);
    return r;
fail:
    ref_drop(t, r);
    return REF_NULL;
}

static void code_traverse(Object *self, VisitFn visit, void *arg) {
    Code *c = (Code *)self;
    if (!c->has_inner) return;
    for (uint32_t i = 0; i < c->const_count; i++)
        if (value_is_object(c->consts[i])) visit(arg, object_value(value_object(c->consts[i]))); /* owned, though its word says lent */
}
static void code_destroy(Thread *t, Object *self) {
    Code *c = (Code *)self;
    for (uint32_t i = 0; i < c->const_count; i++)
        if (value_is_object(c->consts[i])) ref_drop(t, ref_steal(value_object(c->consts[i])));
    Slot *slots[] = {&c->name, &c->qualname, &c->filename};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) ref_drop(t, slot_take(t, c, slots[i]));
    mem_free(c->consts);
    mem_free((void *)code_instr(c));
}

/* ---- attributes ---------------------------------------------------------------------------------------------------------------------- */

static Ref names_tuple(Thread *t, const Value *names, const uint8_t *kinds, size_t n, int kind) {
    Value *picked = mem_alloc((n + 1) * sizeof(Value));
    if (!picked) return err_no_memory(t);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (kind < 0 || kinds[i] == kind) picked[k++] = names[i];
    Ref r = tuple_from_array(t, picked, k);
    mem_free(picked);
    return r;
}
static Ref get_consts(Thread *t, Value self, void *closure) { return tuple_from_array(t, code_of(self)->consts, code_of(self)->const_count); }
static Ref get_names(Thread *t, Value self, void *closure) { return tuple_from_array(t, code_of(self)->names, code_of(self)->name_count); }
static Ref get_varnames(Thread *t, Value self, void *closure) { return tuple_from_array(t, code_of(self)->var_names, code_of(self)->nlocals); }
static Ref get_cellvars(Thread *t, Value self, void *closure) {
    Code *c = code_of(self);
    return names_tuple(t, c->var_names, c->var_kinds, c->first_temp, VAR_CELL);
}
static Ref get_freevars(Thread *t, Value self, void *closure) { return tuple_from_array(t, code_of(self)->free_names, code_of(self)->nfree); }
/* The instructions as emitted: opcodes unspecialized, caches zero. */
static Ref get_code(Thread *t, Value self, void *closure) {
    Code *c = code_of(self);
    Ref r = bytes_new_uninit(t, c->size * sizeof(uint64_t));
    if (!ref_is_null(r)) instructions_unpack(c->packed, c->packed_size, (uint64_t *)(void *)bytes_data(ref_borrow(r)));
    return r;
}
static Ref get_int(Thread *t, Value self, void *closure) {
    Code *c = code_of(self);
    switch ((intptr_t)closure) {
    case 0: return ref_small_int(c->argcount);
    case 1: return ref_small_int(c->posonly);
    case 2: return ref_small_int(c->kwonly);
    case 3: return ref_small_int(c->nlocals);
    case 4: return ref_small_int(c->stack_size);
    case 5: return ref_small_int(c->flags);
    default: return ref_small_int(c->first_line);
    }
}
static Ref get_exceptiontable(Thread *t, Value self, void *closure) {
    return bytes_new(t, code_of(self)->exc, code_of(self)->exc_count * sizeof(ExcEntry));
}

static Ref code_repr(Thread *t, Value self) {
    Code *c = code_of(self);
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)c);
    return str_format(t, "<code object %V at %s, file \"%V\", line %d>", slot_get(&c->name), address, slot_get(&c->filename), c->first_line);
}

static int same_names(const Value *a, const Value *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!value_is(a[i], b[i])) return 0;
    return 1;
}
/* 1 == 1.0 == True, but not as constants. */
static int same_const(Thread *t, Value a, Value b) {
    if (type_of(a) != type_of(b)) return 0;
    if (is_exact(a, &tuple_type)) {
        if (tuple_size(a) != tuple_size(b)) return 0;
        for (size_t i = 0; i < tuple_size(a); i++) {
            int r = same_const(t, tuple_get(a, i), tuple_get(b, i));
            if (r != 1) return r;
        }
        return 1;
    }
    if (value_is_float(a)) return a.bits == b.bits;
    return values_equal(t, a, b);
}
static int code_equal(Thread *t, const Code *a, const Code *b) {
    if (a->argcount != b->argcount || a->posonly != b->posonly || a->kwonly != b->kwonly || a->flags != b->flags || a->nlocals != b->nlocals ||
        a->first_line != b->first_line || a->const_count != b->const_count || a->name_count != b->name_count || a->first_temp != b->first_temp ||
        a->nfree != b->nfree || a->packed_size != b->packed_size || a->positions_size != b->positions_size || a->exc_count != b->exc_count ||
        memcmp(a->packed, b->packed, a->packed_size) != 0 || memcmp(a->positions, b->positions, a->positions_size) != 0)
        return 0;
    for (uint32_t i = 0; i < a->exc_count; i++) {
        const ExcEntry *x = &a->exc[i], *y = &b->exc[i];
        if (x->start != y->start || x->end != y->end || x->target != y->target || x->depth != y->depth || x->kind != y->kind) return 0;
    }
    int r = values_equal(t, slot_get(&a->name), slot_get(&b->name));
    if (r == 1) r = same_names(a->names, b->names, a->name_count);
    if (r == 1) r = same_names(a->var_names, b->var_names, a->first_temp);
    if (r == 1) r = same_names(a->free_names, b->free_names, a->nfree);
    for (uint32_t i = 0; r == 1 && i < a->const_count; i++) r = same_const(t, a->consts[i], b->consts[i]);
    return r;
}
static Ref code_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(a, &code_type) || !is_exact(b, &code_type)) return REF_NOT_IMPLEMENTED;
    int r = value_is(a, b) ? 1 : code_equal(t, code_of(a), code_of(b));
    return r < 0 ? REF_NULL : ref_bool((op == CMP_EQ) == r);
}
static int64_t code_hash(Thread *t, Value self) {
    Code *c = code_of(self);
    uint64_t h = (uint64_t)object_hash(t, slot_get(&c->name)) ^ c->size ^ (uint64_t)c->argcount << 20 ^ c->flags ^ (uint64_t)c->first_line << 32;
    return (int64_t)h == -1 ? -2 : (int64_t)h;
}

static const GetSetDef code_getset[] = {
    {"co_consts", get_consts, readonly_member}, {"co_names", get_names, readonly_member}, {"co_varnames", get_varnames}, {"co_cellvars", get_cellvars},
    {"co_freevars", get_freevars}, {"co_code", get_code}, {"_co_code_adaptive", get_code},
    {"co_argcount", get_int, readonly_member, NULL, (void *)0}, {"co_posonlyargcount", get_int, readonly_member, NULL, (void *)1},
    {"co_kwonlyargcount", get_int, readonly_member, NULL, (void *)2}, {"co_nlocals", get_int, readonly_member, NULL, (void *)3},
    {"co_stacksize", get_int, readonly_member, NULL, (void *)4}, {"co_flags", get_int, readonly_member, NULL, (void *)5},
    {"co_firstlineno", get_int, readonly_member, NULL, (void *)6}, {"co_linetable", code_linetable, readonly_member}, {"co_lnotab", code_lnotab},
    {"co_exceptiontable", get_exceptiontable, readonly_member}, {NULL}};
static const MemberDef code_members[] = {{"co_name", MEMBER_SLOT, offsetof(Code, name), true, NULL},
                                         {"co_qualname", MEMBER_SLOT, offsetof(Code, qualname), true, NULL},
                                         {"co_filename", MEMBER_SLOT, offsetof(Code, filename), true, NULL}, {NULL}};
static NativeDef code_methods[] = {
    FN("replace", "($self, /, *, co_argcount=-1, co_posonlyargcount=-1, co_kwonlyargcount=-1, co_nlocals=-1, co_stacksize=-1, co_flags=-1, co_firstlineno=-1, "
       "co_code=None, co_consts=None, co_names=None, co_varnames=None, co_freevars=None, co_cellvars=None, co_filename=None, co_name=None, co_qualname=None, "
       "co_linetable=None, co_exceptiontable=None)", code_replace, "A copy of the code object with other attributes."),
    FN("co_positions", "($self, /)", code_positions, "Iterator over (line, end line, column, end column), one for each word."),
    FN("co_lines", "($self, /)", code_lines, "Iterator over (start, end, line)."), FN_END};
Type code_type = {TYPE_HEADER(Code, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_WEAKREFABLE, code_traverse, NULL, code_destroy),
                  .name = "code", .doc = "Compiled code.", .weakrefs_offset = offsetof(Code, weakrefs), .new_ = code_construct, .repr = code_repr, .hash = code_hash,
                  .richcompare = code_compare, .methods = code_methods, .getset = code_getset, .members = code_members};

/* ---- listing --------------------------------------------------------------------------------------------------------------------------- */

static int rename_from(Thread *t, Code *c, Value before, Ref name) {
    if (c_stack_check(t, " while renaming code") < 0) return -1;
    Value now = slot_get(&c->filename);
    if (!value_is(now, before) && !str_equal(as(Str, now), as(Str, before))) return 0;
    slot_set(t, c, &c->filename, name);
    for (uint32_t i = 0; i < c->const_count; i++)
        if (is_exact(c->consts[i], &code_type) && rename_from(t, code_of(c->consts[i]), before, name) < 0) return -1;
    return 0;
}
int code_rename(Thread *t, Value code, Value filename) {
    Ref before = slot_ref(t, &code_of(code)->filename), name = str_intern(t, ref_new(t, filename)); /* immortal, as all names of code */
    int bad = ref_is_null(name) ? -1 : rename_from(t, code_of(code), ref_borrow(before), name);
    ref_drop(t, before);
    return bad;
}

static void dump_value(Thread *t, Value v) {
    Ref r = object_repr(t, v);
    const char *s = ref_is_null(r) ? NULL : str_utf8(t, ref_borrow(r), NULL);
    fprintf(stderr, " (%s)", s ? s : "?");
    if (!s) err_clear(t);
    ref_drop(t, r);
}
void code_dump(Thread *t, const Code *c) {
    const char *name = str_utf8(t, slot_get(&c->qualname), NULL);
    fprintf(stderr, "%s: %u registers, %u variables\n", name ? name : "?", c->nregs, c->first_temp);
    const uint8_t *at = c->packed, *end = at + c->packed_size;
    for (uint32_t i = 0; at != end;) {
        uint64_t w;
        at = instruction_next(at, end, &w);
        const OpInfo *o = info_of(w);
        CodePosition p = code_position(c, i);
        fprintf(stderr, "%5d %5u %-20s", p.line, i, op_info[INSTR_OP(w)].name);
        uint32_t next = i + 1 + o->cache;
        uint32_t v[3] = {INSTR_A(w), INSTR_B(w), INSTR_C(w)};
        for (int k = 0; k < 3; k++) {
            char kind = o->kinds[k];
            if (kind == '-') continue;
            uint32_t x = k < 2 ? v[k] : strchr("drpmtD", kind) ? INSTR_CREG(w) : o->kinds[1] == '-' ? v[2] : INSTR_CIDX(w);
            if (kind == 'j') fprintf(stderr, " ->%d", (int)next + INSTR_CS(w));
            else if (kind == 'i') fprintf(stderr, " #%d", INSTR_CS(w));
            else if (strchr("ufkn", kind)) fprintf(stderr, " %u", x);
            else fprintf(stderr, " r%u", x);
            if (kind == 'k' && x < c->const_count && o->base != I_CALL && o->base != I_CALL_METHOD) dump_value(t, c->consts[x]);
            if (kind == 'n' && x < c->name_count) dump_value(t, c->names[x]);
            if (strchr("drpm", kind) && x < c->first_temp) dump_value(t, c->var_names[x]);
        }
        fprintf(stderr, "%s\n", kill_flags(w, c->first_temp) ? " !" : "");
        i = next;
    }
    for (uint32_t i = 0; i < c->exc_count; i++)
        fprintf(stderr, "  exc [%u, %u) -> %u depth r%u%s\n", c->exc[i].start, c->exc[i].end, c->exc[i].target, c->exc[i].depth,
                c->exc[i].kind == EXC_RESTORE ? " restore" : "");
    for (uint32_t i = 0; i < c->const_count; i++)
        if (value_is_object(c->consts[i]) && is_exact(c->consts[i], &code_type)) code_dump(t, code_of(c->consts[i]));
}
