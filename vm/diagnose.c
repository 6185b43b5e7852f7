#include "vm/parser.h"
#include "vm/source.h"
void diagnose(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result) {
    result->error = (SourceError){.kind = ERROR_SYNTAX, .message = "invalid syntax"};
}
