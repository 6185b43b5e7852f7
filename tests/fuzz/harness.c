/* libFuzzer's entry: one interpreter for all inputs, each of which is given to the function one() of a script in targets/.
 *
 * The script catches the exceptions that are fine; one that gets out is a find, and so is what the sanitizers see. An input that takes longer than
 * SLOW seconds of processor time is interrupted by an exception, if Weft looks for signals meanwhile: what is slow in CPython, too, may be. What can't be
 * interrupted is a find after HANG seconds. (libFuzzer's own limit is in seconds of the clock, which say little on a busy machine.)
 *
 * With WEFT_FUZZ_LEAKS=1 each input runs several times, and the collector's objects are counted before and after: they lie in pages, where
 * LeakSanitizer can't tell them apart.
 */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/str.h"
#include "vm/run.h"
#include "vm/startup.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define SLOW 2
#define HANG 30
#define REPEATS 8

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Thread *thread;
static Slot one; /* the script's function; never dropped */
static bool look_for_leaks;

_Noreturn static void give_up(const char *what) {
    bool exits;
    if (err_pending(thread)) show_exception(thread, &exits);
    fprintf(stderr, "==%s==ERROR: %s\n", "harness", what);
    abort();
}

static void set_alarm(int which, int seconds) {
    struct itimerval when = {.it_value = {.tv_sec = seconds}};
    setitimer(which, &when, NULL);
}

static void hangs(int number) {
    static const char message[] = "==harness==ERROR: the input can't be interrupted\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char *arguments[] = {(*argv)[0], "-E", "-s", "-S", "-B", WEFT_FUZZ_SCRIPT, NULL};
    Options o;
    if (options_read(&o, sizeof arguments / sizeof *arguments - 1, arguments) != -1 || (thread = startup(&o)) == NULL) exit(1);
    if (run_program(thread, &o) != 0) exit(1);
    Value function = dict_get(thread, main_dict(), str_intern_cstr(thread, "one"));
    if (value_is_null(function)) give_up("the script has no function one()");
    slot_init(&one, ref_new(thread, function));
    signal(SIGPROF, hangs);
    look_for_leaks = getenv("WEFT_FUZZ_LEAKS") != NULL;
    return 0;
}

static void run(Ref input) {
    set_alarm(ITIMER_VIRTUAL, SLOW);
    set_alarm(ITIMER_PROF, HANG);
    Ref r = call1(thread, slot_get(&one), ref_borrow(input));
    set_alarm(ITIMER_VIRTUAL, 0);
    set_alarm(ITIMER_PROF, 0);
    if (ref_is_null(r) || safepoint(thread) < 0) give_up("an exception got out of one()");
    ref_drop(thread, r);
}

/* Tuples and frozensets aside: those that are constants of code are immortal. */
static int64_t count_objects(void) {
    collect(thread, 2);
    Ref all = REF_NULL, get = import_attr(thread, "gc", "get_objects");
    if (ref_is_null(get) || ref_is_null(all = call0(thread, ref_borrow(get)))) give_up("the objects can't be counted");
    int64_t n = 0;
    for (size_t i = 0; i < list_size(ref_borrow(all)); i++) {
        Type *type = type_of(list_get(ref_borrow(all), i));
        n += type != &tuple_type && type != &frozenset_type;
    }
    ref_drop(thread, all);
    ref_drop(thread, get);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Ref input = bytes_new(thread, data, size);
    if (ref_is_null(input)) give_up("no memory for the input");
    run(input);
    if (look_for_leaks) {
        run(input);
        int64_t before = count_objects();
        for (int i = 0; i < REPEATS; i++) run(input);
        int64_t more = count_objects() - before;
        if (more >= REPEATS) {
            fprintf(stderr, "%lld objects more after %d times\n", (long long)more, REPEATS);
            give_up("objects leak");
        }
    }
    ref_drop(thread, input);
    return 0;
}
