/*
 * One line for each APDU, whole before the answer goes out:
 *
 *     SECONDS COMMAND STATUS SIZE
 *
 * seconds since the log was opened, the command in hexadecimal (the data of VERIFY, CHANGE
 * REFERENCE DATA and RESET RETRY COUNTER as `**` for each byte), the status word, and how many
 * bytes of data came before it. `-` and 0 stand for an answer that was never given. A line
 * `SECONDS power-on|power-off|reset|removed|mute` tells what else happened to the card.
 */
#ifndef PIRADI_TESTS_CARD_APDU_LOG_H
#define PIRADI_TESTS_CARD_APDU_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/buffer.h"
#include "base/must_use.h"

struct apdu_log {
    FILE *file; /* NULL: nothing is logged */
    struct timespec start;
};

/* path NULL: no log. False, logged on standard error, when the file cannot be made. */
bool apdu_log_open(struct apdu_log *log, const char *path) MUST_USE;
void apdu_log_close(struct apdu_log *log);

/* response NULL: it was not answered. */
void apdu_log_write(struct apdu_log *log, const uint8_t *command, size_t size,
                    const struct buffer *response);
void apdu_log_event(struct apdu_log *log, const char *event);

/* The command as the log shows it, in 2 * size characters. */
void apdu_log_mask(const uint8_t *command, size_t size, char *text);

#endif
