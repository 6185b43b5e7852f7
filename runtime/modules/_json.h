/* _json: what its files share. Scanners and encoders never change once made: any number of threads use one at once. */
#ifndef WEFT_MODULES_JSON_H
#define WEFT_MODULES_JSON_H

#include "runtime/errors.h"
#include "runtime/str.h"
#include "runtime/text.h"

extern Type json_scanner_type, json_encoder_type;
/* JSON text of a string, in quotes. */
int json_put_string(Thread *t, StrBuilder *b, Value s, bool ascii);
Ref json_encode_basestring(Thread *t, Value self, const Value *a);
Ref json_encode_basestring_ascii(Thread *t, Value self, const Value *a);
/* The string whose opening quote stands before `at`; *at: behind the closing one. */
Ref json_scan_string(Thread *t, Value text, size_t *at, bool strict);
Ref json_scanstring(Thread *t, Value self, const Value *a);

#endif
