/*
 * The readers of this computer, as slots: two for each reader, in the order in which the readers
 * were first seen. A reader that goes keeps its slots, empty.
 */
#ifndef PIRADI_PKCS11_SLOTS_H
#define PIRADI_PKCS11_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "base/must_use.h"
#include "base/status.h"
#include "pkcs11/device.h"

#define SLOTS_DEVICES_MAX 32
#define SLOTS_WAITERS_MAX 16

struct slots {
    pthread_mutex_t lock; /* of the list and the waiters; never held during a call to the card */
    struct device *devices[SLOTS_DEVICES_MAX];
    size_t count;
    struct pcsc *waiters[SLOTS_WAITERS_MAX];
    bool stopping;

    pthread_mutex_t watch_lock; /* of what follows */
    struct pcsc *pcsc;          /* NULL while pcscd is not there */
    unsigned pcscd;             /* counts its lives */
};

/* Readers and cards that are there already are no events. */
void slots_init(struct slots *slots);
void slots_free(struct slots *slots);

/* Asks pcscd what has changed. New readers become slots only if `grow`. Without pcscd there are
 * no readers: their slots are empty. */
void slots_refresh(struct slots *slots, bool grow);

size_t slots_count(struct slots *slots);
/* The device of a slot and which of its tokens; NULL for an unknown slot. */
struct device *slots_device(struct slots *slots, CK_SLOT_ID slot, size_t *token);

/* The next slot that changed. Waits for it if asked to, until slots_stop. NO_CARD: nothing changed,
 * USER_CANCELLED, PCSC_UNAVAILABLE: there is nothing to wait on. */
enum status slots_next_event(struct slots *slots, bool wait, CK_SLOT_ID *slot) MUST_USE;
/* Ends all waiting, now and from now on. To be repeated until they have all gone. */
void slots_stop(struct slots *slots);

#endif
