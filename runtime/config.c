#include "runtime/config.h"
#include <stdlib.h>
#include <string.h>

Config config = {.int_max_str_digits = -1, .hash_randomization = 1, .gil = -1, .check_hash_pycs = "default", .prefix = "/usr", .exec_prefix = "/usr",
                 .stdlib = "/usr/lib/python3.11"};

const char *config_x_option(const char *name) {
    const char *found = NULL;
    size_t n = strlen(name);
    for (size_t i = 0; i < config.x_options.count; i++) { /* the last one counts */
        const char *s = config.x_options.item[i];
        if (strncmp(s, name, n) != 0) continue;
        if (s[n] == 0) found = s + n;
        else if (s[n] == '=') found = s + n + 1;
    }
    return found;
}

bool text_list_add(TextList *list, const char *s) {
    char **grown = realloc(list->item, (list->count + 1) * sizeof *grown);
    if (grown == NULL) return false;
    list->item = grown;
    grown[list->count] = strdup(s);
    if (grown[list->count] == NULL) return false;
    list->count++;
    return true;
}
