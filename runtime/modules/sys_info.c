/* sys: what is known about the interpreter and the machine: version, flags, float_info and kin, names of modules. */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/int_internal.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include <float.h>
#include <unistd.h>

/* ---- struct sequences --------------------------------------------------------------------------------------- */

static const StructSeqField version_fields[] = {
    {"major", "Major release number"}, {"minor", "Minor release number"}, {"micro", "Patch release number"},
    {"releaselevel", "'alpha', 'beta', 'candidate', or 'final'"}, {"serial", "Serial release number"}, {NULL, NULL}};
static const StructSeqField flags_fields[] = {
    {"debug", "-d"}, {"inspect", "-i"}, {"interactive", "-i"}, {"optimize", "-O or -OO"}, {"dont_write_bytecode", "-B"},
    {"no_user_site", "-s"}, {"no_site", "-S"}, {"ignore_environment", "-E"}, {"verbose", "-v"}, {"bytes_warning", "-b"},
    {"quiet", "-q"}, {"hash_randomization", "-R"}, {"isolated", "-I"}, {"dev_mode", "-X dev"}, {"utf8_mode", "-X utf8"},
    {"warn_default_encoding", "-X warn_default_encoding"}, {"safe_path", "-P"}, {"int_max_str_digits", "-X int_max_str_digits"},
    {NULL, NULL}};
static const StructSeqField float_fields[] = {
    {"max", "DBL_MAX"}, {"max_exp", "DBL_MAX_EXP"}, {"max_10_exp", "DBL_MAX_10_EXP"}, {"min", "DBL_MIN"}, {"min_exp", "DBL_MIN_EXP"},
    {"min_10_exp", "DBL_MIN_10_EXP"}, {"dig", "DBL_DIG"}, {"mant_dig", "DBL_MANT_DIG"}, {"epsilon", "DBL_EPSILON"},
    {"radix", "FLT_RADIX"}, {"rounds", "FLT_ROUNDS"}, {NULL, NULL}};
static const StructSeqField int_fields[] = {
    {"bits_per_digit", "size of a digit in bits"}, {"sizeof_digit", "size of a digit in bytes"},
    {"default_max_str_digits", "default limit of conversions to text"}, {"str_digits_check_threshold", "least limit that can be set"},
    {NULL, NULL}};
static const StructSeqField hash_fields[] = {
    {"width", "bits of a hash"}, {"modulus", "prime modulus of numbers' hashes"}, {"inf", "hash of infinity"}, {"nan", "unused"},
    {"imag", "multiplier of the imaginary part"}, {"algorithm", "hash of str and bytes"}, {"hash_bits", "bits it puts out"},
    {"seed_bits", "bits of its key"}, {"cutoff", "small-string optimization"}, {NULL, NULL}};
static const StructSeqField thread_fields[] = {
    {"name", "threads' implementation"}, {"lock", "locks' implementation"}, {"version", "of the thread library"}, {NULL, NULL}};

static Ref text(Thread *t, const char *s) { return str_from_cstr(t, s); }
static Ref number(int64_t i) { return ref_small_int(i); }

static Ref seq(Thread *t, const char *name, const char *doc, const StructSeqField *fields, size_t n, Ref *items, Type **type_out) {
    Type *type = structseq_type(t, name, doc, fields, n);
    if (type == NULL) {
        for (size_t i = 0; i < n; i++) ref_drop(t, items[i]);
        return REF_NULL;
    }
    type->head.flags |= TYPE_NO_INSTANTIATION;
    type->new_ = NULL;
    if (dict_del(t, slot_get(&type->dict), N(__new__)) < 0) err_clear(t);
    if (type_out != NULL) *type_out = type;
    return structseq_new_steal(t, type, items);
}
#define SEQ(t, name, doc, fields, ...)                                                                                         \
    seq((t), (name), (doc), (fields), sizeof((Ref[]){__VA_ARGS__}) / sizeof(Ref), (Ref[]){__VA_ARGS__}, NULL)

static Type *flags_type;

