/*
 * One thing that a card does for its holder, from the request to the answer: the only place that
 * decides. It asks the person through the prompt, the card through the worker and, for a letter,
 * piradi-document; it never sees a PIN or a document's content. One at a time for the whole agent.
 *
 *     login        a card → its key → PIN → token
 *     letter       upload → prepare → a card → its key → attributes → PIN → finish
 *     hash         a card → its key → PIN → signature
 *     certificate  a card → its key → consent → certificate
 *     PIN          a card → its key → PUK, transport or old PIN, and the new one → done
 *
 * "A card" is the one that fits, or the one that the person chooses of several; the choice holds as
 * long as the agent runs, for each purpose.
 */
#ifndef PIRADI_AGENT_OPERATION_H
#define PIRADI_AGENT_OPERATION_H

#include <jansson.h>
#include <stdint.h>
#include <uv.h>

#include "agent/readers.h"
#include "agent/refusal.h"
#include "agent/request.h"
#include "base/must_use.h"
#include "base/portals.h"

/* How long a person may take for each thing that is asked of them. */
#define OPERATION_PERSON_MS 120000
/* How long the card may take; the module has shorter deadlines of its own. */
#define OPERATION_CARD_MS 45000
/* How long the card may take whose PIN is typed on the reader. */
#define OPERATION_PAD_MS 120000
/* How long piradi-document may take for one answer. */
#define OPERATION_DOCUMENT_MS 60000
/* How long the next piece of an upload may take. */
#define OPERATION_UPLOAD_MS 60000
/* How long a window that says how it ended stays when nobody closes it. */
#define OPERATION_FAREWELL_MS 60000

struct operation;

/* The place where operations happen: the loop, the readers, and the one that is under way. */
struct operations;

/*
 * What becomes of it. After refused, answered or signed_document the operation is over and its
 * pointer is dead; inside `waiting` the owner may cancel it. Everything is lent but the descriptor,
 * which the owner takes over.
 */
struct operation_owner {
    /* The person is asked for this now: "pcsc", "reader", "card", "pin" or "card-work". */
    void (*waiting)(void *context, const char *need);
    void (*refused)(void *context, const struct refusal *refusal);
    /* {"status":"OK",…}, whole. */
    void (*answered)(void *context, const json_t *answer);
    void (*signed_document)(void *context, int fd, uint64_t size, const char *signer);
};

/* readers is lent and must outlive it. NULL if memory is out. */
struct operations *operations_new(uv_loop_t *loop, const struct readers *readers) MUST_USE;

/* Cancels what is under way and gives the loop its handles back. */
void operations_end(struct operations *operations);

/* Whether somebody may soon ask for the card: a prompt is kept ready then. */
void operations_expected(struct operations *operations, bool expected);

/*
 * Keeps the place for something else that needs the card (agent/examination.h), until it is given
 * back; operation_new answers BUSY meanwhile. False while an operation is under way.
 */
bool operations_reserve(struct operations *operations) MUST_USE;
void operations_give_back(struct operations *operations);

/* To be called after each change of the readers. */
void operations_readers_changed(struct operations *operations);

/*
 * Takes a checked request and the object that lends its texts (a reference of its own is kept), for
 * a portal that may ask it (copied; one without an origin is this computer itself). STATUS_OK and
 * the operation, not yet begun; BUSY while another is under way; INTERNAL.
 */
enum status operation_new(struct operations *operations, const struct request *request,
                          json_t *object, const struct portal *portal,
                          const struct operation_owner *owner, void *context,
                          struct operation **operation) MUST_USE;

/* From here on the owner is told; it may be told before this returns. */
void operation_begin(struct operation *operation);

/* The next bytes of the document; the owner may be told before this returns. */
void operation_upload(struct operation *operation, const uint8_t *bytes, size_t size);

/* The caller went away: prompt and card are let go, the owner is told nothing. Clears the pointer.
 */
void operation_cancel(struct operation **operation);

#endif
