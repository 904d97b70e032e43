#include "tests/card/apdu_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tests/card/apdu.h"
#include "tests/card/hex.h"
#include "tests/card/iso7816.h"

bool apdu_log_open(struct apdu_log *log, const char *path)
{
    *log = (struct apdu_log){0};
    clock_gettime(CLOCK_MONOTONIC, &log->start);
    if (path == NULL) {
        return true;
    }
    log->file = fopen(path, "we");
    if (log->file == NULL) {
        log_error("%s: %s", path, strerror(errno));
        return false;
    }
    setvbuf(log->file, NULL, _IOLBF, BUFSIZ);
    return true;
}

void apdu_log_close(struct apdu_log *log)
{
    if (log->file != NULL) {
        fclose(log->file);
        log->file = NULL;
    }
}

static double seconds(const struct apdu_log *log)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - log->start.tv_sec) +
           (double)(now.tv_nsec - log->start.tv_nsec) / 1e9;
}

static bool carries_pin(uint8_t ins)
{
    return ins == INS_VERIFY || ins == INS_CHANGE_REFERENCE_DATA || ins == INS_RESET_RETRY_COUNTER;
}

/* Where the data field is, as far as one can tell: a malformed command is hidden from its fifth
 * byte on. */
static void find_data(const uint8_t *command, size_t size, size_t *from, size_t *to)
{
    struct apdu apdu;
    *from = APDU_HEADER_SIZE + 1 < size ? APDU_HEADER_SIZE + 1 : size;
    *to = size;
    if (apdu_parse(command, size, &apdu)) {
        *from = apdu.data_size > 0 ? (size_t)(apdu.data - command) : size;
        *to = *from + apdu.data_size;
    }
}

void apdu_log_mask(const uint8_t *command, size_t size, char *text)
{
    size_t from;
    size_t to;
    hex_encode(command, size, text);
    if (size > 1 && carries_pin(command[1])) {
        find_data(command, size, &from, &to);
        memset(text + 2 * from, '*', 2 * (to - from));
    }
}

void apdu_log_write(struct apdu_log *log, const uint8_t *command, size_t size,
                    const struct buffer *response)
{
    char *text = log->file != NULL ? malloc(2 * size + 1) : NULL;
    if (text == NULL) {
        return;
    }
    apdu_log_mask(command, size, text);
    text[2 * size] = '\0';
    if (response != NULL && response->size >= 2) {
        const uint8_t *status = response->bytes + response->size - 2;
        fprintf(log->file, "%.6f %s %02X%02X %zu\n", seconds(log), text, status[0], status[1],
                response->size - 2);
    } else {
        fprintf(log->file, "%.6f %s - 0\n", seconds(log), text);
    }
    free(text);
}

void apdu_log_event(struct apdu_log *log, const char *event)
{
    if (log->file != NULL) {
        fprintf(log->file, "%.6f %s\n", seconds(log), event);
    }
}
