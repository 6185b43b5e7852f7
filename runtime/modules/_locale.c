/* _locale: the C library's locale. It is one for the process: setlocale() stops all other threads while it changes it; the rest only reads. */
#include "runtime/modules/kit.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

int module_init__locale(Thread *t, Value module);
static Slot error_class; /* locale.Error; set once, under the import lock */

static Ref locale_error(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_class)), "%s", message); }

/* Text in the encoding of the current LC_CTYPE. */
static Ref text_value(Thread *t, const char *s) {
    size_t n = strlen(s);
    mbstate_t state = {0};
    const char *p = s;
    wchar_t *wide = mem_alloc((n + 1) * sizeof *wide);
    if (wide == NULL) return err_no_memory(t);
    size_t count = mbsrtowcs(wide, &p, n + 1, &state);
    Ref r = count == (size_t)-1 ? str_from_fs(t, s, n) : str_from_ucs4(t, (const uint32_t *)wide, count);
    mem_free(wide);
    return r;
}
/* A str as wide characters, mem_alloc'ed */
static wchar_t *wide_get(Thread *t, Value v, const char *function, const char *argument) {
    if (!is_str(v)) {
        err_bad_argument(t, function, argument, "str", v);
        return NULL;
    }
    size_t n = str_length(v);
    wchar_t *w = mem_alloc((n + 1) * sizeof *w);
    if (w == NULL) err_no_memory(t);
    for (size_t i = 0; w && i < n; i++)
        if ((w[i] = (wchar_t)str_at(as(Str, v), i)) == 0) {
            mem_free(w);
            err_set(t, E_ValueError, "embedded null character");
            return NULL;
        }
    if (w) w[n] = 0;
    return w;
}
static int text_get(Thread *t, Value v, const char *function, const char *argument, bool none, const char **out) {
    size_t n;
    *out = NULL;
    if (none && (value_is_null(v) || value_is_none(v))) return 0;
    if (!is_str(v)) return err_int(err_bad_argument(t, function, argument, none ? "str or None" : "str", v));
    if ((*out = str_utf8(t, v, &n)) == NULL) return -1;
    return strlen(*out) == n ? 0 : err_int(err_set(t, E_ValueError, "embedded null character"));
}

