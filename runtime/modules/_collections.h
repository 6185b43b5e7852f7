/* Inside _collections*.c only. */
#ifndef WEFT_RUNTIME_MODULES__COLLECTIONS_H
#define WEFT_RUNTIME_MODULES__COLLECTIONS_H
#include "runtime/modules/kit.h"
extern Type deque_type, deque_iter_type, deque_reverse_iter_type;
#endif
