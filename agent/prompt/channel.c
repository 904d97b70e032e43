#include "agent/prompt/channel.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define READ_SIZE (64 * 1024)

struct channel {
    int fd;
    guint source; /* 0 once ended */
    struct channel_calls calls;
    struct frame_decoder decoder;
};

/* False when a frame is not to be believed. */
static bool deliver_frames(struct channel *channel)
{
    struct frame frame;
    for (;;) {
        switch (frame_decoder_next(&channel->decoder, &frame)) {
        case FRAME_COMPLETE:
            if (!channel->calls.frame(&frame, channel->calls.user)) {
                return false;
            }
            break;
        case FRAME_INCOMPLETE:
            return true;
        default:
            return false;
        }
    }
}

static gboolean end(struct channel *channel, enum channel_end how)
{
    channel->source = 0;
    channel->calls.ended(how, channel->calls.user);
    return G_SOURCE_REMOVE;
}

static gboolean readable(gint fd, GIOCondition condition, gpointer user)
{
    struct channel *channel = user;
    uint8_t bytes[READ_SIZE];
    (void)condition;
    ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (got == 0 && channel->decoder.pending.size == channel->decoder.consumed) {
        return end(channel, CHANNEL_CLOSED);
    }
    if (got <= 0 || !frame_decoder_feed(&channel->decoder, bytes, (size_t)got) ||
        !deliver_frames(channel)) {
        return end(channel, CHANNEL_BROKEN);
    }
    return G_SOURCE_CONTINUE;
}

struct channel *channel_open(int fd, const struct channel_calls *calls)
{
    struct channel *channel = g_new0(struct channel, 1);
    channel->fd = fd;
    channel->calls = *calls;
    frame_decoder_init(&channel->decoder);
    channel->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, channel);
    return channel;
}

void channel_close(struct channel **channel)
{
    if ((*channel)->source != 0) {
        g_source_remove((*channel)->source);
    }
    frame_decoder_free(&(*channel)->decoder);
    g_free(*channel);
    *channel = NULL;
}

bool channel_send(struct channel *channel, json_t *event)
{
    bool sent = event != NULL && frame_write_json(channel->fd, event);
    json_decref(event);
    return sent;
}
