/* _crypt: hashes of passwords, by libcrypt. */
#include "runtime/modules/kit.h"
#include <crypt.h>

int module_init__crypt(Thread *t, Value module);

static Ref m_crypt(Thread *t, Value self, const Value *a) {
    const char *text[2];
    for (int i = 0; i < 2; i++) {
        size_t n;
        if (!is_str(a[i])) return err_bad_argument(t, "crypt", i ? "2" : "1", "str", a[i]);
        if ((text[i] = str_utf8(t, a[i], &n)) == NULL) return REF_NULL;
        if (strlen(text[i]) != n) return err_set(t, E_ValueError, "embedded null character");
    }
    struct crypt_data *data = mem_zalloc(sizeof *data); /* 32 KiB: not on the stack */
    if (data == NULL) return err_no_memory(t);
    const char *hash;
    /* crypt_rn, not crypt_r: sanitizers look the latter up before this library is there. What crypt_r says of a salt that isn't one is "*0", or "*1" if that was it. */
    DETACHED(t, hash = crypt_rn(text[0], text[1], data, sizeof *data));
    Ref r = str_from_cstr(t, hash ? hash : strncmp(text[1], "*0", 2) == 0 ? "*1" : "*0");
    mem_free(data);
    return r;
}
static NativeDef functions[] = {FN("crypt", "($module, word, salt, /)", m_crypt, "Hash a *word* with the given *salt* and return the hashed password."), FN_END};
int module_init__crypt(Thread *t, Value module) { return module_add_functions(t, module, functions); }
