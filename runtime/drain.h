/* Drain: what a function that uses up an iterable does with each item.
 *
 * A function in C that runs through a generator enters and leaves the interpreter for each item. Functions that name a Drain (NativeDef.drain,
 * Type.drain) let the VM run the loop instead: it pushes the generator's frame above the caller's, in the same C frame, and hands over what it yields.
 * As long as `quick` takes the items the generator isn't even suspended. Nobody can see a difference: no Python code runs while the generator's
 * frame stands on the stack but its own.
 *
 * The VM does so where the iterable is the first argument, an exact generator, and there are no keywords. The functions still have their own loop for all else.
 */
#ifndef WEFT_RUNTIME_DRAIN_H
#define WEFT_RUNTIME_DRAIN_H

#include "runtime/type.h"

typedef enum { DRAIN_ERROR = -1, DRAIN_ENOUGH, DRAIN_MORE, DRAIN_MORE_SLOWLY /* never `quick` again */ } DrainStep;

enum { DRAIN_PARAMS = 4 };

struct Drain {
    /* Checks the arguments and sets *acc, a word that holds the state (owned; null at first). `self` and `a` as a flat function gets them (DRAIN_PARAMS words,
     * null where absent); a[0] is the generator. 0 or -1. May run Python. */
    int (*begin)(Thread *t, Value self, const Value *a, Ref *acc);
    /* Takes the item (a register word, perhaps lent; consumed) if that needs no Python code, no memory, and isn't the end; else false. */
    bool (*quick)(Thread *t, Ref *acc, Ref item);
    /* Takes the item (owned, consumed) in any case. May run Python. */
    DrainStep (*item)(Thread *t, Ref *acc, Ref item);
    /* The function's result. Consumes acc. May run Python. */
    Ref (*end)(Thread *t, Value self, Ref acc);
};

/* For drains that gather the items in a list, which is acc. */
int drain_to_list(Thread *t, Value self, const Value *a, Ref *acc); /* begin */
bool drain_append(Thread *t, Ref *acc, Ref item);                   /* quick */
DrainStep drain_append_any(Thread *t, Ref *acc, Ref item);
extern const Drain list_drain, tuple_drain, set_drain; /* of the types, called with one argument */

#endif
