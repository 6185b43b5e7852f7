/* "Did you mean ...?": what the writer of a misspelt name may have meant. */
#ifndef WEFT_VM_SUGGESTIONS_H
#define WEFT_VM_SUGGESTIONS_H
#include "runtime/type.h"
/* A similar name for a NameError or AttributeError: a str, owned; null if there's none. Never leaves an exception behind. Attached; may run
 * Python code (dir()). */
Ref suggestion_for(Thread *t, Value exception);
#endif
