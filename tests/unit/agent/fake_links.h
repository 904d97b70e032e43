/*
 * What agent/operation.c asks of the person, the card and the document, played by a test: each call
 * is written down as a line, each answer is the test's to give.
 */
#ifndef PIRADI_TEST_FAKE_LINKS_H
#define PIRADI_TEST_FAKE_LINKS_H

#include <stdbool.h>

#include "agent/document_link.h"
#include "agent/prompt_link.h"
#include "agent/reader_states.h"
#include "agent/worker_link.h"

#define FAKE_TOLD_MAX 4096

struct fake_links {
    char told[FAKE_TOLD_MAX]; /* "worker find login; prompt wait card; …" since the last look */
    struct reader_states readers;
    bool prompt_is_missing;
    bool tells_starts; /* of prompts */
    bool worker_is_missing;
    bool document_is_missing;
    enum status upload_status;
    uint64_t upload_left;

    const struct worker_handlers *worker;
    void *worker_context;
    const struct prompt_handlers *prompt;
    void *prompt_context;
    const struct document_handlers *document;
    void *document_context;
};

extern struct fake_links fake;

/* Adds a line. */
void fake_tell(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
