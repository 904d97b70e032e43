/* What a command prints: sentences for a person, or with --json one JSON object on standard output.
 */
#ifndef PIRADI_CLI_REPORT_H
#define PIRADI_CLI_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/cli/outcome.h"

/*
 * Ends a command that failed, or succeeded with nothing more to say than `more`: gives back its
 * exit status. As JSON `more` (taken over; NULL for nothing) with `status`, and `detail` unless
 * that is NULL or empty; else, for a failure, "piradi: SUBJECT: SENTENCE (DETAIL)" on standard
 * error, the subject (a file, say) only if it is not NULL.
 */
int report_end(bool json, const struct outcome *outcome, const char *subject, const char *detail,
               json_t *more);

/* The same object without printing; NULL if memory is out. */
json_t *report_object(const struct outcome *outcome, const char *detail, json_t *more);

/* The sentence on standard error. */
void report_failure(const struct outcome *outcome, const char *subject, const char *detail);

/* Prints and takes over; gives back exit_status, or that of STATUS_INTERNAL for NULL. */
int report_json(json_t *object, int exit_status);

#endif
