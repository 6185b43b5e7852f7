/* Frozen modules. See frozen.h. File: FrozenHead, then records { u32 name, origin, data sizes; u32 package; bytes of the three, the texts
 * NUL-terminated }, each padded to 4 bytes. Written by runtime/gen/freeze.py. */
#include "runtime/frozen.h"
#include "runtime/build_id.h"
#include "runtime/bytes.h"
#include "runtime/config.h"
#include "runtime/errors.h"
#include "runtime/marshal.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct FrozenHead {
    char magic[8]; /* "WEFTFRZ1" */
    uint32_t build, count;
} FrozenHead;

static FrozenModule *table;
static size_t table_size;

/* Always there, if need be from source. */
static const FrozenModule essentials[] = {
    {"_frozen_importlib", "importlib._bootstrap"}, {"_frozen_importlib_external", "importlib._bootstrap_external"}};

/* Fills the table from the mapping; false if the file isn't whole. */
static bool read_table(const uint8_t *p, const uint8_t *end, uint32_t count) {
    table = malloc((count + 1) * sizeof *table);
    if (table == NULL) return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t head[4];
        if ((size_t)(end - p) < sizeof head) return false;
        memcpy(head, p, sizeof head);
        p += sizeof head;
        uint64_t size = (uint64_t)head[0] + head[1] + head[2];
        if ((uint64_t)(end - p) < size || head[0] == 0 || head[1] == 0 || p[head[0] - 1] != 0 || p[head[0] + head[1] - 1] != 0) return false;
        table[i] = (FrozenModule){(const char *)p, (const char *)p + head[0], head[3] != 0, p + head[0] + head[1], head[2]};
        p += size;
        p += -(uintptr_t)p & 3;
        if (p > end) return false;
    }
    table_size = count;
    return true;
}

void frozen_open(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat st;
    void *map = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(FrozenHead)) map = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED) return;
    const FrozenHead *head = map;
    const uint8_t *start = (const uint8_t *)(head + 1), *end = (const uint8_t *)map + st.st_size;
    if (memcmp(head->magic, "WEFTFRZ1", 8) == 0 && head->build == WEFT_BUILD_ID && read_table(start, end, head->count)) return;
    free(table);
    table = NULL;
    table_size = 0;
    munmap(map, st.st_size);
}

static _Atomic int x_override;
void frozen_override(int how) { store_relaxed(&x_override, how); }

/* -X frozen_modules=off: what importlib itself needs comes from the table still. */
static bool in_use(const char *name) {
    const char *option = config_x_option("frozen_modules");
    int how = load_relaxed(&x_override);
    if (how > 0) return true;
    return (how == 0 && (option == NULL || strcmp(option, "off") != 0)) || strncmp(name, "_frozen_", 8) == 0 || strcmp(name, "zipimport") == 0;
}

const FrozenModule *frozen_find(const char *name) {
    for (size_t i = 0; i < table_size; i++)
        if (strcmp(table[i].name, name) == 0 && in_use(name)) return &table[i];
    for (size_t i = 0; i < sizeof essentials / sizeof *essentials; i++)
        if (strcmp(essentials[i].name, name) == 0) return &essentials[i];
    return NULL;
}

const char *frozen_name(size_t i) {
    if (table_size == 0) return i < sizeof essentials / sizeof *essentials ? essentials[i].name : NULL;
    return i < table_size ? table[i].name : NULL;
}

/* The code of a module of the standard library, compiled under its frozen name. */
static Ref compile_library(Thread *t, const char *module) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", config.stdlib, module);
    for (char *p = path + strlen(config.stdlib) + 1; *p; p++)
        if (*p == '.') *p = '/';
    if (n < 0 || (size_t)n + 4 > sizeof path) return err_set(t, E_ImportError, "path too long: %s", module);
    strcpy(path + n, ".py");
    FILE *f = fopen(path, "rb");
    if (f == NULL) return err_set(t, E_ImportError, "can't open '%s', part of Debian's libpython3.11-minimal", path);
    ByteBuilder source = BYTE_BUILDER;
    char chunk[8192];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, f)) > 0)
        if (bytes_append(t, &source, chunk, got) < 0) break;
    fclose(f);
    Ref text = bytes_finish(t, &source), name = str_format(t, "<frozen %s>", module), code = REF_NULL;
    if (!ref_is_null(text) && !ref_is_null(name)) code = vm.compile(t, ref_borrow(text), ref_borrow(name), "exec", 0, 1, 0);
    ref_drop(t, text);
    ref_drop(t, name);
    return code;
}

Ref frozen_code(Thread *t, const FrozenModule *m) {
    return m->data != NULL ? marshal_loads(t, m->data, m->size) : compile_library(t, m->origin);
}
