/* _curses_panel: windows in layers. All calls are made under one lock of its own: the library keeps the deck for the process. */
#include "runtime/loadable/_curses.h"
#include <panel.h>

int module_init__curses_panel(Thread *t, Value module);
static Slot error_class, window_class; /* set once, under the import lock */
static IoLock deck_lock;
static Object deck = OBJECT_STATIC(&object_type); /* never local */
static Type panel_type;

typedef struct Panel {
    Object base;
    Slot window, user; /* user: what set_userptr() stored */
    PANEL *panel;      /* its user pointer is this object */
} Panel;
KIT_SLOTS(2)
#define LOCKED(t, r, ...)                                    \
    do {                                                     \
        int locked_ = io_lock(t, &deck, &deck_lock);         \
        r = __VA_ARGS__;                                     \
        if (locked_ >= 0) io_unlock(t, &deck_lock, locked_); \
    } while (0)

static Ref result(Thread *t, int r, const char *function) {
    return r != ERR ? REF_NONE : err_type(t, as(Type, slot_get(&error_class)), "%s() returned ERR", function);
}
static void panel_destroy(Thread *t, Object *o) {
    int r;
    LOCKED(t, r, ((Panel *)o)->panel ? del_panel(((Panel *)o)->panel) : OK);
    (void)r;
    kit_drop_2(t, o);
}
static int window_get(Thread *t, Value v, const char *function, const char *argument) {
    if (value_is(type_value(type_of(v)), slot_get(&window_class))) return 0;
    return err_int(err_bad_argument(t, function, argument, "_curses.window", v));
}
static Ref m_new_panel(Thread *t, Value self, const Value *a) {
    if (window_get(t, a[0], "new_panel", NULL) < 0) return REF_NULL;
    Panel *p = object_new(Panel, t, &panel_type);
    if (p == NULL) return REF_NULL;
    slot_init(&p->window, ref_new(t, a[0]));
    LOCKED(t, p->panel, new_panel(as(Window, a[0])->win); if (p->panel) set_panel_userptr(p->panel, p));
    if (p->panel != NULL) {
        publish(t, object_value(p)); /* the deck knows it */
        return ref_steal(p);
    }
    ref_drop(t, ref_steal(p));
    return err_type(t, as(Type, slot_get(&error_class)), "curses function returned NULL");
}
/* The object of a panel of the deck, or None */
static Ref panel_value(Thread *t, PANEL *(*next)(const PANEL *), PANEL *from) {
    Ref r;
    LOCKED(t, r, REF_NULL; PANEL *p = next(from); Panel *o = p ? (Panel *)panel_userptr(p) : NULL; r = o ? ref_try(t, &o->base) : REF_NONE);
    return ref_is_null(r) ? REF_NONE : r;
}
static PANEL *above(const PANEL *p) { return panel_above((PANEL *)p); }
static PANEL *below(const PANEL *p) { return panel_below((PANEL *)p); }
static Ref m_bottom_panel(Thread *t, Value self, const Value *a) { return panel_value(t, above, NULL); }
static Ref m_top_panel(Thread *t, Value self, const Value *a) { return panel_value(t, below, NULL); }
static Ref m_update_panels(Thread *t, Value self, const Value *a) {
    int r;
    LOCKED(t, r, (update_panels(), OK));
    return result(t, r, "update_panels");
}
#define PANEL_OF(self) (as(Panel, self)->panel)
static Ref p_above(Thread *t, Value self, const Value *a) { return panel_value(t, above, PANEL_OF(self)); }
static Ref p_below(Thread *t, Value self, const Value *a) { return panel_value(t, below, PANEL_OF(self)); }
#define SIMPLE(name, fn)                                               \
    static Ref p_##name(Thread *t, Value self, const Value *a) {       \
        int r;                                                         \
        LOCKED(t, r, fn(PANEL_OF(self)));                              \
        return result(t, r, #name);                                    \
    }
SIMPLE(bottom, bottom_panel) SIMPLE(hide, hide_panel) SIMPLE(show, show_panel) SIMPLE(top, top_panel)
static Ref p_hidden(Thread *t, Value self, const Value *a) { return ref_bool(panel_hidden(PANEL_OF(self))); }
static Ref p_move(Thread *t, Value self, const Value *a) {
    int y, x, r;
    if (as_int(t, a[0], &y) < 0 || as_int(t, a[1], &x) < 0) return REF_NULL;
    LOCKED(t, r, move_panel(PANEL_OF(self), y, x));
    return result(t, r, "move_panel");
}
static Ref p_replace(Thread *t, Value self, const Value *a) {
    int r;
    if (window_get(t, a[0], "replace", NULL) < 0) return REF_NULL;
    LOCKED(t, r, replace_panel(PANEL_OF(self), as(Window, a[0])->win));
    if (r == ERR) return result(t, r, "replace_panel");
    slot_set(t, value_object(self), &as(Panel, self)->window, ref_new(t, a[0]));
    return REF_NONE;
}
static Ref p_window(Thread *t, Value self, const Value *a) { return slot_ref(t, &as(Panel, self)->window); }
static Ref p_set_userptr(Thread *t, Value self, const Value *a) {
    slot_set(t, value_object(self), &as(Panel, self)->user, ref_new(t, a[0]));
    return REF_NONE;
}
static Ref p_userptr(Thread *t, Value self, const Value *a) {
    Ref r = slot_ref(t, &as(Panel, self)->user);
    return ref_is_null(r) ? err_type(t, as(Type, slot_get(&error_class)), "no userptr set") : r;
}
static NativeDef panel_methods[] = {
    FN("above", "!($self, /)", p_above, NULL), FN("below", "!($self, /)", p_below, NULL), FN("bottom", "!($self, /)", p_bottom, NULL), FN("hidden", "!($self, /)", p_hidden, NULL),
    FN("hide", "!($self, /)", p_hide, NULL), FN("move", "!($self, y, x, /)", p_move, NULL), FN("replace", "!($self, win, /)", p_replace, NULL),
    FN("set_userptr", "!($self, obj, /)", p_set_userptr, NULL), FN("show", "!($self, /)", p_show, NULL), FN("top", "!($self, /)", p_top, NULL), FN("userptr", "!($self, /)", p_userptr, NULL),
    FN("window", "!($self, /)", p_window, NULL), FN_END,
};
static Type panel_type = {TYPE_HEADER(Panel, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_2, NULL, panel_destroy), .name = "_curses_panel.panel", .methods = panel_methods};
static NativeDef functions[] = {
    FN("bottom_panel", "!($module, /)", m_bottom_panel, NULL), FN("new_panel", "!($module, win, /)", m_new_panel, NULL), FN("top_panel", "!($module, /)", m_top_panel, NULL),
    FN("update_panels", "!($module, /)", m_update_panels, NULL), FN_END,
};
int module_init__curses_panel(Thread *t, Value module) {
    Type *const types[] = {&panel_type, NULL};
    Ref window = import_attr(t, "_curses", "window");
    if (ref_is_null(window)) return -1;
    kit_root(t, &window_class, window);
    Ref e = kit_exception(t, "_curses_panel", "error", ETYPE(Exception));
    if (ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    return kit_module(t, module, types, functions, NULL) < 0 || module_set(t, module, "error", slot_get(&error_class)) < 0 || module_add_cstr(t, module, "version", "2.1") < 0
               ? -1 : module_add_cstr(t, module, "__version__", "2.1");
}
