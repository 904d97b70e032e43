/*
 * What the sources of an operation share: operation.c is its life, operation_card.c how it comes to
 * a card, operation_pin.c what it asks of person and card, errand_*.c what each errand does in
 * between.
 */
#ifndef PIRADI_AGENT_OPERATION_PRIVATE_H
#define PIRADI_AGENT_OPERATION_PRIVATE_H

#include "agent/card_key.h"
#include "agent/document_link.h"
#include "agent/operation.h"
#include "agent/prompt_link.h"
#include "agent/reader_states.h"
#include "agent/warm_prompt.h"
#include "agent/worker_link.h"

enum stage {
    STAGE_UPLOAD,
    STAGE_PREPARE,
    STAGE_WAIT,
    STAGE_FIND,
    STAGE_CHOOSE,
    STAGE_ATTRIBUTES,
    STAGE_PIN, /* or the person's consent */
    STAGE_CARD_WORK,
    STAGE_PAD,
    STAGE_FINISH,
};

/* What an errand does at the points where errands differ. Each may end the operation. */
struct errand_steps {
    const char *word;    /* in the log */
    const char *purpose; /* in the prompt */
    unsigned wants;      /* of a key, besides what every errand does */
    /* NULL: the card comes first. */
    void (*begin)(struct operation *operation);
    /* What the chosen key must be able to do; STATUS_OK or why it cannot. */
    enum status (*check)(struct operation *operation);
    /* Goes on with the chosen key; ends in operation_ask, or what is like it. */
    void (*found)(struct operation *operation);
    /* Asks the person for it; false if the prompt cannot be told. */
    bool (*ask)(struct operation *operation);
    /* Asks the card for it, once the person has given the PIN; NULL: the card has nothing to do. */
    bool (*work)(struct operation *operation);
    /* The card has done it; NULL where it gives no signature. */
    void (*signature)(struct operation *operation, const char *signature, const char *algorithm);
    /* The person agreed, and nothing is asked of the card; NULL where that cannot be. */
    void (*agreed)(struct operation *operation);
};

extern const struct errand_steps errand_login;
extern const struct errand_steps errand_letter;
extern const struct errand_steps errand_hash;
extern const struct errand_steps errand_certificate;
extern const struct errand_steps errand_pin;

#define PAGES_WISHED_MAX 16

struct page_wish {
    size_t number;
    size_t width; /* pixels */
};

/* Pages of a letter that the prompt wants to show, in order. */
struct page_wishes {
    size_t count;
    struct page_wish list[PAGES_WISHED_MAX];
    bool under_way; /* the first of them, or the first page's picture, is on its way */
};

struct operations {
    uv_loop_t *loop;
    const struct readers *readers;
    struct operation *current;
    bool reserved;                /* by what is no operation */
    uv_timer_t limit;             /* of the current operation's stage */
    struct prompt_link *farewell; /* a window that still says how it ended */
    uv_timer_t farewell_limit;
    int handles_open;
    struct warm_prompt *warm;
    char *chosen[2]; /* by purpose: the certificate that the person chose, base64; or NULL */
};

struct operation {
    struct operations *place;
    const struct errand_steps *steps;
    struct request request;
    json_t *object; /* lends the request's texts */
    struct portal portal;
    const struct operation_owner *owner;
    void *context;

    enum stage stage;
    enum reader_need need;   /* in STAGE_WAIT */
    unsigned reader_changes; /* since the operation began */
    unsigned changes_at_find;

    struct worker_link *worker;
    struct prompt_link *prompt;
    struct document_link *document; /* of a letter */
    const struct document_view *view;
    struct page_wishes pages;
    char *to_be_signed; /* of a letter: base64 */
    json_t *found;      /* lends the keys' texts */
    struct card_keys keys;
    struct card_key key;
};

/* ---- operation.c ---- */

void operation_enter(struct operation *operation, enum stage stage);

/* Over: the person is told, the owner is told. */
void operation_refuse(struct operation *operation, enum status status, const char *detail);
void operation_refuse_with(struct operation *operation, const struct refusal *refusal);

/* Over: takes the answer over, INTERNAL where it is NULL. The window goes, or stays if it was told
 * that all is done. */
void operation_answer(struct operation *operation, json_t *answer);
void operation_say_done(struct operation *operation);

/* Over: a duplicate of the descriptor is the owner's. */
void operation_give_document(struct operation *operation, int fd, uint64_t size);

struct prompt_scene operation_scene(const struct operation *operation);

/* ---- operation_card.c ---- */

/* Starts prompt and worker, and looks for the card. */
void operation_begin_with_card(struct operation *operation);
void operation_look_for_card(struct operation *operation);
/* The card with the key went away, and the operation is over; to be asked while the person is. */
bool operation_ended_without_card(struct operation *operation) MUST_USE;

void operation_take_keys(struct operation *operation, json_t *keys);
void operation_take_choice(struct operation *operation, size_t index);
void operation_choose_again(struct operation *operation);
/* What the worker answers to a search that found nothing. */
void operation_not_found(struct operation *operation, const struct refusal *refusal);

/* ---- operation_pin.c ---- */

extern const struct worker_handlers operation_worker_handlers;
extern const struct prompt_handlers operation_prompt_handlers;

void operation_ask(struct operation *operation);

/* ---- errand_letter.c ---- */

void letter_take_page_wish(struct operation *operation, size_t number, size_t width);
void letter_picture_sent(struct operation *operation);

#endif
