#include "agent/readers.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

#include "base/log.h"

#define PCSCD_SOCKET "/run/pcscd/pcscd.comm"
#define PNP_READER "\\\\?PnP?\\Notification"

/* pcscd's socket appears some moments before anybody listens at it, and that makes no event. */
#define FOLDER_QUIET_MS 500

struct readers {
    void (*changed)(void *context);
    void *context;
    struct reader_states now; /* the loop's own */
    bool looked;              /* now says what PC/SC said, not just how we began */

    uv_async_t news;
    uv_fs_event_t folder;   /* of pcscd's socket */
    uv_timer_t quiet;       /* runs out when nothing has happened there for a moment */
    uv_sem_t sign_of_pcscd; /* posted when something happened there, and at quiet */

    uv_mutex_t lock; /* of what follows */
    struct reader_states seen;
    bool ended;
};

/* The readers as the thread hands them to SCardGetStatusChange; the last entry is PNP_READER. */
struct question {
    size_t count;
    SCARD_READERSTATE list[READERS_MAX + 1];
    char names[READERS_MAX][READER_NAME_MAX];
};

static void publish(struct readers *readers, const struct reader_states *seen)
{
    uv_mutex_lock(&readers->lock);
    readers->seen = *seen;
    if (!readers->ended) {
        uv_async_send(&readers->news);
    }
    uv_mutex_unlock(&readers->lock);
}

static DWORD known_state(const struct question *question, const char *name)
{
    for (size_t i = 0; i < question->count; i++) {
        if (strcmp(question->list[i].szReader, name) == 0) {
            return question->list[i].dwCurrentState;
        }
    }
    return SCARD_STATE_UNAWARE;
}

/* Lists the readers, keeping what is known of those that were there before. */
static LONG refresh(SCARDCONTEXT pcsc, struct question *question)
{
    char names[READERS_MAX * READER_NAME_MAX];
    DWORD size = sizeof names;
    LONG rv = SCardListReaders(pcsc, NULL, names, &size);
    if (rv == SCARD_E_NO_READERS_AVAILABLE) {
        names[0] = '\0';
        rv = SCARD_S_SUCCESS;
    }
    if (rv != SCARD_S_SUCCESS) {
        return rv;
    }
    struct question fresh = {.count = 0};
    for (const char *name = names; *name != '\0' && fresh.count < READERS_MAX;
         name += strlen(name) + 1) {
        size_t length = strnlen(name, READER_NAME_MAX - 1);
        memcpy(fresh.names[fresh.count], name, length);
        fresh.list[fresh.count].dwCurrentState = known_state(question, fresh.names[fresh.count]);
        fresh.count++;
    }
    DWORD pnp_state = question->list[question->count].dwCurrentState;
    *question = fresh;
    for (size_t i = 0; i < question->count; i++) {
        question->list[i].szReader = question->names[i];
    }
    question->list[question->count] =
        (SCARD_READERSTATE){.szReader = PNP_READER, .dwCurrentState = pnp_state};
    return SCARD_S_SUCCESS;
}

static enum card_state card_from(DWORD state)
{
    if ((state & SCARD_STATE_PRESENT) == 0) {
        return CARD_ABSENT;
    }
    if ((state & SCARD_STATE_MUTE) != 0) {
        return CARD_SAYS_NOTHING;
    }
    return (state & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0 ? CARD_IN_USE : CARD_PRESENT;
}

static void publish_question(struct readers *readers, const struct question *question)
{
    struct reader_states seen = {.pcsc = true, .count = question->count};
    for (size_t i = 0; i < question->count; i++) {
        reader_state_set_name(&seen.list[i], question->names[i]);
        seen.list[i].card = card_from(question->list[i].dwCurrentState);
    }
    publish(readers, &seen);
}

/* Until pcscd goes away. */
static void observe(struct readers *readers, SCARDCONTEXT pcsc)
{
    struct question question = {.count = 0};
    for (;;) {
        LONG rv = refresh(pcsc, &question);
        if (rv != SCARD_S_SUCCESS) {
            return;
        }
        if (question.count == 0) {
            publish_question(readers, &question);
        }
        rv = SCardGetStatusChange(pcsc, INFINITE, question.list, (DWORD)question.count + 1);
        if (rv == SCARD_E_UNKNOWN_READER || rv == SCARD_E_TIMEOUT) {
            continue; /* a reader went between the two calls */
        }
        if (rv != SCARD_S_SUCCESS) {
            return;
        }
        for (size_t i = 0; i <= question.count; i++) {
            SCARD_READERSTATE *reader = &question.list[i];
            reader->dwCurrentState = reader->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        }
        publish_question(readers, &question);
    }
}

static void wait_for_sign_of_pcscd(struct readers *readers)
{
    uv_sem_wait(&readers->sign_of_pcscd);
    while (uv_sem_trywait(&readers->sign_of_pcscd) == 0) {
    }
}

static void watch_thread(void *argument)
{
    static const struct reader_states nothing;
    struct readers *readers = argument;
    for (;;) {
        SCARDCONTEXT pcsc;
        LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &pcsc);
        if (rv == SCARD_S_SUCCESS) {
            observe(readers, pcsc);
            SCardReleaseContext(pcsc);
            publish(readers, &nothing);
            log_warning("pcscd went away");
        } else {
            publish(readers, &nothing);
            log_warning("pcscd cannot be reached: %s", pcsc_stringify_error(rv));
            wait_for_sign_of_pcscd(readers);
        }
    }
}

