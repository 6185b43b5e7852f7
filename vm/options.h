/* The command line and the environment, as python3.11 reads them, into runtime/config.h. No objects: before anything else starts. */
#ifndef WEFT_VM_OPTIONS_H
#define WEFT_VM_OPTIONS_H
#include "runtime/config.h"
#include <stdint.h>

typedef enum RunKind { RUN_STDIN, RUN_COMMAND, RUN_MODULE, RUN_FILE } RunKind;
typedef struct Options {
    RunKind kind;
    const char *program;  /* argv[0], for messages */
    char *command;        /* -c: with a newline at its end */
    const char *target;   /* -m: module; else the absolute name of the file */
    bool random_seed;     /* -R: whatever PYTHONHASHSEED says */
    bool seed_given;
    uint32_t seed;        /* PYTHONHASHSEED */
} Options;

/* Fills *o and `config`. -1: go on; else the process ends with this status (messages are written). */
int options_read(Options *o, int argc, char **argv);
/* Without going through links; malloc'ed, null: no memory. */
char *absolute_path(const char *path);
#endif
