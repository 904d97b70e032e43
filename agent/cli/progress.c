#include "agent/cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"

static bool shown;
static bool quiet;
static unsigned last_percent = 101;

static bool is_seen(void)
{
    return !quiet && isatty(STDERR_FILENO) == 1;
}

void progress_keep_quiet(void)
{
    quiet = true;
}

void progress_say(const char *text)
{
    last_percent = 101;
    if (is_seen()) {
        shown = true;
        fprintf(stderr, CLEAR_LINE "%s", text);
        fflush(stderr);
    }
}

void progress_share(const char *text, uint64_t done, uint64_t total)
{
    unsigned percent = total > 0 ? (unsigned)(done * 100 / total) : 100;
    if (percent != last_percent && is_seen()) {
        shown = true;
        fprintf(stderr, CLEAR_LINE "%s: %u %%", text, percent);
        fflush(stderr);
    }
    last_percent = percent;
}

void progress_clear(void)
{
    if (shown) {
        shown = false;
        fputs(CLEAR_LINE, stderr);
        fflush(stderr);
    }
}
