/* _elementtree: elements and the parser that builds trees of them. What its files share.
 *
 * An element's children are a list of the runtime's, so changes and reads from many threads are what those of lists are; the list is never replaced once it
 * is there, but by __setstate__ and clear(). Arguments are borrowed, results owned; null or -1 with an exception. */
#ifndef WEFT_RUNTIME_LOADABLE_ELEMENTTREE_H
#define WEFT_RUNTIME_LOADABLE_ELEMENTTREE_H
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

typedef struct Element {
    Object base;
    Slot tag, text, tail;    /* never null once made */
    Slot attrib;             /* dict, or null: none yet */
    Slot children;           /* list, or null: none yet */
    Slot weakrefs;
} Element;
extern Type element_type, element_iter_type, builder_type, parser_type;
extern Slot parse_error, comment_factory, pi_factory;
static inline bool is_element(Value v) { return type_is_subtype(type_of(v), &element_type); }
Ref element_make(Thread *t, Type *type, Value tag, Ref attrib);          /* attrib (consumed): a dict or null */
int element_append(Thread *t, Value parent, Value child);
static inline Value element_children(Value e) { return slot_get(&as(Element, e)->children); }

/* The parser's short way to a TreeBuilder. */
Ref builder_start(Thread *t, Value builder, Value tag, Ref attrib_or_null);
int builder_data(Thread *t, Value builder, Value text);
Ref builder_end(Thread *t, Value builder, Value tag);
Ref builder_comment(Thread *t, Value builder, Value text);
Ref builder_pi(Thread *t, Value builder, Value target, Value text);
Ref builder_close(Thread *t, Value builder);
/* Which events go to the queue: an event's name by its kind, or null */
enum { EVENT_START, EVENT_END, EVENT_START_NS, EVENT_END_NS, EVENT_COMMENT, EVENT_PI, EVENT_COUNT };
void builder_set_events(Thread *t, Value builder, Value queue, Ref *names /* consumed */);
int builder_event(Thread *t, Value builder, int kind, Value what);
bool builder_wants(Value builder, int kind);
#endif