/* ---- locales ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_setlocale(Thread *t, Value self, const Value *a) {
    int category;
    const char *name, *now;
    char *copy = NULL;
    if (as_int(t, a[0], &category) < 0 || text_get(t, a[1], "setlocale", "2", true, &name) < 0) return REF_NULL;
    if (name) world_stop(t);
    now = setlocale(category, name);
    if (now) copy = strdup(now);
    if (name) world_start(t);
    Ref r = copy ? text_value(t, copy) : locale_error(t, name ? "unsupported locale setting" : "locale query failed");
    free(copy);
    return r;
}

static Ref grouping_value(Thread *t, const char *s) {
    Ref list = list_new(t, 0);
    for (; *s && !ref_is_null(list); s++) {
        if (list_append(t, ref_borrow(list), small_int(*s)) < 0) goto fail;
        if (*s == CHAR_MAX) return list;
    }
    if (!ref_is_null(list) && list_size(ref_borrow(list)) > 0 && list_append(t, ref_borrow(list), small_int(0)) < 0) goto fail;
    return list;
fail:
    ref_drop(t, list);
    return REF_NULL;
}
static int put(Thread *t, Value dict, const char *key, Ref v) {
    int bad = ref_is_null(v) ? -1 : dict_set_cstr(t, dict, key, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}
static Ref m_localeconv(Thread *t, Value self, const Value *a) {
    Ref d = dict_new(t);
    if (ref_is_null(d)) return d;
    const struct lconv *l = localeconv();
    const struct { const char *key, *text; } texts[] = {
        {"int_curr_symbol", l->int_curr_symbol}, {"currency_symbol", l->currency_symbol}, {"mon_decimal_point", l->mon_decimal_point}, {"mon_thousands_sep", l->mon_thousands_sep},
        {"positive_sign", l->positive_sign}, {"negative_sign", l->negative_sign}, {"decimal_point", l->decimal_point}, {"thousands_sep", l->thousands_sep}}; /* in the order in which they're shown */
    const struct { const char *key; char value; } numbers[] = {
        {"int_frac_digits", l->int_frac_digits}, {"frac_digits", l->frac_digits}, {"p_cs_precedes", l->p_cs_precedes}, {"p_sep_by_space", l->p_sep_by_space},
        {"n_cs_precedes", l->n_cs_precedes}, {"n_sep_by_space", l->n_sep_by_space}, {"p_sign_posn", l->p_sign_posn}, {"n_sign_posn", l->n_sign_posn}};
    int bad = 0;
    for (size_t i = 0; bad == 0 && i < 4; i++) bad = put(t, ref_borrow(d), texts[i].key, text_value(t, texts[i].text));
    if (bad == 0) bad = put(t, ref_borrow(d), "mon_grouping", grouping_value(t, l->mon_grouping));
    for (size_t i = 4; bad == 0 && i < 6; i++) bad = put(t, ref_borrow(d), texts[i].key, text_value(t, texts[i].text));
    for (size_t i = 0; bad == 0 && i < sizeof numbers / sizeof *numbers; i++) bad = put(t, ref_borrow(d), numbers[i].key, ref_small_int(numbers[i].value));
    for (size_t i = 6; bad == 0 && i < 8; i++) bad = put(t, ref_borrow(d), texts[i].key, text_value(t, texts[i].text));
    if (bad == 0) bad = put(t, ref_borrow(d), "grouping", grouping_value(t, l->grouping));
    if (bad == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

static const KitConstant constants[] = {
#define C(x) {#x, x}
    C(ABDAY_1), C(ABDAY_2), C(ABDAY_3), C(ABDAY_4), C(ABDAY_5), C(ABDAY_6), C(ABDAY_7), C(ABMON_1), C(ABMON_10), C(ABMON_11), C(ABMON_12), C(ABMON_2),
    C(ABMON_3), C(ABMON_4), C(ABMON_5), C(ABMON_6), C(ABMON_7), C(ABMON_8), C(ABMON_9), C(ALT_DIGITS), C(AM_STR), {"CHAR_MAX", 127}, C(CODESET), C(CRNCYSTR),
    C(LC_CTYPE), C(LC_TIME), C(LC_COLLATE), C(LC_MONETARY), C(LC_MESSAGES), C(LC_NUMERIC), C(LC_ALL), /* -m locale shows them in this order */
    C(DAY_1), C(DAY_2), C(DAY_3), C(DAY_4), C(DAY_5), C(DAY_6), C(DAY_7), C(D_FMT), C(D_T_FMT), C(ERA), C(ERA_D_FMT), C(ERA_D_T_FMT), C(ERA_T_FMT),
    C(MON_1), C(MON_10), C(MON_11), C(MON_12), C(MON_2), C(MON_3),
    C(MON_4), C(MON_5), C(MON_6), C(MON_7), C(MON_8), C(MON_9), C(NOEXPR), C(PM_STR), C(RADIXCHAR), C(THOUSEP), C(T_FMT), C(T_FMT_AMPM), C(YESEXPR),
    C(_DATE_FMT),
    {NULL, 0},
#undef C
};
static Ref m_nl_langinfo(Thread *t, Value self, const Value *a) {
    int item;
    if (as_int(t, a[0], &item) < 0) return REF_NULL;
    for (const KitConstant *c = constants; c->name; c++)
        if (c->value == item && strncmp(c->name, "LC_", 3) != 0 && strcmp(c->name, "CHAR_MAX") != 0) return text_value(t, nl_langinfo(item));
    return err_set(t, E_ValueError, "unsupported langinfo constant");
}
static Ref m_getencoding(Thread *t, Value self, const Value *a) {
    const char *name = config.utf8_mode ? "utf-8" : nl_langinfo(CODESET);
    return str_from_cstr(t, *name ? name : "utf-8");
}

/* ---- order of strings ----------------------------------------------------------------------------------------------------------------------------- */

static Ref m_strcoll(Thread *t, Value self, const Value *a) {
    wchar_t *x = wide_get(t, a[0], "strcoll", "1"), *y = x ? wide_get(t, a[1], "strcoll", "2") : NULL;
    Ref r = y ? ref_small_int(wcscoll(x, y)) : REF_NULL;
    mem_free(x);
    mem_free(y);
    return r;
}
static Ref m_strxfrm(Thread *t, Value self, const Value *a) {
    wchar_t *s = wide_get(t, a[0], "strxfrm", NULL), *key = NULL;
    if (s == NULL) return REF_NULL;
    errno = 0;
    size_t n = wcsxfrm(NULL, s, 0);
    Ref r = REF_NULL;
    if (errno && errno != ERANGE) {
        err_errno(t, errno, VALUE_NULL);
    } else if ((key = mem_alloc((n + 1) * sizeof *key)) == NULL) {
        err_no_memory(t);
    } else {
        n = wcsxfrm(key, s, n + 1);
        for (size_t i = 0; i < n; i++) /* keys are numbers, not all of them code points: what lies above is split in two, which keeps the order */
            if ((uint32_t)key[i] > 0x10ffff) key[i] = 0x10ffff;
        r = str_from_ucs4(t, (const uint32_t *)key, n);
    }
    mem_free(key);
    mem_free(s);
    return r;
}

/* ---- message catalogues ----------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_gettext(Thread *t, Value self, const Value *a) {
    const char *message;
    return text_get(t, a[0], "gettext", NULL, false, &message) < 0 ? REF_NULL : text_value(t, gettext(message));
}
static Ref m_dgettext(Thread *t, Value self, const Value *a) {
    const char *domain, *message;
    if (text_get(t, a[0], "dgettext", "1", true, &domain) < 0 || text_get(t, a[1], "dgettext", "2", false, &message) < 0) return REF_NULL;
    return text_value(t, dgettext(domain, message));
}
static Ref m_dcgettext(Thread *t, Value self, const Value *a) {
    const char *domain, *message;
    int category;
    if (text_get(t, a[0], "dcgettext", "1", true, &domain) < 0 || text_get(t, a[1], "dcgettext", "2", false, &message) < 0 || as_int(t, a[2], &category) < 0) return REF_NULL;
    return text_value(t, dcgettext(domain, message, category));
}
static Ref text_or_errno(Thread *t, const char *s) { return s ? text_value(t, s) : err_errno(t, errno, VALUE_NULL); }
static Ref m_textdomain(Thread *t, Value self, const Value *a) {
    const char *domain;
    return text_get(t, a[0], "textdomain", NULL, true, &domain) < 0 ? REF_NULL : text_or_errno(t, textdomain(domain));
}
static Ref m_bindtextdomain(Thread *t, Value self, const Value *a) {
    const char *domain, *dir = NULL;
    Ref keep = REF_NULL;
    if (text_get(t, a[0], "bindtextdomain", "1", false, &domain) < 0) return REF_NULL;
    if (!*domain) return locale_error(t, "domain must be a non-empty string");
    if (!value_is_none(a[1]) && (dir = str_fs(t, a[1], &keep)) == NULL) return REF_NULL;
    const char *now = bindtextdomain(domain, dir);
    Ref r = now ? text_value(t, now) : err_errno(t, errno, VALUE_NULL);
    ref_drop(t, keep);
    return r;
}
static Ref m_bind_textdomain_codeset(Thread *t, Value self, const Value *a) {
    const char *domain, *codeset;
    if (text_get(t, a[0], "bind_textdomain_codeset", "1", false, &domain) < 0 || text_get(t, a[1], "bind_textdomain_codeset", "2", true, &codeset) < 0) return REF_NULL;
    const char *now = bind_textdomain_codeset(domain, codeset);
    return now ? text_value(t, now) : REF_NONE;
}

static NativeDef functions[] = {
    FN("setlocale", "($module, category, locale=<unrepresentable>, /)", m_setlocale, "Activates or queries a locale."), FN("localeconv", "($module, /)", m_localeconv, "How numbers and money are written."),
    FN("strcoll", "($module, os1, os2, /)", m_strcoll, "Compares two strings by the locale."), FN("strxfrm", "($module, string, /)", m_strxfrm, "A key that compares as the locale has it."),
    FN("nl_langinfo", "($module, key, /)", m_nl_langinfo, "A piece of information on the locale."), FN("getencoding", "($module, /)", m_getencoding, "The locale's encoding."),
    FN("gettext", "($module, msg, /)", m_gettext, "The translation of msg."), FN("dgettext", "($module, domain, msg, /)", m_dgettext, "The translation of msg in a domain."),
    FN("dcgettext", "($module, domain, msg, category, /)", m_dcgettext, "The translation of msg in a domain and a category."),
    FN("textdomain", "($module, domain, /)", m_textdomain, "Sets the domain, or tells it."), FN("bindtextdomain", "($module, domain, dir, /)", m_bindtextdomain, "Sets where a domain's catalogues are."),
    FN("bind_textdomain_codeset", "($module, domain, codeset, /)", m_bind_textdomain_codeset, "Sets a domain's encoding."), FN_END,
};
int module_init__locale(Thread *t, Value module) {
    if (kit_module(t, module, (Type *const[]){NULL}, functions, "Support for POSIX locales.") < 0 || kit_constants(t, module, constants) < 0) return -1;
    Ref e = kit_exception(t, "locale", "Error", ETYPE(Exception));
    if (ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    return module_set(t, module, "Error", slot_get(&error_class));
}
