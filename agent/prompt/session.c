#include "agent/prompt/session.h"

#include <glib.h>
#include <stdlib.h>

#include "agent/prompt/answer.h"
#include "agent/prompt/channel.h"
#include "base/log.h"

struct session {
    struct dialog dialog;
    struct answer *answer;
    struct channel *channel;
    int worker_fd;
    struct session_calls calls;
};

static void end(struct session *session, int exit_status)
{
    session->calls.ended(exit_status, session->calls.user);
}

/* After something that the person did. */
static void show(struct session *session, bool told)
{
    if (!told || !session->calls.changed(session->calls.user)) {
        end(session, EXIT_FAILURE);
    }
}

static bool frame_arrived(const struct frame *frame, void *user)
{
    struct session *session = user;
    unsigned before = session->dialog.changes;
    if (!dialog_take_frame(&session->dialog, frame)) {
        return false;
    }
    if (session->dialog.changes != before) {
        answer_clear(session->answer);
    }
    return session->calls.changed(session->calls.user);
}

static void channel_ended(enum channel_end how, void *user)
{
    if (how == CHANNEL_BROKEN) {
        log_error("the agent sent what is no message, or not now");
    }
    end(user, how == CHANNEL_CLOSED ? EXIT_SUCCESS : EXIT_FAILURE);
}

struct session *session_new(int agent_fd, int worker_fd, const struct session_calls *calls)
{
    struct answer *answer = answer_new();
    if (answer == NULL) {
        return NULL;
    }
    struct session *session = g_new0(struct session, 1);
    const struct channel_calls channel_calls = {frame_arrived, channel_ended, session};
    session->answer = answer;
    session->worker_fd = worker_fd;
    session->calls = *calls;
    dialog_init(&session->dialog);
    session->channel = channel_open(agent_fd, &channel_calls);
    return session;
}

void session_free(struct session **session)
{
    if (*session != NULL) {
        channel_close(&(*session)->channel);
        answer_free(&(*session)->answer);
        dialog_free(&(*session)->dialog);
        g_free(*session);
        *session = NULL;
    }
}

const struct dialog *session_dialog(const struct session *session)
{
    return &session->dialog;
}

static bool tell(struct session *session, const char *name)
{
    return channel_send(session->channel, json_pack("{s:s}", "event", name));
}

void session_type(struct session *session, const struct secret *typed)
{
    struct dialog *dialog = &session->dialog;
    bool told = true;
    if (!dialog_accepts_pin(dialog, secret_size(typed))) {
        return;
    }
    if (answer_take(session->answer, dialog, typed)) {
        /* A worker that is gone is for the agent to see and to tell. */
        if (!answer_send(session->answer, session->worker_fd)) {
            log_warning("the worker does not take the PIN");
        }
        dialog_pin_entered(dialog);
        told = tell(session, "entered");
    }
    show(session, told);
}

void session_agree(struct session *session)
{
    if (session->dialog.state == DIALOG_AGREEING) {
        dialog_agreed(&session->dialog);
        show(session, tell(session, "agreed"));
    }
}

void session_choose(struct session *session, size_t index)
{
    struct dialog *dialog = &session->dialog;
    if (dialog->state == DIALOG_CHOOSING && index < dialog->request.request.cards_count) {
        dialog_answered(dialog);
        show(session, channel_send(session->channel, json_pack("{s:s, s:I}", "event", "chosen",
                                                               "index", (json_int_t)index)));
    }
}

void session_ask_other(struct session *session)
{
    struct dialog *dialog = &session->dialog;
    if (dialog->request.request.other_cards &&
        (dialog->state == DIALOG_ASKING || dialog->state == DIALOG_AGREEING)) {
        answer_clear(session->answer);
        dialog_answered(dialog);
        show(session, tell(session, "other"));
    }
}

void session_ask_page(struct session *session, unsigned number, unsigned width)
{
    if (!channel_send(session->channel,
                      json_pack("{s:s, s:I, s:I}", "event", "page", "number", (json_int_t)number,
                                "width", (json_int_t)width))) {
        end(session, EXIT_FAILURE);
    }
}

void session_close(struct session *session)
{
    bool told = tell(session, dialog_closing_event(&session->dialog));
    answer_clear(session->answer);
    end(session, told ? EXIT_SUCCESS : EXIT_FAILURE);
}
