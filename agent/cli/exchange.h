/*
 * One request to the agent, waited for (docs/protocols.md, "Client to agent"). Meanwhile the person
 * is told what is waited for; SIGINT, SIGTERM and SIGHUP take the request back.
 */
#ifndef PIRADI_CLI_EXCHANGE_H
#define PIRADI_CLI_EXCHANGE_H

#include <jansson.h>
#include <stdint.h>

#include "agent/cli/outcome.h"
#include "base/must_use.h"

struct exchange {
    const json_t *request; /* lent */
    int upload;            /* a document of upload_size bytes, read from its beginning; or -1 */
    uint64_t upload_size;
    int download;      /* where the answer's document is written; or -1 */
    uint64_t limit_ms; /* for all of it; 0: as long as the agent gives the person */

    json_t *answer; /* of exchange_run, for the caller to json_decref() */
};

/*
 * The outcome, which is OK only with the whole answer: its status; AGENT_UNAVAILABLE; FILE_* or
 * DISK_FULL when one of the files fails; INTERRUPTED; INTERNAL when the agent breaks off;
 * CARD_TIMEOUT after limit_ms. `answer` is NULL if none came.
 */
struct outcome exchange_run(struct exchange *exchange) MUST_USE;

/*
 * Adds to a request the terminal that this program was started in, if any, so that the person can
 * be asked there where there is no display. Takes and gives back the same object, or NULL.
 */
json_t *exchange_from_terminal(json_t *request) MUST_USE;

/* The answer's `detail`, lent, or NULL. */
const char *exchange_detail(const struct exchange *exchange);

#endif
