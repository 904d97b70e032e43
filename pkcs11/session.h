/*
 * Sessions: the application's connections to a token, each with a search and one operation of each
 * kind. Done between device_enter and device_leave. A closed session's memory stays until
 * device_leave.
 */
#ifndef PIRADI_PKCS11_SESSION_H
#define PIRADI_PKCS11_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "base/must_use.h"
#include "pkcs11/object.h"
#include "pkcs11/operation.h"
#include "pkcs11/token.h"

#define SESSIONS_MAX 256 /* of one device */

struct search {
    bool active;
    CK_OBJECT_HANDLE handles[OBJECTS_MAX];
    size_t found;
    size_t next;
};

struct session {
    struct session *next;
    CK_SESSION_HANDLE handle;
    struct token *token; /* lent */
    bool read_write;
    struct search search;
    struct operation sign;
    struct operation verify;
    struct operation digest;
};

/* The slot that a handle is for, which is part of it. */
CK_SLOT_ID session_slot(CK_SESSION_HANDLE handle);

/* CKR_SESSION_COUNT, CKR_HOST_MEMORY, CKR_SESSION_READ_WRITE_SO_EXISTS. */
CK_RV session_open(struct token *token, CK_SLOT_ID slot, bool read_write,
                   CK_SESSION_HANDLE *handle) MUST_USE;
/* NULL if none of the device's has this handle. */
struct session *session_find(struct device *device, CK_SESSION_HANDLE handle);
/* The last one of a token takes the login with it. */
void session_close(struct device *device, struct session *session);
void session_close_all(struct device *device, struct token *token);
void session_free_closed(struct device *device);

/* How many a token has, in all and for reading and writing. */
void session_count(const struct token *token, CK_ULONG *all, CK_ULONG *read_write);

CK_STATE session_state(struct session *session);

/* Ends what is in progress of these: CKF_FIND_OBJECTS, CKF_SIGN, CKF_VERIFY, CKF_DIGEST. A PIN that
 * was given for a signature is void then. */
void session_cancel(struct session *session, CK_FLAGS flags);

#endif
