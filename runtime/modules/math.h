/* Inside math*.c and cmath.c only. */
#ifndef WEFT_RUNTIME_MODULES_MATH_H
#define WEFT_RUNTIME_MODULES_MATH_H
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include <errno.h>
Ref math_domain_error(Thread *t);
Ref math_range_error(Thread *t);
extern NativeDef math_int_functions[];
#endif
