/* memoryview: a view on the memory of another object, described by item format, shape and strides.
 *
 * The geometry never changes once made. Views cut from one another share one Managed buffer, whose own buffer is given back when the last
 * view on it is released. Reading and writing items takes no lock: memory shared on purpose. A thread that reads while another releases
 * still reads valid memory: what the exporter then replaces is freed after a grace period only.
 */
#ifndef WEFT_RUNTIME_MEMORYVIEW_H
#define WEFT_RUNTIME_MEMORYVIEW_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/list.h"

#define MAX_DIMS 64

enum { MANAGED_OVER = -1, VIEW_RELEASED = -1 };

typedef struct Managed {
    Object base;
    Buffer view;               /* owner null: plain memory, or given back: read it by managed_owner */
    Slot keep;                 /* what keeps plain memory alive, or null */
    _Atomic int64_t x_views;   /* unreleased views; MANAGED_OVER: it has been given back, and there will be none */
} Managed;

typedef struct MemoryView {
    Object base;
    Slot managed;
    uint8_t *data;
    int64_t len, item_size;
    int ndim;
    bool readonly;
    bool indirect;             /* suboffsets are used */
    char code;                 /* item_code(format) */
    char *format;              /* own_format, or mem_alloc'ed */
    int64_t *dims;             /* own_dims, or mem_alloc'ed: shape, strides, suboffsets: ndim each */
    char own_format[8];
    int64_t own_dims[3];
    _Atomic int64_t x_exports; /* buffers taken from this view; VIEW_RELEASED: there will be none */
    _Atomic int64_t x_hash;
    Slot weakrefs;
} MemoryView;

static inline int64_t *view_shape(const MemoryView *v) { return v->dims; }
static inline int64_t *view_strides(const MemoryView *v) { return v->dims + v->ndim; }
static inline int64_t *view_suboffsets(const MemoryView *v) { return v->dims + 2 * v->ndim; }

/* Items (memory_item.c). format: one native character, maybe behind '@'; 0: another format */
char item_code(const char *format);
int64_t item_size_of(char code);
Ref item_get(Thread *t, char code, const void *p);
int item_put(Thread *t, char code, void *p, Value v); /* may run Python before it writes */

#endif
