/* Hash objects over OpenSSL's EVP digests: what _hashlib and the modules of single algorithms share. Compiled into each of them.
 *
 * A Digest's lock guards its context and what is pending: two threads may update one hash; each piece goes in whole. Long pieces are hashed detached.
 */
#ifndef WEFT_LOADABLE_DIGEST_H
#define WEFT_LOADABLE_DIGEST_H
#include "runtime/loadable/stream.h"
#include <openssl/evp.h>

/* So little data waits for its end in the object: then the thread's own context hashes it. Making and copying contexts costs more than that, and counts
 * references to the algorithm, which all threads share. */
#define DIGEST_PENDING 160
typedef struct Digest {
    Object base;
    IoLock lock;
    const EVP_MD *md; /* for ever */
    const char *name; /* static */
    EVP_MD_CTX *ctx;  /* owned; null: `pending` is all that it has hashed */
    uint32_t n;       /* bytes in pending */
    uint8_t pending[DIGEST_PENDING];
} Digest;
#define DIGEST_DETACH_FROM 2048

/* The error that OpenSSL reports last, as an exception: "[library] reason", or the message if it reports none. Clears its queue. */
Ref openssl_error(Thread *t, Type *type, const char *message_or_null);
/* The bytes of an argument of update() and its kin: TypeError for str, and for what has no buffer. */
int digest_data(Thread *t, Value data, Buffer *view);
Ref hex_text(Thread *t, const uint8_t *p, size_t n);

/* The algorithm of that name; lives for ever. Null with ValueError. OpenSSL, which takes a lock for it, is asked once. */
const EVP_MD *digest_md(Thread *t, const char *name, bool security);
const char *digest_md_name(const EVP_MD *md); /* hashlib's; null if it has none */
/* A hash of `md`, which has hashed data (null: none). Null with an exception. */
Ref digest_new(Thread *t, Type *type, const EVP_MD *md, const char *name, Value data_or_null);
void digest_destroy(Thread *t, Object *o);
Ref digest_update(Thread *t, Value self, const Value *a);
Ref digest_copy(Thread *t, Value self, const Value *a);
Ref digest_digest(Thread *t, Value self, const Value *a);
Ref digest_hexdigest(Thread *t, Value self, const Value *a);
/* The hash so far, into out's EVP_MAX_MD_SIZE bytes. */
int digest_final(Thread *t, Digest *d, uint8_t *out, unsigned *n);
/* The thread's own context, begun for md: good until the thread begins it again. Null: OpenSSL says why. */
EVP_MD_CTX *digest_scratch(const EVP_MD *md);
/* length bytes of an extendable output; hex: as text */
Ref digest_extended(Thread *t, Value self, int64_t length, bool hex);
Ref digest_name(Thread *t, Value self, void *c);
Ref digest_block_size(Thread *t, Value self, void *c);
Ref digest_digest_size(Thread *t, Value self, void *c);
#endif
