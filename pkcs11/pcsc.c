#include "pkcs11/pcsc.h"

#include <stdlib.h>
#include <string.h>

#include <reader.h>
#include <winscard.h>

/* How long a card that stopped answering may take to be reported as pulled. pcscd polls some
 * readers only every 400 ms. */
#define REMOVAL_NOTICE_MS 1000
/* Another program may reset the card between our reconnecting and our taking it; not for ever. */
#define TAKE_ATTEMPTS 16

/* No reader has more features, and no PIN command a longer answer. */
#define FEATURES_MAX 256
#define PIN_ANSWER_MAX 258

#define NEW_READER "\\\\?PnP?\\Notification"

struct pcsc {
    SCARDCONTEXT context;
};

struct pcsc_card {
    SCARDCONTEXT context;
    SCARDHANDLE handle;
    DWORD protocol;
    char reader[PCSC_NAME_SIZE];
};

static enum status status_of(LONG rv)
{
    switch (rv) {
    case SCARD_S_SUCCESS:
        return STATUS_OK;
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE:
        return STATUS_NO_READER;
    case SCARD_E_NO_SMARTCARD:
        return STATUS_NO_CARD;
    case SCARD_W_REMOVED_CARD:
        return STATUS_CARD_REMOVED;
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNSUPPORTED_CARD:
    case SCARD_E_PROTO_MISMATCH:
    case SCARD_E_NOT_TRANSACTED:
        return STATUS_CARD_MUTE;
    case SCARD_E_SHARING_VIOLATION:
        return STATUS_CARD_BUSY;
    case SCARD_E_CANCELLED:
        return STATUS_USER_CANCELLED;
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_F_COMM_ERROR:
    case SCARD_E_INVALID_HANDLE:
    case SCARD_W_SECURITY_VIOLATION:
        return STATUS_PCSC_UNAVAILABLE;
    default:
        return STATUS_INTERNAL;
    }
}

