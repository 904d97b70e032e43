#include "portal/verifyd/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 * 1024)

static bool put_text(struct buffer *text, const char *more)
{
    return put_bytes(text, more, strlen(more));
}

static bool put_counter(struct buffer *text, const char *name, const char *help, uint64_t value)
{
    char lines[512];
    snprintf(lines, sizeof lines, "# HELP %s %s\n# TYPE %s counter\n%s %" PRIu64 "\n", name, help,
             name, name, value);
    return put_text(text, lines);
}

bool metrics_print(struct metrics *metrics, struct buffer *text)
{
    buffer_init(text, TEXT_MAX);
    bool ok = put_text(text, "# HELP piradi_tokens_total Login tokens, by what was said of them.\n"
                             "# TYPE piradi_tokens_total counter\n");
    for (int status = STATUS_OK; ok && status <= STATUS_INTERNAL; status++) {
        char line[128];
        uint64_t count = atomic_load(&metrics->tokens[status]);
        snprintf(line, sizeof line, "piradi_tokens_total{status=\"%s\"} %" PRIu64 "\n",
                 status_code((enum status)status), count);
        ok = (count == 0 && status != STATUS_OK) || put_text(text, line);
    }
    return ok &&
           put_counter(text, "piradi_tokens_in_grace_total",
                       "Tokens accepted on a stale answer about revocation.",
                       atomic_load(&metrics->in_grace)) &&
           put_counter(text, "piradi_tokens_unconfirmed_total",
                       "Tokens accepted without an answer about revocation.",
                       atomic_load(&metrics->unconfirmed));
}
