/*
 * One prompt's talk with agent and worker: their frames and what the person does move the dialog,
 * and whoever shows it (a window, a terminal) is told.
 */
#ifndef PIRADI_PROMPT_SESSION_H
#define PIRADI_PROMPT_SESSION_H

#include <stdbool.h>

#include "agent/prompt/dialog.h"
#include "base/must_use.h"
#include "base/secret.h"

struct session_calls {
    /* The dialog, or its page, is another. False if that cannot be shown: the session ends. */
    bool (*changed)(void *user);
    /* The last call. */
    void (*ended)(int exit_status, void *user);
    void *user;
};

struct session;

/* With the agent, a stream socket, and the worker, a SOCK_SEQPACKET one; both stay the caller's.
 * NULL if no memory for a PIN can be locked. */
struct session *session_new(int agent_fd, int worker_fd,
                            const struct session_calls *calls) MUST_USE;

/* Wipes what was typed. Accepts a pointer to NULL. */
void session_free(struct session **session);

/* Lent for the session's life. */
const struct dialog *session_dialog(const struct session *session);

/* What the person does; what the dialog does not accept now is passed over. The typed secret is
 * lent. */
void session_type(struct session *session, const struct secret *typed);
void session_agree(struct session *session);
void session_choose(struct session *session, size_t index);
/* Another card instead of this one. */
void session_ask_other(struct session *session);
/* A page of the document, width pixels wide; the picture comes as a page of the dialog. */
void session_ask_page(struct session *session, unsigned number, unsigned width);
void session_close(struct session *session);

#endif
