/*
 * A letter of a citizen's to a public body. It begins as a draft: composed once, and the PDF that
 * was composed never changes. It is sent when the citizen has signed that PDF. Whoever asks for a
 * letter says as whom; another citizen's letter is not there.
 */
#ifndef PIRADI_PORTAL_LETTER_H
#define PIRADI_PORTAL_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "portal/citizen.h"
#include "portal/config.h"
#include "portal/random_hex.h"
#include "portal/store.h"

#define LETTER_ID_BYTES 16
#define LETTER_ID_SIZE RANDOM_HEX_SIZE(LETTER_ID_BYTES)
#define LETTER_SUBJECT_CHARACTERS_MAX 200
#define LETTER_TEXT_CHARACTERS_MAX 20000
#define LETTER_PAGES_MAX 40
#define LETTER_DRAFTS_MAX 20 /* of one citizen */
#define LETTER_PDF_MAX ((size_t)8 * 1024 * 1024)

struct letter {
    char id[LETTER_ID_SIZE];
    struct citizen sender;
    struct public_body body; /* as it was called when the letter was composed */
    char *subject;
    char *text;
    unsigned pages;
    int64_t composed; /* seconds since 1970 */
    int64_t sent;     /* 0: a draft */
};

/* Frees what it holds; it may then be used again. */
void letter_clear(struct letter *letter);

/*
 * Takes what the citizen wrote into a letter that is not stored yet: line ends become \n, white
 * space at the ends goes. STATUS_BAD_REQUEST, with the field and the rule in *detail (static), for
 * a subject or text that is empty, too long, or has control or bidirectional characters, which
 * could show something else than what is signed.
 */
enum status letter_write(struct letter *letter, const char *subject, const char *text,
                         const char **detail) MUST_USE;

/* Stores a new draft with its PDF. STATUS_TOO_MANY_REQUESTS when the citizen has LETTER_DRAFTS_MAX.
 */
enum status letter_insert(struct store *store, const struct letter *letter,
                          const struct buffer *draft) MUST_USE;

/* STATUS_OPERATION_UNKNOWN if this citizen has no such letter. Clear it after use. */
enum status letter_find(struct store *store, const struct citizen *citizen, const char *id,
                        struct letter *letter) MUST_USE;

/* Calls visit with each of the citizen's letters, the latest first, without their texts; stops
 * when it returns false, which is STATUS_INTERNAL. */
typedef bool letter_visit(void *user, const struct letter *letter);
enum status letter_list(struct store *store, const struct citizen *citizen, letter_visit *visit,
                        void *user) MUST_USE;

/* The PDF as composed, or as signed, appended to pdf. STATUS_OPERATION_UNKNOWN if there is none. */
enum letter_form { LETTER_DRAFT, LETTER_SIGNED };
enum status letter_pdf(struct store *store, const struct citizen *citizen, const char *id,
                       enum letter_form form, struct buffer *pdf) MUST_USE;

/* The draft becomes a sent letter. STATUS_OPERATION_UNKNOWN if it is not a draft of this citizen's.
 */
enum status letter_send(struct store *store, const struct citizen *citizen, const char *id,
                        const void *signed_pdf, size_t size, int64_t now) MUST_USE;

/* Removes a draft; STATUS_OPERATION_UNKNOWN as above. A sent letter stays. */
enum status letter_discard(struct store *store, const struct citizen *citizen,
                           const char *id) MUST_USE;

#endif
