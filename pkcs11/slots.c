#include "pkcs11/slots.h"

#include <string.h>

void slots_init(struct slots *slots)
{
    size_t token;
    *slots = (struct slots){0};
    pthread_mutex_init(&slots->lock, NULL);
    pthread_mutex_init(&slots->watch_lock, NULL);
    slots_refresh(slots, true);
    for (size_t i = 0; i < slots->count; i++) {
        while (device_take_change(slots->devices[i], &token)) {
        }
    }
}

void slots_free(struct slots *slots)
{
    for (size_t i = 0; i < slots->count; i++) {
        device_free(&slots->devices[i]);
    }
    pcsc_close(&slots->pcsc);
    pthread_mutex_destroy(&slots->watch_lock);
    pthread_mutex_destroy(&slots->lock);
}

/* With the list's lock. */
static struct device *find_device(struct slots *slots, const char *name)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (strcmp(slots->devices[i]->name, name) == 0) {
            return slots->devices[i];
        }
    }
    return NULL;
}

static const struct pcsc_reader *find_reader(const struct pcsc_reader *readers, size_t count,
                                             const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(readers[i].name, name) == 0) {
            return &readers[i];
        }
    }
    return NULL;
}

static void announce_all(struct slots *slots, const struct pcsc_reader *readers, size_t count,
                         bool grow)
{
    pthread_mutex_lock(&slots->lock);
    for (size_t i = 0; grow && i < count; i++) {
        if (find_device(slots, readers[i].name) == NULL && slots->count < SLOTS_DEVICES_MAX) {
            struct device *device = device_new(slots->count, readers[i].name);
            if (device != NULL) {
                slots->devices[slots->count++] = device;
            }
        }
    }
    for (size_t i = 0; i < slots->count; i++) {
        struct device *device = slots->devices[i];
        device_announce(device, find_reader(readers, count, device->name), slots->pcscd);
    }
    pthread_mutex_unlock(&slots->lock);
}

/* A context that outlived its pcscd is replaced by one of the new pcscd, if there is one. */
static enum status list_readers(struct slots *slots, struct pcsc_reader *readers, size_t *count)
{
    if (slots->pcsc != NULL) {
        enum status status = pcsc_list(slots->pcsc, readers, count);
        if (status == STATUS_OK) {
            return status;
        }
        pcsc_close(&slots->pcsc);
    }
    slots->pcscd++;
    enum status status = pcsc_open(&slots->pcsc);
    return status == STATUS_OK ? pcsc_list(slots->pcsc, readers, count) : status;
}

void slots_refresh(struct slots *slots, bool grow)
{
    struct pcsc_reader readers[PCSC_READERS_MAX];
    size_t count = 0;
    pthread_mutex_lock(&slots->watch_lock);
    if (list_readers(slots, readers, &count) != STATUS_OK) {
        count = 0;
    }
    announce_all(slots, readers, count, grow);
    pthread_mutex_unlock(&slots->watch_lock);
}

size_t slots_count(struct slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    size_t count = slots->count * DEVICE_TOKENS;
    pthread_mutex_unlock(&slots->lock);
    return count;
}

struct device *slots_device(struct slots *slots, CK_SLOT_ID slot, size_t *token)
{
    struct device *device = NULL;
    pthread_mutex_lock(&slots->lock);
    if (slot / DEVICE_TOKENS < slots->count) {
        device = slots->devices[slot / DEVICE_TOKENS];
        *token = slot % DEVICE_TOKENS;
    }
    pthread_mutex_unlock(&slots->lock);
    return device;
}

static bool take_change(struct slots *slots, CK_SLOT_ID *slot)
{
    size_t token;
    bool taken = false;
    pthread_mutex_lock(&slots->lock);
    for (size_t i = 0; !taken && i < slots->count; i++) {
        if (device_take_change(slots->devices[i], &token)) {
            *slot = i * DEVICE_TOKENS + token;
            taken = true;
        }
    }
    pthread_mutex_unlock(&slots->lock);
    return taken;
}

static bool add_waiter(struct slots *slots, struct pcsc *pcsc)
{
    bool added = false;
    pthread_mutex_lock(&slots->lock);
    for (size_t i = 0; !added && !slots->stopping && i < SLOTS_WAITERS_MAX; i++) {
        if (slots->waiters[i] == NULL) {
            slots->waiters[i] = pcsc;
            added = true;
        }
    }
    pthread_mutex_unlock(&slots->lock);
    return added;
}

static void remove_waiter(struct slots *slots, struct pcsc *pcsc)
{
    pthread_mutex_lock(&slots->lock);
    for (size_t i = 0; i < SLOTS_WAITERS_MAX; i++) {
        if (slots->waiters[i] == pcsc) {
            slots->waiters[i] = NULL;
        }
    }
    pthread_mutex_unlock(&slots->lock);
}

static bool is_stopping(struct slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    bool stopping = slots->stopping;
    pthread_mutex_unlock(&slots->lock);
    return stopping;
}

/* The list is taken with the waiter's own context before the changes are looked for, so that none
 * falls between. */
static enum status wait_for_event(struct slots *slots, struct pcsc *pcsc, CK_SLOT_ID *slot)
{
    struct pcsc_reader readers[PCSC_READERS_MAX];
    size_t count = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = pcsc_list(pcsc, readers, &count);
        slots_refresh(slots, true);
        if (take_change(slots, slot)) {
            return STATUS_OK;
        }
        if (is_stopping(slots)) {
            return STATUS_USER_CANCELLED;
        }
        if (status == STATUS_OK) {
            status = pcsc_wait(pcsc, readers, count);
        }
    }
    return status;
}

enum status slots_next_event(struct slots *slots, bool wait, CK_SLOT_ID *slot)
{
    struct pcsc *pcsc = NULL;
    slots_refresh(slots, true);
    if (take_change(slots, slot)) {
        return STATUS_OK;
    }
    if (!wait) {
        return STATUS_NO_CARD;
    }
    enum status status = pcsc_open(&pcsc);
    if (status != STATUS_OK) {
        return status;
    }
    status = STATUS_USER_CANCELLED;
    if (add_waiter(slots, pcsc)) {
        status = wait_for_event(slots, pcsc, slot);
        remove_waiter(slots, pcsc);
    }
    pcsc_close(&pcsc);
    return status;
}

void slots_stop(struct slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    slots->stopping = true;
    for (size_t i = 0; i < SLOTS_WAITERS_MAX; i++) {
        if (slots->waiters[i] != NULL) {
            pcsc_cancel(slots->waiters[i]);
        }
    }
    pthread_mutex_unlock(&slots->lock);
}
