/*
 * What `piradi doctor` found, in the order of a card's way: the sentence, what to do about it, and
 * what was seen. A finding has a code: the one of base/status.h where a request would fail with it,
 * else one of its own.
 */
#ifndef PIRADI_CLI_FINDINGS_H
#define PIRADI_CLI_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/must_use.h"
#include "base/status.h"

#define FINDINGS_MAX 64
#define FINDING_SEEN_MAX 512

enum finding_level {
    FINDING_GOOD,
    FINDING_NOTE, /* worth knowing; nothing fails because of it alone */
    FINDING_PROBLEM,
};

struct finding {
    enum finding_level level;
    const char *code;            /* static */
    const char *what;            /* static, translated */
    const char *advice;          /* static, translated; NULL when there is nothing to do */
    char seen[FINDING_SEEN_MAX]; /* one line, or empty */
};

struct findings {
    size_t count;
    struct finding list[FINDINGS_MAX];
};

/* A failure of base/status.h. The format gives what was seen; "" for nothing. */
void findings_add_status(struct findings *findings, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* What only the doctor tells apart: a code of the table in findings.c, e.g. "AGENT_UNAVAILABLE". */
void findings_add(struct findings *findings, const char *code, const char *format, ...)
    PRINTF_LIKE(3, 4);

bool findings_have_problem(const struct findings *findings);

/* A finding a paragraph, on standard output. */
void findings_print(const struct findings *findings);

/* [{"level":…,"code":…,"what":…,"advice":…,"seen":…}…]; NULL if memory is out. */
json_t *findings_json(const struct findings *findings) MUST_USE;

#endif
