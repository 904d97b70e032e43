#include "pkcs11/session.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "pkcs11/cryptoki3.h"
#include "pkcs11/device.h"

#define SLOT_BITS 8

/* A handle is never used twice in a process, so that a stale one is known as such. */
static atomic_ulong last_serial;

CK_SLOT_ID session_slot(CK_SESSION_HANDLE handle)
{
    return handle & ((1UL << SLOT_BITS) - 1);
}

CK_RV session_open(struct token *token, CK_SLOT_ID slot, bool read_write, CK_SESSION_HANDLE *handle)
{
    struct device *device = token->device;
    size_t count = 0;
    if (!read_write && token_user(token) == TOKEN_SO) {
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    }
    for (const struct session *other = device->sessions; other != NULL; other = other->next) {
        count++;
    }
    if (count >= SESSIONS_MAX) {
        return CKR_SESSION_COUNT;
    }
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return CKR_HOST_MEMORY;
    }
    session->handle = (atomic_fetch_add(&last_serial, 1) + 1) << SLOT_BITS | slot;
    session->token = token;
    session->read_write = read_write;
    session->next = device->sessions;
    device->sessions = session;
    *handle = session->handle;
    return CKR_OK;
}

struct session *session_find(struct device *device, CK_SESSION_HANDLE handle)
{
    for (struct session *session = device->sessions; session != NULL; session = session->next) {
        if (session->handle == handle) {
            return session;
        }
    }
    return NULL;
}

static void unlink_session(struct device *device, struct session *session)
{
    struct session **place = &device->sessions;
    while (*place != session) {
        place = &(*place)->next;
    }
    *place = session->next;
    session->next = device->closed;
    device->closed = session;
}

void session_close(struct device *device, struct session *session)
{
    CK_ULONG all;
    CK_ULONG read_write;
    struct token *token = session->token;
    unlink_session(device, session);
    session_count(token, &all, &read_write);
    if (all == 0) {
        token_logout(token);
    }
}

void session_close_all(struct device *device, struct token *token)
{
    struct session *session = device->sessions;
    while (session != NULL) {
        struct session *next = session->next;
        if (session->token == token) {
            session_close(device, session);
        }
        session = next;
    }
}

void session_free_closed(struct device *device)
{
    while (device->closed != NULL) {
        struct session *session = device->closed;
        device->closed = session->next;
        operation_end(&session->sign);
        operation_end(&session->verify);
        operation_end(&session->digest);
        free(session);
    }
}

void session_count(const struct token *token, CK_ULONG *all, CK_ULONG *read_write)
{
    *all = 0;
    *read_write = 0;
    for (const struct session *session = token->device->sessions; session != NULL;
         session = session->next) {
        if (session->token == token) {
            *all += 1;
            *read_write += session->read_write ? 1 : 0;
        }
    }
}

CK_STATE session_state(struct session *session)
{
    switch (token_user(session->token)) {
    case TOKEN_SO:
        return CKS_RW_SO_FUNCTIONS;
    case TOKEN_USER:
        return session->read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    default:
        return session->read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    }
}

void session_cancel(struct session *session, CK_FLAGS flags)
{
    if ((flags & CKF_FIND_OBJECTS) != 0) {
        session->search.active = false;
    }
    if ((flags & CKF_SIGN) != 0) {
        if (session->sign.key_is_open) {
            token_end_login_for_key(session->token);
        }
        operation_end(&session->sign);
    }
    if ((flags & CKF_VERIFY) != 0) {
        operation_end(&session->verify);
    }
    if ((flags & CKF_DIGEST) != 0) {
        operation_end(&session->digest);
    }
}