enum status pcsc_open(struct pcsc **pcsc)
{
    SCARDCONTEXT context;
    enum status status = status_of(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
    if (status != STATUS_OK) {
        return status;
    }
    struct pcsc *opened = malloc(sizeof *opened);
    if (opened == NULL) {
        SCardReleaseContext(context);
        return STATUS_INTERNAL;
    }
    opened->context = context;
    *pcsc = opened;
    return STATUS_OK;
}

void pcsc_close(struct pcsc **pcsc)
{
    if (pcsc == NULL || *pcsc == NULL) {
        return;
    }
    SCardReleaseContext((*pcsc)->context);
    free(*pcsc);
    *pcsc = NULL;
}

static void describe(const SCARD_READERSTATE *state, struct pcsc_reader *reader)
{
    reader->card_present = (state->dwEventState & SCARD_STATE_PRESENT) != 0;
    reader->card_mute = (state->dwEventState & SCARD_STATE_MUTE) != 0;
    reader->in_use = (state->dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0;
    reader->changes = (uint32_t)(state->dwEventState >> 16) & 0xFFFF;
    reader->state = state->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    reader->atr_size = state->cbAtr <= PCSC_ATR_MAX ? state->cbAtr : PCSC_ATR_MAX;
    memcpy(reader->atr, state->rgbAtr, reader->atr_size);
}

/* Splits PC/SC's list of NUL-terminated names. One that is too long cannot be pcscd's. */
static size_t split_names(const char *names, size_t size, struct pcsc_reader *readers)
{
    size_t count = 0;
    while (size > 0 && count < PCSC_READERS_MAX) {
        size_t length = strnlen(names, size);
        if (length == 0 || length == size) {
            break;
        }
        if (length < PCSC_NAME_SIZE) {
            readers[count] = (struct pcsc_reader){0};
            memcpy(readers[count].name, names, length);
            count++;
        }
        names += length + 1;
        size -= length + 1;
    }
    return count;
}

enum status pcsc_list(struct pcsc *pcsc, struct pcsc_reader readers[PCSC_READERS_MAX],
                      size_t *count)
{
    char names[PCSC_READERS_MAX * PCSC_NAME_SIZE + 1];
    DWORD size = sizeof names;
    enum status status = status_of(SCardListReaders(pcsc->context, NULL, names, &size));
    if (status == STATUS_NO_READER) {
        *count = 0;
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t found = split_names(names, size <= sizeof names ? size : sizeof names, readers);
    SCARD_READERSTATE states[PCSC_READERS_MAX] = {0};
    for (size_t i = 0; i < found; i++) {
        states[i].szReader = readers[i].name;
    }
    if (found > 0) {
        status = status_of(SCardGetStatusChange(pcsc->context, 0, states, (DWORD)found));
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < found; i++) {
        describe(&states[i], &readers[i]);
    }
    *count = found;
    return STATUS_OK;
}

enum status pcsc_wait(struct pcsc *pcsc, const struct pcsc_reader *readers, size_t count)
{
    SCARD_READERSTATE states[PCSC_READERS_MAX + 1] = {0};
    if (count > PCSC_READERS_MAX) {
        return STATUS_INTERNAL;
    }
    for (size_t i = 0; i < count; i++) {
        states[i].szReader = readers[i].name;
        states[i].dwCurrentState = readers[i].state;
    }
    states[count].szReader = NEW_READER;
    LONG rv = SCardGetStatusChange(pcsc->context, INFINITE, states, (DWORD)count + 1);
    /* A reader that was unplugged has changed, too. */
    return rv == SCARD_E_UNKNOWN_READER ? STATUS_OK : status_of(rv);
}

enum status pcsc_wait_for_change(struct pcsc *pcsc, const char *reader, uint32_t timeout_ms,
                                 unsigned long *state)
{
    SCARD_READERSTATE now = {.szReader = reader, .dwCurrentState = *state};
    LONG rv = SCardGetStatusChange(pcsc->context, timeout_ms, &now, 1);
    if (rv == SCARD_E_TIMEOUT) {
        return STATUS_OK;
    }
    enum status status = status_of(rv);
    if (status == STATUS_OK) {
        *state = now.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    }
    return status;
}

void pcsc_cancel(struct pcsc *pcsc)
{
    SCardCancel(pcsc->context);
}

/* What a connection that was good before says about a card that is not there now. */
static enum status status_of_connected(LONG rv)
{
    enum status status = status_of(rv);
    return status == STATUS_NO_CARD || status == STATUS_NO_READER ? STATUS_CARD_REMOVED : status;
}

static enum status get_changes(const struct pcsc_card *card, uint32_t *changes)
{
    SCARD_READERSTATE state = {.szReader = card->reader};
    struct pcsc_reader reader;
    enum status status = status_of_connected(SCardGetStatusChange(card->context, 0, &state, 1));
    if (status == STATUS_OK) {
        describe(&state, &reader);
        *changes = reader.changes;
    }
    return status;
}

enum status pcsc_connect(struct pcsc *pcsc, const char *reader, bool exclusive,
                         struct pcsc_card **card, uint32_t *changes)
{
    struct pcsc_card *connected = calloc(1, sizeof *connected);
    if (connected == NULL) {
        return STATUS_INTERNAL;
    }
    size_t length = strnlen(reader, PCSC_NAME_SIZE - 1);
    memcpy(connected->reader, reader, length);
    connected->context = pcsc->context;
    enum status status = status_of(SCardConnect(
        pcsc->context, reader, exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
        SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &connected->handle, &connected->protocol));
    if (status != STATUS_OK) {
        free(connected);
        return status == STATUS_CARD_REMOVED ? STATUS_NO_CARD : status;
    }
    status = get_changes(connected, changes);
    if (status != STATUS_OK) {
        pcsc_disconnect(&connected, false);
        return status;
    }
    *card = connected;
    return STATUS_OK;
}

void pcsc_disconnect(struct pcsc_card **card, bool reset)
{
    if (card == NULL || *card == NULL) {
        return;
    }
    SCardDisconnect((*card)->handle, reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
    free(*card);
    *card = NULL;
}

/* Takes notice of another program's reset, which otherwise bars every call. */
static LONG acknowledge_reset(struct pcsc_card *card)
{
    return SCardReconnect(card->handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                          SCARD_LEAVE_CARD, &card->protocol);
}

enum status pcsc_take(struct pcsc_card *card)
{
    for (int attempt = 0; attempt < TAKE_ATTEMPTS; attempt++) {
        LONG rv = SCardBeginTransaction(card->handle);
        if (rv == SCARD_W_RESET_CARD) {
            rv = acknowledge_reset(card);
        } else {
            return status_of_connected(rv);
        }
        if (rv != SCARD_S_SUCCESS) {
            return status_of_connected(rv);
        }
    }
    return STATUS_CARD_BUSY;
}

enum status pcsc_release(struct pcsc_card *card, bool reset)
{
    return status_of_connected(
        SCardEndTransaction(card->handle, reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD));
}

/* A pulled card first looks like one that does not answer; pcscd knows soon after. */
static bool card_was_removed(const struct pcsc_card *card)
{
    SCARD_READERSTATE state = {.szReader = card->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG rv = SCardGetStatusChange(card->context, 0, &state, 1);
    while (rv == SCARD_S_SUCCESS && (state.dwEventState & SCARD_STATE_PRESENT) != 0) {
        state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        rv = SCardGetStatusChange(card->context, REMOVAL_NOTICE_MS, &state, 1);
        if ((state.dwEventState >> 16) != (state.dwCurrentState >> 16)) {
            return true;
        }
    }
    return rv == SCARD_S_SUCCESS || rv == SCARD_E_UNKNOWN_READER;
}

/* Of a command that was sent. A failure may be the card's removal. */
static enum status result_of(const struct pcsc_card *card, LONG rv, DWORD received, size_t *size)
{
    enum status status = status_of_connected(rv);
    if (status == STATUS_CARD_MUTE && card_was_removed(card)) {
        return STATUS_CARD_REMOVED;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (received > PCSC_RESPONSE_MAX) {
        return STATUS_INTERNAL;
    }
    *size = received;
    return STATUS_OK;
}

enum status pcsc_transmit(struct pcsc_card *card, const uint8_t *command, size_t command_size,
                          uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    const SCARD_IO_REQUEST *pci = card->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    DWORD received = PCSC_RESPONSE_MAX;
    LONG rv = SCardTransmit(card->handle, pci, command, command_size, NULL, response, &received);
    return result_of(card, rv, received, size);
}

enum status pcsc_get_features(struct pcsc_card *card, uint8_t response[PCSC_RESPONSE_MAX],
                              size_t *size)
{
    DWORD received = 0;
    LONG rv = SCardControl(card->handle, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, response,
                           FEATURES_MAX, &received);
    enum status status = status_of(rv);
    if (status == STATUS_PCSC_UNAVAILABLE) {
        return status;
    }
    *size = status == STATUS_OK && received <= FEATURES_MAX ? received : 0;
    return STATUS_OK;
}

enum status pcsc_control(struct pcsc_card *card, uint32_t code, const uint8_t *request,
                         size_t request_size, uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    DWORD received = 0;
    LONG rv = SCardControl(card->handle, code, request, (DWORD)request_size, response,
                           PIN_ANSWER_MAX, &received);
    return result_of(card, rv, received, size);
}