static Ref flags(Thread *t) {
    const Config *c = &config;
    Ref items[] = {number(c->debug), number(c->inspect), number(c->interactive), number(c->optimize), number(c->dont_write_bytecode),
                   number(c->no_user_site), number(c->no_site), number(c->ignore_environment), number(c->verbose),
                   number(c->bytes_warning), number(c->quiet), number(c->hash_randomization), number(c->isolated),
                   ref_bool(c->dev_mode), number(c->utf8_mode), number(c->warn_default_encoding), ref_bool(c->safe_path),
                   number(c->int_max_str_digits)};
    if (flags_type != NULL) return structseq_new_steal(t, flags_type, items);
    return seq(t, "sys.flags", "Flags from the command line and the environment.", flags_fields, sizeof items / sizeof *items, items,
               &flags_type);
}

int sys_set_flag_inspect(Thread *t, int inspect) {
    config.inspect = inspect;
    return module_set_steal(t, sys_module(), "flags", flags(t));
}

static Ref version_info(Thread *t) {
    return SEQ(t, "sys.version_info", "Version information as a named tuple.", version_fields, number(3), number(11), number(2),
               text(t, "final"), number(0));
}

static Ref thread_info(Thread *t) {
    char version[64];
    if (confstr(_CS_GNU_LIBPTHREAD_VERSION, version, sizeof version) == 0) version[0] = 0;
    return SEQ(t, "sys.thread_info", "How threads are implemented.", thread_fields, text(t, "pthread"), REF_NONE,
               text(t, version));
}

/* ---- implementation --------------------------------------------------------------------------------------------- */

static Ref implementation(Thread *t, Value version) {
    Ref name = text(t, "weft"), tag = text(t, "weft-311"), arch = text(t, "x86_64-linux-gnu"), r = REF_NULL;
    if (!ref_is_null(name) && !ref_is_null(tag) && !ref_is_null(arch)) {
        static const char *const keys[] = {"name", "cache_tag", "version", "hexversion", "_multiarch"};
        Value values[] = {ref_borrow(name), ref_borrow(tag), version, small_int(WEFT_PYTHON_VERSION_HEX), ref_borrow(arch)};
        r = call_kw(t, type_value(&simplenamespace_type), values, 0, keys, 5);
    }
    ref_drop(t, name);
    ref_drop(t, tag);
    ref_drop(t, arch);
    return r;
}

static Ref module_names(Thread *t) {
    size_t n = 0;
    while (builtin_module(n) != NULL) n++;
    Ref tuple = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(tuple); i++) {
        Ref s = text(t, builtin_module(i)->name);
        if (ref_is_null(s)) {
            ref_drop(t, tuple);
            return REF_NULL;
        }
        tuple_init_item(tuple, i, s);
    }
    return tuple;
}

/* Top-level modules of 3.11's library, for every platform. */
static const char *const library_names[] = {
#define LIBRARY(name) name,
#include "runtime/modules/stdlib_names.def"
#undef LIBRARY
};

static Ref library_set(Thread *t) {
    size_t n = sizeof library_names / sizeof *library_names;
    Ref tuple = tuple_new_uninit(t, n), set = REF_NULL;
    for (size_t i = 0; i < n && !ref_is_null(tuple); i++) {
        Value s = str_intern_cstr(t, library_names[i]);
        if (value_is_null(s)) goto done;
        tuple_init_item(tuple, i, ref_new(t, s));
    }
    if (!ref_is_null(tuple)) set = frozenset_new(t, ref_borrow(tuple));
done:
    ref_drop(t, tuple);
    return set;
}

/* -X options: {name: True or text} */
static Ref x_options(Thread *t) {
    Ref dict = dict_new(t);
    for (size_t i = 0; i < config.x_options.count && !ref_is_null(dict); i++) {
        const char *s = config.x_options.item[i], *eq = strchr(s, '=');
        Ref key = str_from_fs(t, s, eq != NULL ? (size_t)(eq - s) : strlen(s));
        Ref value = eq != NULL ? str_from_fs(t, eq + 1, strlen(eq + 1)) : REF_TRUE;
        if (ref_is_null(key) || ref_is_null(value) || dict_set(t, ref_borrow(dict), ref_borrow(key), ref_borrow(value)) < 0) {
            ref_drop(t, dict);
            dict = REF_NULL;
        }
        ref_drop(t, key);
        ref_drop(t, value);
    }
    return dict;
}

