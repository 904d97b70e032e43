#include "tests/bench/stopwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_SIZE 4096
#define PERFORM_SECURITY_OPERATION "002A9E9A"

struct log_summary {
    long apdus;
    double signing_ms;
};

static double monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The command's hexadecimal digits, lent; NULL for a line that is no APDU. */
static const char *read_line(const char *line, double *seconds)
{
    char *end = NULL;
    double value = strtod(line, &end);
    if (end == line || *end != ' ' || strchr(end + 1, ' ') == NULL) {
        return NULL;
    }
    *seconds = value;
    return end + 1;
}

static bool summarize(const char *path, struct log_summary *summary)
{
    char line[LINE_MAX_SIZE];
    double before = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return false;
    }
    *summary = (struct log_summary){0};
    while (fgets(line, sizeof line, file) != NULL) {
        double seconds = 0;
        const char *command = read_line(line, &seconds);
        if (command == NULL) {
            continue;
        }
        summary->apdus++;
        if (strncmp(command, PERFORM_SECURITY_OPERATION, strlen(PERFORM_SECURITY_OPERATION)) == 0) {
            summary->signing_ms = (seconds - before) * 1e3;
        }
        before = seconds;
    }
    fclose(file);
    return true;
}

bool stopwatch_start(struct stopwatch *watch, const char *log)
{
    struct log_summary summary;
    if (!summarize(log, &summary)) {
        return false;
    }
    *watch = (struct stopwatch){.log = log, .started_apdus = summary.apdus};
    watch->started_ms = monotonic_ms();
    return true;
}

bool stopwatch_print(const struct stopwatch *watch, const char *name)
{
    double elapsed_ms = monotonic_ms() - watch->started_ms;
    struct log_summary summary;
    if (!summarize(watch->log, &summary)) {
        return false;
    }
    printf("%s %.3f %ld %.3f\n", name, elapsed_ms, summary.apdus - watch->started_apdus,
           summary.signing_ms);
    return true;
}
