/*
 * The way to the card in one reader, with deadlines: a thread of its own, with its own PC/SC
 * context, makes every call that could block (pcsc.h). A caller waits for it until its deadline and
 * no longer. A thread that has not come back then is left to itself: what it brings late is
 * dropped, a lock it wins late is released with a reset, and until it is back every call on this
 * link fails at once. (docs/security.md, rows C2 to C5.)
 *
 * A card that was taken with LINK_HOLD is also let go by that thread, with a reset, when its time
 * is over, whatever the application does (row A2). A card that nobody needs is disconnected after a
 * while, so that other programs can have it exclusively.
 *
 * One caller at a time; the device's lock sees to it. Deadlines are times of now_ms().
 */
#ifndef PIRADI_PKCS11_LINK_H
#define PIRADI_PKCS11_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"

#define LINK_COMMAND_MAX 1024
#define LINK_PINS 2

struct link;

enum link_use {
    LINK_READ, /* a transaction; the card is left as it is */
    LINK_HOLD, /* exclusively where possible; the card is reset in the end */
};

/* Milliseconds of the monotonic clock. */
int64_t now_ms(void);

/* Starts no thread yet. NULL if memory is out. The name is at most PCSC_NAME_SIZE - 1 bytes. */
struct link *link_new(const char *reader) MUST_USE;
/* Releases, with a reset where it was held, and waits shortly for the thread; one that does not
 * come frees itself later. */
void link_free(struct link **link);

/* Lets the thread begin with what any link_take needs first, while the caller does something else.
 */
void link_prepare(struct link *link);

/* Numbers that change whenever what one knew of the card may be true no more. */
struct link_state {
    unsigned connection; /* this may be another card */
    unsigned epoch;      /* somebody else may have spoken to it, or it was reset */
};

/*
 * Connects if need be, and takes the card. A card that is held already stays so.
 * CARD_BUSY: others did not let it go in time. CARD_TIMEOUT: it did not even come up in time.
 */
enum status link_take(struct link *link, enum link_use use, int64_t deadline,
                      struct link_state *state) MUST_USE;

/* One command. The response is lent until the next call. After anything but OK only
 * link_disconnect. */
enum status link_transmit(struct link *link, const uint8_t *command, size_t size, int64_t deadline,
                          const uint8_t **response, size_t *response_size) MUST_USE;
/* Two commands, one after the other in `commands`, and the second is sent only if the card says 90
 * 00 and nothing else to the first. *both tells whether, and so whose response this is. */
enum status link_transmit_two(struct link *link, const uint8_t *commands, size_t first_size,
                              size_t size, int64_t deadline, const uint8_t **response,
                              size_t *response_size, bool *both) MUST_USE;
/* The same for a command with a PIN in it. */
enum status link_transmit_secret(struct link *link, const struct secret *command, int64_t deadline,
                                 const uint8_t **response, size_t *response_size) MUST_USE;

/* The reader's features, and a request to one of them (pcsc.h). A request may be
 * LINK_COMMAND_MAX bytes; otherwise as link_transmit. */
enum status link_get_features(struct link *link, int64_t deadline, const uint8_t **response,
                              size_t *response_size) MUST_USE;
enum status link_control(struct link *link, uint32_t code, const uint8_t *request, size_t size,
                         int64_t deadline, const uint8_t **response,
                         size_t *response_size) MUST_USE;

/* Whether the card is held by LINK_HOLD now. */
bool link_is_held(struct link *link);
/* The operation that took the card is over: a plain transaction ends, soon, and a hold goes on for
 * the rest of its time. */
void link_done(struct link *link, int64_t deadline);
/* The operation is over, and the card stays held, with its verified PIN, for this long at most. */
void link_keep(struct link *link, int64_t duration_ms);
/* Lets the card go, with a reset if it was held. Nothing happens if it was not taken. */
void link_release(struct link *link, int64_t deadline);
/* The same, and does not wait for it where the card is held exclusively. */
void link_release_soon(struct link *link, int64_t deadline);
/* Lets go and disconnects, so that the next link_take begins anew. */
void link_disconnect(struct link *link, int64_t deadline);

/*
 * A copy of a PIN for this card, one for each place below LINK_PINS, which the thread wipes when
 * its time is over, whether anybody calls or not, and when the connection fails. False if there is
 * no memory for it.
 */
bool link_keep_pin(struct link *link, size_t place, const struct secret *pin,
                   int64_t duration_ms) MUST_USE;
/* False, and pin untouched, if it is gone. */
bool link_copy_pin(struct link *link, size_t place, struct secret *pin) MUST_USE;
void link_drop_pin(struct link *link, size_t place);

#endif
