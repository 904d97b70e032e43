#include "agent/prompt/dialog.h"

void dialog_init(struct dialog *dialog)
{
    *dialog = (struct dialog){.state = DIALOG_STARTING};
    buffer_init(&dialog->image, REQUEST_IMAGE_MAX);
}

void dialog_free(struct dialog *dialog)
{
    message_free(&dialog->request);
    message_free(&dialog->failure);
    buffer_free(&dialog->image);
}

bool dialog_awaits_image(const struct dialog *dialog)
{
    return dialog->image.size < dialog->page.image_size;
}

static void enter(struct dialog *dialog, enum dialog_state state)
{
    dialog->state = state;
    dialog->changes++;
}

static void expect_page(struct dialog *dialog, unsigned number, size_t image_size)
{
    dialog->page = (struct page){.number = number, .image_size = image_size};
    buffer_consume(&dialog->image, dialog->image.size);
}

bool dialog_has_pad(const struct dialog *dialog)
{
    return dialog->request.request.pin.pad;
}

/* Where a request is once it is whole, and once more after a wrong PIN. */
static void begin_to_ask(struct dialog *dialog)
{
    bool managing = dialog->request.kind == MESSAGE_PIN;
    dialog->step = managing ? STEP_AUTHORIZATION : STEP_ONLY;
    dialog->new_pins_differ = false;
    bool click = dialog->request.kind == MESSAGE_CONSENT || dialog_has_pad(dialog);
    enter(dialog, click ? DIALOG_AGREEING : DIALOG_ASKING);
}

static void begin_request(struct dialog *dialog, const struct message *message)
{
    message_free(&dialog->request);
    dialog->request = *message;
    dialog->requests++;
    dialog->pages_come = 0;
    dialog->pin_was_wrong = false;
    const struct request *request = &dialog->request.request;
    expect_page(dialog, 1, request->document.image_size);
    dialog->tries_left = message->kind == MESSAGE_PIN ? request->task.authorization.tries_left
                                                      : request->pin.tries_left;
    if (message->kind == MESSAGE_WAIT) {
        enter(dialog, DIALOG_WAITING);
    } else if (message->kind == MESSAGE_CHOOSE) {
        enter(dialog, DIALOG_CHOOSING);
    } else if (dialog_awaits_image(dialog)) {
        enter(dialog, DIALOG_RECEIVING);
    } else {
        begin_to_ask(dialog);
    }
}

static bool take_failure(struct dialog *dialog, const struct message *message)
{
    message_free(&dialog->failure);
    dialog->failure = *message;
    enter(dialog, DIALOG_FAILED);
    expect_page(dialog, 0, 0);
    return true;
}

static bool take_wrong_pin(struct dialog *dialog, struct message *message)
{
    if (dialog->state != DIALOG_WORKING) {
        return false;
    }
    begin_to_ask(dialog);
    dialog->tries_left = message->tries_left;
    dialog->pin_was_wrong = true;
    message_free(message);
    return true;
}

static bool take_page(struct dialog *dialog, struct message *message)
{
    const struct document *document = &dialog->request.request.document;
    if (dialog->state == DIALOG_RECEIVING || dialog_awaits_image(dialog) ||
        message->page.number > document->pages) {
        return false;
    }
    expect_page(dialog, message->page.number, message->page.image_size);
    dialog->pages_come += message->page.image_size == 0;
    message_free(message);
    return true;
}

static bool take_done(struct dialog *dialog, struct message *message)
{
    if (dialog->state != DIALOG_WORKING) {
        return false;
    }
    enter(dialog, DIALOG_DONE);
    message_free(message);
    return true;
}

/* Owns the message when it returns true. */
static bool take_message(struct dialog *dialog, struct message *message)
{
    if (message->kind == MESSAGE_FAIL) {
        return take_failure(dialog, message);
    }
    if (dialog->state == DIALOG_FAILED || dialog->state == DIALOG_DONE) {
        return false;
    }
    switch (message->kind) {
    case MESSAGE_PIN_WRONG:
        return take_wrong_pin(dialog, message);
    case MESSAGE_PAGE:
        return take_page(dialog, message);
    case MESSAGE_DONE:
        return take_done(dialog, message);
    default:
        if (dialog->state == DIALOG_RECEIVING) {
            return false;
        }
        begin_request(dialog, message);
        return true;
    }
}

static bool take_image_data(struct dialog *dialog, const struct frame *frame)
{
    if (frame->size == 0 || frame->size > dialog->page.image_size - dialog->image.size ||
        !put_bytes(&dialog->image, frame->payload, frame->size)) {
        return false;
    }
    if (!dialog_awaits_image(dialog)) {
        dialog->pages_come++;
        if (dialog->state == DIALOG_RECEIVING) {
            begin_to_ask(dialog);
        }
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

const struct pin_rule *dialog_rule(const struct dialog *dialog)
{
    const struct request *request = &dialog->request.request;
    return dialog->step == STEP_AUTHORIZATION ? &request->task.authorization : &request->pin;
}

bool dialog_accepts_pin(const struct dialog *dialog, size_t digits)
{
    const struct pin_rule *rule = dialog_rule(dialog);
    return dialog->state == DIALOG_ASKING && digits >= rule->min && digits <= rule->max;
}

void dialog_step_done(struct dialog *dialog)
{
    dialog->step = dialog->step == STEP_AUTHORIZATION ? STEP_NEW : STEP_REPEAT;
    dialog->changes++;
    dialog->pin_was_wrong = false;
    dialog->new_pins_differ = false;
}

void dialog_new_pins_differ(struct dialog *dialog)
{
    dialog->step = STEP_NEW;
    dialog->changes++;
    dialog->new_pins_differ = true;
}

void dialog_pin_entered(struct dialog *dialog)
{
    enter(dialog, DIALOG_WORKING);
    dialog->pin_was_wrong = false;
}

void dialog_agreed(struct dialog *dialog)
{
    enter(dialog, dialog_has_pad(dialog) ? DIALOG_WORKING : DIALOG_ANSWERED);
    dialog->pin_was_wrong = false;
}

void dialog_answered(struct dialog *dialog)
{
    enter(dialog, DIALOG_ANSWERED);
}

const char *dialog_closing_event(const struct dialog *dialog)
{
    bool over = dialog->state == DIALOG_FAILED || dialog->state == DIALOG_DONE;
    return over ? "closed" : "cancelled";
}

bool dialog_is_last_try(const struct dialog *dialog)
{
    bool asked = dialog->state == DIALOG_ASKING || dialog->state == DIALOG_AGREEING;
    bool first = dialog->step == STEP_ONLY || dialog->step == STEP_AUTHORIZATION;
    return asked && first && dialog->request.kind != MESSAGE_CONSENT && dialog->tries_left == 1;
}
