/* Hash objects over OpenSSL's EVP digests: what _hashlib and the modules of single algorithms share. Compiled into each of them.
 *
 * A Digest's lock guards its context: two threads may update one hash; each piece goes in whole. Long pieces are hashed detached.
 */
#ifndef WEFT_LOADABLE_DIGEST_H
#define WEFT_LOADABLE_DIGEST_H
#include "runtime/loadable/stream.h"
#include <openssl/evp.h>

typedef struct Digest {
    Object base;
    IoLock lock;
    EVP_MD_CTX *ctx;  /* owned */
    const char *name; /* static */
} Digest;
#define DIGEST_DETACH_FROM 2048

/* The error that OpenSSL reports last, as an exception: "[library] reason", or the message if it reports none. Clears its queue. */
Ref openssl_error(Thread *t, Type *type, const char *message_or_null);
/* The bytes of an argument of update() and its kin: TypeError for str, and for what has no buffer. */
int digest_data(Thread *t, Value data, Buffer *view);
Ref hex_text(Thread *t, const uint8_t *p, size_t n);

/* A hash of `md` (kept by the context), which has hashed data (null: none). Null with an exception. */
Ref digest_new(Thread *t, Type *type, const EVP_MD *md, const char *name, Value data_or_null);
void digest_destroy(Thread *t, Object *o);
Ref digest_update(Thread *t, Value self, const Value *a);
Ref digest_copy(Thread *t, Value self, const Value *a);
Ref digest_digest(Thread *t, Value self, const Value *a);
Ref digest_hexdigest(Thread *t, Value self, const Value *a);
/* length bytes of an extendable output; hex: as text */
Ref digest_extended(Thread *t, Value self, int64_t length, bool hex);
Ref digest_name(Thread *t, Value self, void *c);
Ref digest_block_size(Thread *t, Value self, void *c);
Ref digest_digest_size(Thread *t, Value self, void *c);
#endif
