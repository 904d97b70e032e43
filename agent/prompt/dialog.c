#include "agent/prompt/dialog.h"

void dialog_init(struct dialog *dialog)
{
    *dialog = (struct dialog){.state = DIALOG_STARTING};
    buffer_init(&dialog->image, MESSAGE_IMAGE_MAX);
}

void dialog_free(struct dialog *dialog)
{
    message_free(&dialog->request);
    message_free(&dialog->failure);
    buffer_free(&dialog->image);
}

static void begin_request(struct dialog *dialog, const struct message *message)
{
    message_free(&dialog->request);
    dialog->request = *message;
    dialog->requests++;
    buffer_consume(&dialog->image, dialog->image.size);
    dialog->pin_was_wrong = false;
    if (message->kind == MESSAGE_WAIT) {
        dialog->state = DIALOG_WAITING;
        return;
    }
    dialog->tries_left = message->request.pin.tries_left;
    dialog->state = message->request.document.image_size > 0 ? DIALOG_RECEIVING : DIALOG_ASKING;
}

static bool begin_failure(struct dialog *dialog, const struct message *message)
{
    message_free(&dialog->failure);
    dialog->failure = *message;
    dialog->state = DIALOG_FAILED;
    return true;
}

/* Owns the message when it returns true. */
static bool take_message(struct dialog *dialog, struct message *message)
{
    if (message->kind == MESSAGE_FAIL) {
        return begin_failure(dialog, message);
    }
    if (dialog->state == DIALOG_FAILED || dialog->state == DIALOG_RECEIVING) {
        return false;
    }
    if (message->kind != MESSAGE_PIN_WRONG) {
        begin_request(dialog, message);
        return true;
    }
    if (dialog->state != DIALOG_WORKING) {
        return false;
    }
    dialog->state = DIALOG_ASKING;
    dialog->tries_left = message->tries_left;
    dialog->pin_was_wrong = true;
    message_free(message);
    return true;
}

static bool take_image_data(struct dialog *dialog, const struct frame *frame)
{
    size_t whole = dialog->request.request.document.image_size;
    if (dialog->state != DIALOG_RECEIVING || frame->size == 0 ||
        frame->size > whole - dialog->image.size ||
        !put_bytes(&dialog->image, frame->payload, frame->size)) {
        return false;
    }
    if (dialog->image.size == whole) {
        dialog->state = DIALOG_ASKING;
    }
    return true;
}

bool dialog_take_frame(struct dialog *dialog, const struct frame *frame)
{
    struct message message;
    if (frame->type == FRAME_DATA) {
        return take_image_data(dialog, frame);
    }
    if (!message_parse(frame, &message)) {
        return false;
    }
    if (!take_message(dialog, &message)) {
        message_free(&message);
        return false;
    }
    return true;
}

bool dialog_accepts_pin(const struct dialog *dialog, size_t digits)
{
    const struct pin_rule *pin = &dialog->request.request.pin;
    return dialog->state == DIALOG_ASKING && digits >= pin->min && digits <= pin->max;
}

void dialog_pin_entered(struct dialog *dialog)
{
    dialog->state = DIALOG_WORKING;
    dialog->pin_was_wrong = false;
}

const char *dialog_closing_event(const struct dialog *dialog)
{
    return dialog->state == DIALOG_FAILED ? "closed" : "cancelled";
}

bool dialog_is_last_try(const struct dialog *dialog)
{
    return dialog->state == DIALOG_ASKING && dialog->tries_left == 1;
}
