#include "tests/unit/pkcs11/fake_pcsc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pkcs11/pcsc.h"
#include "tests/unit/pkcs11/fake_card.h"

struct pcsc {
    unsigned life;
    bool cancelled;
};

struct pcsc_card {
    unsigned life;
    uint32_t changes;
    bool exclusive;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool pcscd_runs;
    unsigned life;
    bool present;
    uint32_t changes;
    uint8_t atr[PCSC_ATR_MAX];
    size_t atr_size;
    bool held_elsewhere;
    bool exclusive_elsewhere;
    unsigned waits; /* in pcsc_wait_for_change */
    bool mute;
    bool taken;
    unsigned commands;
    unsigned verifies;
    unsigned resets;
    unsigned remove_at;
    unsigned answer_at;
    const uint8_t *answer;
    size_t answer_size;
    bool has_pad;
    const char *typed[2];
    uint16_t pad_answer;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static const uint8_t atr_b[] = {0x3B, 0xDC, 0x96, 0xFF, 0x81, 0x11, 0xFE, 0x47, 0x65, 0x6F,
                                0x72, 0x67, 0x69, 0x61, 0x45, 0x49, 0x44, 0x76, 0x31, 0x84};

static void lock(void)
{
    pthread_mutex_lock(&fake.lock);
}

static void unlock(void)
{
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}

void fake_begin(void)
{
    lock();
    fake_card_renew();
    fake.pcscd_runs = true;
    fake.life++;
    fake.present = true;
    fake.changes++;
    fake.held_elsewhere = false;
    fake.exclusive_elsewhere = false;
    fake.waits = 0;
    fake.mute = false;
    fake.taken = false;
    fake.commands = 0;
    fake.verifies = 0;
    fake.resets = 0;
    fake.remove_at = FAKE_NEVER;
    fake.answer_at = FAKE_NEVER;
    fake.has_pad = false;
    memcpy(fake.atr, atr_b, sizeof atr_b);
    fake.atr_size = sizeof atr_b;
    unlock();
}

/* With the lock. */
static void pull(void)
{
    fake.present = false;
    fake.taken = false;
    fake.changes++;
    fake_card_reset();
}

void fake_insert(void)
{
    lock();
    fake.present = true;
    fake.changes++;
    unlock();
}

void fake_remove(void)
{
    lock();
    pull();
    unlock();
}

void fake_stop_pcscd(void)
{
    lock();
    fake.pcscd_runs = false;
    fake.taken = false;
    fake_card_reset();
    unlock();
}

void fake_start_pcscd(void)
{
    lock();
    fake.pcscd_runs = true;
    fake.life++;
    unlock();
}

void fake_hold_elsewhere(bool holds)
{
    lock();
    fake.held_elsewhere = holds;
    unlock();
}

void fake_hold_exclusively_elsewhere(bool holds)
{
    lock();
    fake.exclusive_elsewhere = holds;
    unlock();
}

void fake_wait_for_waiter(void)
{
    lock();
    while (fake.waits == 0) {
        pthread_cond_wait(&fake.changed, &fake.lock);
    }
    unlock();
}

void fake_mute(bool mute)
{
    lock();
    fake.mute = mute;
    unlock();
}

void fake_set_atr(const uint8_t *atr, size_t size)
{
    lock();
    memcpy(fake.atr, atr, size);
    fake.atr_size = size;
    unlock();
}

void fake_remove_at(unsigned nth)
{
    lock();
    fake.remove_at = nth == FAKE_NEVER ? FAKE_NEVER : fake.commands + nth;
    unlock();
}

void fake_answer_at(unsigned nth, const uint8_t *bytes, size_t size)
{
    lock();
    fake.answer_at = nth == FAKE_NEVER ? FAKE_NEVER : fake.commands + nth;
    fake.answer = bytes;
    fake.answer_size = size;
    unlock();
}

void fake_type(const char *digits, const char *new_digits, uint16_t answer)
{
    lock();
    fake.has_pad = true;
    fake.typed[0] = digits;
    fake.typed[1] = new_digits;
    fake.pad_answer = answer;
    unlock();
}

static unsigned count(const unsigned *counter)
{
    lock();
    unsigned value = *counter;
    unlock();
    return value;
}

unsigned fake_commands(void)
{
    return count(&fake.commands);
}

unsigned fake_verifies(void)
{
    return count(&fake.verifies);
}

unsigned fake_resets(void)
{
    return count(&fake.resets);
}

bool fake_is_verified(void)
{
    lock();
    bool verified = fake_card_is_verified();
    unlock();
    return verified;
}

bool fake_is_taken(void)
{
    lock();
    bool taken = fake.taken;
    unlock();
    return taken;
}

void fake_wait_until_released(void)
{
    lock();
    while (fake.taken) {
        pthread_cond_wait(&fake.changed, &fake.lock);
    }
    unlock();
}

/* The seam itself. */

enum status pcsc_open(struct pcsc **pcsc)
{
    enum status status = STATUS_PCSC_UNAVAILABLE;
    lock();
    if (fake.pcscd_runs) {
        *pcsc = calloc(1, sizeof **pcsc);
        (*pcsc)->life = fake.life;
        status = STATUS_OK;
    }
    unlock();
    return status;
}

void pcsc_close(struct pcsc **pcsc)
{
    free(*pcsc);
    *pcsc = NULL;
}

static bool is_void(unsigned life)
{
    return !fake.pcscd_runs || life != fake.life;
}

/* Never PCSC_STATE_UNKNOWN. */
static unsigned long state_now(void)
{
    return 1UL | (unsigned long)fake.exclusive_elsewhere << 1 | (unsigned long)fake.changes << 16;
}

static void describe(struct pcsc_reader *reader)
{
    *reader = (struct pcsc_reader){.name = FAKE_READER,
                                   .card_present = fake.present,
                                   .in_use = fake.held_elsewhere || fake.exclusive_elsewhere,
                                   .changes = fake.changes};
    memcpy(reader->atr, fake.atr, fake.atr_size);
    reader->atr_size = fake.present ? fake.atr_size : 0;
}

enum status pcsc_list(struct pcsc *pcsc, struct pcsc_reader readers[PCSC_READERS_MAX],
                      size_t *found)
{
    enum status status = STATUS_PCSC_UNAVAILABLE;
    lock();
    if (!is_void(pcsc->life)) {
        describe(&readers[0]);
        *found = 1;
        status = STATUS_OK;
    }
    unlock();
    return status;
}

enum status pcsc_wait(struct pcsc *pcsc, const struct pcsc_reader *readers, size_t known)
{
    enum status status = STATUS_OK;
    lock();
    while (!pcsc->cancelled && !is_void(pcsc->life) && known == 1 &&
           readers[0].changes == fake.changes) {
        pthread_cond_wait(&fake.changed, &fake.lock);
    }
    if (is_void(pcsc->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else if (pcsc->cancelled) {
        status = STATUS_USER_CANCELLED;
    }
    unlock();
    return status;
}

/* The time is real, so that a test can let it run out. */
enum status pcsc_wait_for_change(struct pcsc *pcsc, const char *reader, uint32_t timeout_ms,
                                 unsigned long *state)
{
    enum status status = STATUS_OK;
    struct timespec end;
    int error = 0;
    (void)reader;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    lock();
    while (error == 0 && !is_void(pcsc->life) && *state == state_now()) {
        fake.waits++;
        pthread_cond_broadcast(&fake.changed);
        error = pthread_cond_timedwait(&fake.changed, &fake.lock, &end);
    }
    if (is_void(pcsc->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else {
        *state = state_now();
    }
    unlock();
    return status;
}

void pcsc_cancel(struct pcsc *pcsc)
{
    lock();
    pcsc->cancelled = true;
    unlock();
}

enum status pcsc_connect(struct pcsc *pcsc, const char *reader, bool exclusive,
                         struct pcsc_card **card, uint32_t *changes)
{
    enum status status = STATUS_OK;
    lock();
    if (is_void(pcsc->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else if (strcmp(reader, FAKE_READER) != 0) {
        status = STATUS_NO_READER;
    } else if (!fake.present) {
        status = STATUS_NO_CARD;
    } else if (fake.exclusive_elsewhere || (exclusive && fake.held_elsewhere)) {
        status = STATUS_CARD_BUSY;
    } else {
        *card = calloc(1, sizeof **card);
        **card =
            (struct pcsc_card){.life = fake.life, .changes = fake.changes, .exclusive = exclusive};
        fake.taken = fake.taken || exclusive;
        *changes = fake.changes;
    }
    unlock();
    return status;
}

static bool is_gone(const struct pcsc_card *card)
{
    return !fake.present || card->changes != fake.changes;
}

static void reset(void)
{
    fake.resets++;
    fake_card_reset();
}

void pcsc_disconnect(struct pcsc_card **card, bool with_reset)
{
    lock();
    if (*card != NULL) {
        if (with_reset) {
            reset();
        }
        fake.taken = fake.taken && !(*card)->exclusive;
        free(*card);
        *card = NULL;
    }
    unlock();
}

enum status pcsc_take(struct pcsc_card *card)
{
    enum status status = STATUS_OK;
    lock();
    while (fake.held_elsewhere) {
        pthread_cond_wait(&fake.changed, &fake.lock);
    }
    if (is_void(card->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else if (is_gone(card)) {
        status = STATUS_CARD_REMOVED;
    } else {
        fake.taken = true;
    }
    unlock();
    return status;
}

enum status pcsc_release(struct pcsc_card *card, bool with_reset)
{
    enum status status = STATUS_OK;
    lock();
    if (is_void(card->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else if (is_gone(card)) {
        status = STATUS_CARD_REMOVED;
    } else if (with_reset) {
        reset();
    }
    fake.taken = false;
    unlock();
    return status;
}

/* With the lock. */
static enum status answer(const uint8_t *command, size_t command_size, uint8_t *response,
                          size_t *size)
{
    fake.commands++;
    fake.verifies += command_size > 4 && command[1] == 0x20;
    if (fake.commands == fake.remove_at) {
        pull();
        return STATUS_CARD_REMOVED;
    }
    if (fake.commands == fake.answer_at) {
        memcpy(response, fake.answer, fake.answer_size);
        *size = fake.answer_size;
        return STATUS_OK;
    }
    fake_card_answer(command, command_size, response, size);
    return STATUS_OK;
}

enum status pcsc_transmit(struct pcsc_card *card, const uint8_t *command, size_t command_size,
                          uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    enum status status = STATUS_OK;
    lock();
    while (fake.mute && fake.pcscd_runs && !is_gone(card)) {
        pthread_cond_wait(&fake.changed, &fake.lock);
    }
    if (is_void(card->life)) {
        status = STATUS_PCSC_UNAVAILABLE;
    } else if (is_gone(card)) {
        status = STATUS_CARD_REMOVED;
    } else {
        status = answer(command, command_size, response, size);
    }
    unlock();
    return status;
}

enum status pcsc_get_features(struct pcsc_card *card, uint8_t response[PCSC_RESPONSE_MAX],
                              size_t *size)
{
    static const uint8_t features[] = {0x06, 4, 0, 0, 0, 6, 0x12, 1, 0, 0x07, 4, 0, 0, 0, 7};
    (void)card;
    lock();
    *size = fake.has_pad ? sizeof features : 0;
    memcpy(response, features, *size);
    unlock();
    return STATUS_OK;
}

/* With the lock. The command's header, which ends the request, with what was typed. */
static enum status enter_typed(const uint8_t *header, uint8_t *response, size_t *size)
{
    uint8_t command[5 + 2 * UINT8_MAX];
    size_t end = 5;
    memcpy(command, header, 4);
    for (size_t i = 0; i < 2 && fake.typed[i] != NULL; i++) {
        memcpy(command + end, fake.typed[i], strlen(fake.typed[i]));
        end += strlen(fake.typed[i]);
    }
    command[4] = (uint8_t)(end - 5);
    return answer(command, end, response, size);
}

enum status pcsc_control(struct pcsc_card *card, uint32_t code, const uint8_t *request,
                         size_t request_size, uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    enum status status = STATUS_OK;
    (void)code;
    lock();
    if (is_gone(card)) {
        status = STATUS_CARD_REMOVED;
    } else if (fake.typed[0] == NULL) {
        response[0] = (uint8_t)(fake.pad_answer >> 8);
        response[1] = (uint8_t)fake.pad_answer;
        *size = 2;
    } else {
        status = enter_typed(request + request_size - 4, response, size);
    }
    unlock();
    return status;
}
