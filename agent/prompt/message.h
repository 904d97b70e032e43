/*
 * What the agent tells the prompt: the JSON messages of docs/protocols.md, "Prompt", checked key by
 * key. Pure: bytes in, a checked value out.
 */
#ifndef PIRADI_PROMPT_MESSAGE_H
#define PIRADI_PROMPT_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/prompt/request.h"
#include "base/frame.h"
#include "base/must_use.h"
#include "base/status.h"

enum message_kind {
    MESSAGE_WAIT,
    MESSAGE_CHOOSE,
    MESSAGE_CONSENT,
    MESSAGE_ASK,
    MESSAGE_PIN,
    MESSAGE_PIN_WRONG,
    MESSAGE_PAGE,
    MESSAGE_DONE,
    MESSAGE_FAIL,
};

/* A further page of the document, whose picture follows in D frames. */
struct page {
    unsigned number;   /* from 1 */
    size_t image_size; /* 0 when it cannot be shown */
};

/* status as in the message; holder is the program that has the card, or NULL. */
struct failure {
    enum status status;
    const char *holder;
    const char *detail; /* English, for a developer; or NULL */
};

/* Strings are lent by `json`, which the message owns. */
struct message {
    enum message_kind kind;
    json_t *json;
    union {
        struct request request; /* MESSAGE_WAIT to MESSAGE_PIN */
        unsigned tries_left;    /* MESSAGE_PIN_WRONG, at least 1 */
        struct page page;       /* MESSAGE_PAGE */
        struct failure failure; /* MESSAGE_FAIL */
    };
};

/* False, message untouched, for a frame that is not exactly one of the agent's messages. */
bool message_parse(const struct frame *frame, struct message *message) MUST_USE;

/* Frees what the message owns and empties it. Accepts an empty (all zero) one. */
void message_free(struct message *message);

#endif
