/* deque, for the modules in C that keep items in one. Every call is atomic. */
#ifndef WEFT_RUNTIME_MODULES__COLLECTIONS_H
#define WEFT_RUNTIME_MODULES__COLLECTIONS_H
#include "runtime/modules/kit.h"
extern Type deque_type, deque_iter_type, deque_reverse_iter_type, ordered_dict_type;
int ordered_dict_ready(Thread *t); /* its views and iterator */
/* A deque without a limit, for other modules in C, which have called type_ready for deque_type. push: 0, -1 MemoryError. pop_left: null without an exception if it is empty. */
Ref deque_make(Thread *t);
int deque_push(Thread *t, Value deque, Value item);
Ref deque_pop_left(Thread *t, Value deque);
size_t deque_size(Value deque);
Ref deque_items(Thread *t, Value deque); /* list(deque), in one atomic step */
Ref ordered_dict_items(Thread *t, Value v); /* the same of an OrderedDict and its views; null without an exception: it is neither */
#endif
