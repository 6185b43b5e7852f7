/* builtins that read and write: print, input, open. */
#include "runtime/modules/sys.h"
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/readline.h"
#include "runtime/str.h"
#include <stdio.h>
#include <unistd.h>

/* ---- print --------------------------------------------------------------------------------------------------- */

static int write_text(Thread *t, Value write, Value text) {
    Ref r = call1(t, write, text);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

static int separator(Thread *t, Value *v, const char *name) {
    if (value_is_null(*v) || value_is_none(*v)) {
        *v = VALUE_NULL;
        return 0;
    }
    if (is_str(*v)) return 0;
    return err_int(err_set(t, E_TypeError, "%s must be None or a string, not %.200T", name, *v));
}

static int flush_file(Thread *t, Value file) {
    Ref r = call_method0(t, file, N(flush));
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

static Ref b_print(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value opt[4] = {VALUE_NULL, VALUE_NULL, VALUE_NULL, VALUE_NULL}; /* sep, end, file, flush */
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0 &&
        bind_args(t, "print", "(*, sep=None, end=None, file=None, flush=False)", &signature, args + nargs, 0, kwnames, opt, 4) < 0)
        return REF_NULL;
    Ref file = value_is_null(opt[2]) || value_is_none(opt[2]) ? sys_get(t, "stdout") : ref_new(t, opt[2]);
    if (ref_is_null(file)) return err_set(t, E_RuntimeError, "lost sys.stdout");
    if (ref_is_none(file)) return REF_NONE; /* no console */
    Value sep = opt[0], end = opt[1];
    Ref write = REF_NULL, result = REF_NULL;
    if (separator(t, &sep, "sep") < 0 || separator(t, &end, "end") < 0) goto done;
    write = get_attr(t, ref_borrow(file), N(write));
    if (ref_is_null(write)) goto done;
    Value blank = str_intern_cstr(t, " "), newline = str_intern_cstr(t, "\n");
    for (size_t i = 0; i < nargs; i++) {
        if (i > 0 && write_text(t, ref_borrow(write), value_is_null(sep) ? blank : sep) < 0) goto done;
        Ref text = object_str(t, args[i]);
        if (ref_is_null(text)) goto done;
        int bad = write_text(t, ref_borrow(write), ref_borrow(text));
        ref_drop(t, text);
        if (bad < 0) goto done;
    }
    if (write_text(t, ref_borrow(write), value_is_null(end) ? newline : end) < 0) goto done;
    if (!value_is_null(opt[3])) {
        int flush = is_true(t, opt[3]);
        if (flush < 0 || (flush && flush_file(t, ref_borrow(file)) < 0)) goto done;
    }
    result = REF_NONE;
done:
    ref_drop(t, write);
    ref_drop(t, file);
    return result;
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

/* Whether the stream's descriptor is `fd` and a terminal. No exception. */
static bool is_console(Thread *t, Value stream, int fd) {
    Ref r = call_method0(t, stream, str_intern_cstr(t, "fileno"));
    if (ref_is_null(r)) {
        err_clear(t);
        return false;
    }
    int64_t n;
    bool same = is_int(ref_borrow(r)) && int_try_i64(ref_borrow(r), &n) == 0 && n == fd;
    ref_drop(t, r);
    return same && isatty(fd);
}

/* stream.name as C text, for codecs; null without an exception where it isn't a str. *keep owns it. */
static const char *stream_attr(Thread *t, Value stream, const char *name, Ref *keep) {
    *keep = get_attr_cstr(t, stream, name);
    if (ref_is_null(*keep) || !is_str(ref_borrow(*keep))) {
        err_clear(t);
        return NULL;
    }
    return str_utf8(t, ref_borrow(*keep), NULL);
}

/* A line from the terminal, with editing. */
static Ref console_line(Thread *t, Value in, Value out, Value prompt) {
    Ref keep_in, keep_errors, keep_out, keep_out_errors, line = REF_NULL, bytes = REF_NULL, text = REF_NULL;
    const char *encoding = stream_attr(t, in, "encoding", &keep_in), *errors = stream_attr(t, in, "errors", &keep_errors);
    const char *out_encoding = stream_attr(t, out, "encoding", &keep_out);
    const char *out_errors = stream_attr(t, out, "errors", &keep_out_errors);
    const char *shown = "";
    Buffer view = {0};
    if (flush_file(t, out) < 0) goto done;
    if (!value_is_null(prompt)) {
        text = object_str(t, prompt);
        if (ref_is_null(text)) goto done;
        bytes = str_encode(t, ref_borrow(text), out_encoding ? out_encoding : "utf-8", out_errors ? out_errors : "strict");
        if (ref_is_null(bytes) || buffer_get(t, ref_borrow(bytes), &view, BUFFER_SIMPLE) < 0) goto done;
        shown = view.data;
        if (strlen(shown) != (size_t)view.len) {
            err_set(t, E_ValueError, "input: prompt string cannot contain null characters");
            goto done;
        }
    }
    char *s = readline_input(t, shown);
    if (s == NULL) {
        if (!err_pending(t)) err_object(t, type_value(ETYPE(KeyboardInterrupt)));
        goto done;
    }
    size_t n = strlen(s);
    if (n == 0) err_object(t, type_value(ETYPE(EOFError)));
    else line = str_decode(t, s, s[n - 1] == '\n' ? n - 1 : n, encoding ? encoding : "utf-8", errors ? errors : "strict");
    mem_free(s);
done:
    buffer_release(t, &view);
    ref_drop(t, bytes);
    ref_drop(t, text);
    ref_drop(t, keep_in);
    ref_drop(t, keep_errors);
    ref_drop(t, keep_out);
    ref_drop(t, keep_out_errors);
    return line;
}

/* A line from a stream without its newline; EOFError at the end. */
static Ref stream_line(Thread *t, Value in) {
    Ref line = call_method0(t, in, N(readline));
    if (ref_is_null(line)) return REF_NULL;
    Value v = ref_borrow(line);
    if (!is_str(v)) {
        ref_drop(t, line);
        return err_set(t, E_TypeError, "object.readline() returned non-string");
    }
    size_t n = str_length(v);
    if (n == 0) {
        ref_drop(t, line);
        return err_set(t, E_EOFError, "EOF when reading a line");
    }
    if (str_at(as(Str, v), n - 1) != '\n') return line;
    Ref cut = str_slice(t, v, 0, n - 1);
    ref_drop(t, line);
    return cut;
}

static Ref lost(Thread *t, const char *name) { return err_set(t, E_RuntimeError, "input(): lost sys.%s", name); }

static Ref b_input(Thread *t, Value self, const Value *a) {
    Ref in = sys_get(t, "stdin"), out = sys_get(t, "stdout"), err = sys_get(t, "stderr"), r = REF_NULL;
    if (audit(t, "builtins.input", (Value[]){value_is_null(a[0]) ? VALUE_NONE : a[0]}, 1) < 0) goto done;
    if (ref_is_null(in) || ref_is_none(in)) {
        lost(t, "stdin");
        goto done;
    }
    if (ref_is_null(out) || ref_is_none(out)) {
        lost(t, "stdout");
        goto done;
    }
    if (ref_is_null(err) || ref_is_none(err)) {
        lost(t, "stderr");
        goto done;
    }
    if (flush_file(t, ref_borrow(err)) < 0) err_clear(t);
    if (is_console(t, ref_borrow(in), 0) && is_console(t, ref_borrow(out), 1)) {
        r = console_line(t, ref_borrow(in), ref_borrow(out), a[0]);
        goto done;
    }
    if (!value_is_null(a[0])) {
        Ref write = get_attr(t, ref_borrow(out), N(write)), text = ref_is_null(write) ? REF_NULL : object_str(t, a[0]);
        int bad = ref_is_null(text) ? -1 : write_text(t, ref_borrow(write), ref_borrow(text));
        ref_drop(t, text);
        ref_drop(t, write);
        if (bad < 0) goto done;
    }
    if (flush_file(t, ref_borrow(out)) < 0) err_clear(t);
    r = stream_line(t, ref_borrow(in));
done:
    ref_drop(t, in);
    ref_drop(t, out);
    ref_drop(t, err);
    return r;
}

NativeDef builtin_io_functions[] = {
    FN("input", "($module, prompt='', /)", b_input, "A line from standard input, without its newline; EOFError at the end."),
    FN_RAW("print", "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)", b_print, "Writes the values to a stream, sys.stdout by default."),
    FN_END};
