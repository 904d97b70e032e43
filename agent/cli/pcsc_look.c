#include "agent/cli/pcsc_look.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <winscard.h>

#define NAMES_MAX 4096

/* What the thread works on; it may outlive the look. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool done;
    LONG rv;
    struct pcsc_look look;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

const char *pcsc_socket_path(void)
{
    const char *path = getenv("PCSCLITE_CSOCK_NAME");
    return path != NULL ? path : "/run/pcscd/pcscd.comm";
}

static void copy_name(char name[PCSC_LOOK_NAME_MAX], const char *from)
{
    snprintf(name, PCSC_LOOK_NAME_MAX, "%s", from);
    for (char *c = name; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
}

static enum pcsc_card card_of(DWORD state)
{
    if ((state & SCARD_STATE_PRESENT) == 0) {
        return PCSC_NO_CARD;
    }
    if ((state & SCARD_STATE_MUTE) != 0) {
        return PCSC_CARD_MUTE;
    }
    return (state & SCARD_STATE_EXCLUSIVE) != 0 ? PCSC_CARD_EXCLUSIVE : PCSC_CARD;
}

static void note_reader(struct pcsc_reader *reader, const SCARD_READERSTATE *state)
{
    size_t size = state->cbAtr < PCSC_LOOK_ATR_MAX ? state->cbAtr : PCSC_LOOK_ATR_MAX;
    copy_name(reader->name, state->szReader);
    reader->card = card_of(state->dwEventState);
    for (size_t i = 0; i < size; i++) {
        snprintf(reader->atr + 2 * i, 3, "%02X", state->rgbAtr[i]);
    }
}

static LONG look_at_readers(SCARDCONTEXT context, struct pcsc_look *look)
{
    char names[NAMES_MAX];
    DWORD size = sizeof names;
    SCARD_READERSTATE states[PCSC_LOOK_READERS_MAX] = {{.szReader = NULL}};
    DWORD count = 0;
    LONG rv = SCardListReaders(context, NULL, names, &size);
    if (rv == SCARD_E_NO_READERS_AVAILABLE) {
        return SCARD_S_SUCCESS;
    }
    if (rv != SCARD_S_SUCCESS) {
        return rv;
    }
    for (const char *name = names; *name != '\0' && count < PCSC_LOOK_READERS_MAX;
         name += strlen(name) + 1) {
        states[count++].szReader = name;
    }
    rv = SCardGetStatusChange(context, 0, states, count);
    if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT) {
        return rv;
    }
    for (DWORD i = 0; i < count; i++) {
        note_reader(&look->readers[i], &states[i]);
    }
    look->count = count;
    return SCARD_S_SUCCESS;
}

static void *look_on_thread(void *unused)
{
    (void)unused;
    struct pcsc_look look = {.count = 0};
    SCARDCONTEXT context;
    LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (rv == SCARD_S_SUCCESS) {
        rv = look_at_readers(context, &look);
        SCardReleaseContext(context);
    }
    pthread_mutex_lock(&shared.lock);
    shared.done = true;
    shared.rv = rv;
    shared.look = look;
    pthread_cond_signal(&shared.finished);
    pthread_mutex_unlock(&shared.lock);
    return NULL;
}

static bool somebody_listens(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = pcsc_socket_path();
    if (strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return listens;
}

/* Whether the thread finished in time; shared is locked. */
static bool wait_for_thread(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PCSC_LOOK_LIMIT_S;
    while (!shared.done) {
        if (pthread_cond_timedwait(&shared.finished, &shared.lock, &until) != 0) {
            break;
        }
    }
    return shared.done;
}

static bool start_thread(void)
{
    pthread_condattr_t monotonic;
    pthread_t thread;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shared.finished, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return pthread_create(&thread, NULL, look_on_thread, NULL) == 0 && pthread_detach(thread) == 0;
}

void pcsc_look(struct pcsc_look *look)
{
    *look = (struct pcsc_look){.service = PCSC_SILENT};
    if (!start_thread()) {
        return;
    }
    pthread_mutex_lock(&shared.lock);
    if (wait_for_thread()) {
        *look = shared.look;
        look->service = PCSC_RUNNING;
        if (shared.rv != SCARD_S_SUCCESS) {
            look->service = somebody_listens() ? PCSC_REFUSED : PCSC_ABSENT;
        }
    }
    pthread_mutex_unlock(&shared.lock);
}