static Ref text_list(Thread *t, const TextList *l) {
    Ref list = list_new(t, l->count);
    for (size_t i = 0; i < l->count && !ref_is_null(list); i++) {
        Ref s = str_from_fs(t, l->item[i], strlen(l->item[i]));
        if (ref_is_null(s) || list_append_steal(t, ref_borrow(list), s) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

static Ref path_or(Thread *t, const char *path, Ref dflt) { return path != NULL ? str_from_fs(t, path, strlen(path)) : dflt; }

int sys_add_info(Thread *t, Value m) {
    Ref version = version_info(t);
    if (ref_is_null(version)) return -1;
    int bad = module_set_steal(t, m, "implementation", implementation(t, ref_borrow(version)));
    const struct { const char *name; Ref value; } rows[] = {
        {"version_info", version},
        {"version", text(t, WEFT_PYTHON_VERSION_TEXT " (Weft, " __DATE__ ", " __TIME__ ") [GCC " __VERSION__ "]")},
        {"hexversion", number(WEFT_PYTHON_VERSION_HEX)},
        {"api_version", number(1013)},
        {"copyright", text(t, "Weft: its authors.")},
        {"platform", text(t, "linux")},
        {"maxsize", int_from_i64(t, INT64_MAX)},
        {"maxunicode", number(0x10ffff)},
        {"byteorder", text(t, "little")},
        {"abiflags", text(t, "")},
        {"platlibdir", text(t, "lib")},
        {"prefix", path_or(t, config.prefix, REF_NONE)},
        {"exec_prefix", path_or(t, config.exec_prefix, REF_NONE)},
        {"base_prefix", path_or(t, config.prefix, REF_NONE)},
        {"base_exec_prefix", path_or(t, config.exec_prefix, REF_NONE)},
        {"_home", REF_NONE},
        {"_framework", text(t, "")},
        {"_git", tuple_from_steal(t, (Ref[]){text(t, "Weft"), text(t, ""), text(t, "")}, 3)},
        {"float_repr_style", text(t, "short")},
        {"executable", path_or(t, config.executable, text(t, ""))},
        {"_base_executable", path_or(t, config.executable, text(t, ""))},
        {"_stdlib_dir", path_or(t, config.stdlib, REF_NONE)},
        {"pycache_prefix", path_or(t, config.pycache_prefix, REF_NONE)},
        {"dont_write_bytecode", ref_bool(config.dont_write_bytecode)},
        {"flags", flags(t)},
        {"float_info", SEQ(t, "sys.float_info", "The float type's properties.", float_fields, float_new(t, DBL_MAX), number(DBL_MAX_EXP),
                           number(DBL_MAX_10_EXP), float_new(t, DBL_MIN), number(DBL_MIN_EXP), number(DBL_MIN_10_EXP), number(DBL_DIG),
                           number(DBL_MANT_DIG), float_new(t, DBL_EPSILON), number(FLT_RADIX), number(1))},
        {"int_info", SEQ(t, "sys.int_info", "The int type's properties.", int_fields, number(30), number(4), number(4300), number(640))},
        {"hash_info", SEQ(t, "sys.hash_info", "How hashes are computed.", hash_fields, number(64), number(((int64_t)1 << 61) - 1),
                          number(314159), number(0), number(1000003), text(t, "siphash13"), number(64), number(128), number(0))},
        {"thread_info", thread_info(t)},
        {"builtin_module_names", module_names(t)},
        {"stdlib_module_names", library_set(t)},
        {"_xoptions", x_options(t)},
        {"warnoptions", text_list(t, &config.warn_options)},
        {"argv", text_list(t, &config.argv)},
        {"orig_argv", text_list(t, &config.orig_argv)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (module_set_steal(t, m, rows[i].name, rows[i].value) < 0) bad = -1;
    }
    return bad;
}