static void on_news(uv_async_t *news)
{
    struct readers *readers = news->data;
    uv_mutex_lock(&readers->lock);
    struct reader_states seen = readers->seen;
    uv_mutex_unlock(&readers->lock);
    if (!readers->looked || !reader_states_equal(&seen, &readers->now)) {
        readers->looked = true;
        readers->now = seen;
        readers->changed(readers->context);
    }
}

static void on_folder(uv_fs_event_t *folder, const char *name, int events, int result);

/* Watches the folder of pcscd's socket or, while that is not there, the nearest one above it. */
static void watch_folder(struct readers *readers)
{
    const char *socket = getenv("PCSCLITE_CSOCK_NAME");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", socket != NULL ? socket : PCSCD_SOCKET);
    int result;
    do {
        char *folder = dirname(path);
        memmove(path, folder, strlen(folder) + 1);
        result = uv_fs_event_start(&readers->folder, on_folder, path, 0);
    } while (result == UV_ENOENT && strlen(path) > 1);
    if (result != 0) {
        log_error("cannot watch %s for pcscd: %s", path, uv_strerror(result));
    }
}

static void on_quiet(uv_timer_t *quiet)
{
    struct readers *readers = quiet->data;
    uv_sem_post(&readers->sign_of_pcscd);
}

static void on_folder(uv_fs_event_t *folder, const char *name, int events, int result)
{
    (void)name;
    (void)events;
    (void)result;
    struct readers *readers = folder->data;
    uv_fs_event_stop(folder);
    watch_folder(readers);
    uv_sem_post(&readers->sign_of_pcscd);
    uv_timer_start(&readers->quiet, on_quiet, FOLDER_QUIET_MS, 0);
}

struct readers *readers_watch(uv_loop_t *loop, void (*changed)(void *context), void *context)
{
    struct readers *readers = calloc(1, sizeof *readers);
    if (readers == NULL) {
        return NULL;
    }
    readers->changed = changed;
    readers->context = context;
    readers->news.data = readers;
    readers->folder.data = readers;
    readers->quiet.data = readers;
    uv_timer_init(loop, &readers->quiet);
    uv_thread_t thread;
    if (uv_mutex_init(&readers->lock) != 0 || uv_sem_init(&readers->sign_of_pcscd, 0) != 0 ||
        uv_async_init(loop, &readers->news, on_news) != 0 ||
        uv_fs_event_init(loop, &readers->folder) != 0) {
        return NULL; /* at start, for want of memory or descriptors: the process ends */
    }
    watch_folder(readers);
    return uv_thread_create(&thread, watch_thread, readers) == 0 ? readers : NULL;
}

void readers_end(struct readers *readers)
{
    uv_mutex_lock(&readers->lock);
    readers->ended = true;
    uv_mutex_unlock(&readers->lock);
    uv_close((uv_handle_t *)&readers->news, NULL);
    uv_close((uv_handle_t *)&readers->folder, NULL);
    uv_close((uv_handle_t *)&readers->quiet, NULL);
}

const struct reader_states *readers_now(const struct readers *readers)
{
    return &readers->now;
}
