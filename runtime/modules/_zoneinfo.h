/* What the two files of _zoneinfo share: kinds of local time, and the rules of TZ strings. Both are set up once and then only read. */
#ifndef WEFT_RUNTIME_MODULES__ZONEINFO_H
#define WEFT_RUNTIME_MODULES__ZONEINFO_H
#include "runtime/modules/_datetime.h"

typedef struct ZoneKind {            /* one kind of local time */
    Slot offset, dst, name;          /* timedelta, timedelta, str; null: never filled */
    int64_t seconds;                 /* offset's */
} ZoneKind;
int kind_fill(Thread *t, ZoneKind *k, int64_t seconds, int64_t dst, Value name);
void kind_visit(const ZoneKind *k, VisitFn visit, void *arg);
void kind_drop(Thread *t, Object *owner, ZoneKind *k);

/* A day of the year and a time of that day: "M3.2.0/2" month, week, weekday (0: Sunday); "J60" day 1 to 365, February 29 not counted; "59" day from 0. */
typedef struct ZoneDay {
    char form;                       /* 'M', 'J', 'N' */
    int month, week, day;
    int64_t time;                    /* seconds */
} ZoneDay;
typedef struct ZoneRule {            /* a POSIX TZ string */
    bool fixed;                      /* standard time all the year */
    ZoneKind standard, summer;
    ZoneDay start, end;              /* of summer time, in local time */
    int64_t difference;              /* summer's offset less standard's */
} ZoneRule;
/* Reads a TZ string, bytes; -1 with ValueError. */
int rule_parse(Thread *t, ZoneRule *r, Value text);
/* The kind in force at a local time, in seconds from 1970, of that year. */
const ZoneKind *rule_local(const ZoneRule *r, int64_t seconds, int fold, int year);
/* The same for universal time; *fold: the local time is the second of two that read the same. */
const ZoneKind *rule_utc(const ZoneRule *r, int64_t seconds, int year, int *fold);
#endif
