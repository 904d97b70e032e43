#include "agent/cli/report.h"

#include <stdio.h>

static bool has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

json_t *report_object(const struct outcome *outcome, const char *detail, json_t *more)
{
    json_t *object = json_pack("{s:s, s:s*}", "status", outcome->code, "detail",
                               has_text(detail) ? detail : NULL);
    if (object != NULL && more != NULL && json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

void report_failure(const struct outcome *outcome, const char *subject, const char *detail)
{
    fprintf(stderr, "piradi: %s%s%s", has_text(subject) ? subject : "",
            has_text(subject) ? ": " : "", outcome->sentence);
    if (has_text(detail)) {
        fprintf(stderr, " (%s)", detail);
    }
    fputc('\n', stderr);
}

int report_json(json_t *object, int exit_status)
{
    if (object == NULL || json_dumpf(object, stdout, JSON_INDENT(2)) != 0 ||
        fputc('\n', stdout) == EOF || fflush(stdout) != 0) {
        exit_status = outcome_of_status(STATUS_INTERNAL).exit_status;
    }
    json_decref(object);
    return exit_status;
}

int report_end(bool json, const struct outcome *outcome, const char *subject, const char *detail,
               json_t *more)
{
    if (json) {
        return report_json(report_object(outcome, detail, more), outcome->exit_status);
    }
    json_decref(more);
    if (outcome->exit_status != 0) {
        report_failure(outcome, subject, detail);
    }
    return outcome->exit_status;
}
