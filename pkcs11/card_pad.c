/* The card's PINs, typed on the reader's pad: the commands of card_pin.c without the digits. */
#include "pkcs11/card_private.h"

static struct pad_entry entry_of(uint8_t ins, const struct pkcs15_pin *pin)
{
    bool padded = (pin->flags & PKCS15_PIN_NEEDS_PADDING) != 0;
    return (struct pad_entry){.header = {0x00, ins, 0x00, pin->reference},
                              .min_size = pin->min_size,
                              .max_size = pin->max_size,
                              .block = padded ? pin->stored_size : 0,
                              .fill = pin->pad};
}

/* A reader knows one pair of sizes for all that is typed. */
static void widen(struct pad_entry *entry, size_t min_size, size_t max_size)
{
    entry->min_size = min_size < entry->min_size ? min_size : entry->min_size;
    entry->max_size = max_size > entry->max_size ? max_size : entry->max_size;
}

/* The person has minutes, the rest of the operation as long as ever. */
static enum status enter(struct card *card, uint32_t control, const struct buffer *request,
                         uint16_t *sw)
{
    struct apdu_response response;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    enum status status = link_control(card->link, control, request->bytes, request->size,
                                      now_ms() + PAD_DEADLINE_MS, &bytes, &size);
    card->deadline = now_ms() + CARD_OPERATION_MS;
    status = card_take_response(card, status, bytes, size, &response);
    if (status == STATUS_OK) {
        *sw = response.sw;
    }
    return status;
}

/* Nobody should type a PIN only to hear that it was not looked for in this directory: asking for
 * the tries goes where it is found. */
static enum status ask(struct card *card, const struct pkcs15_pin *pin, uint32_t control,
                       const struct pad_entry *entry,
                       bool (*put)(struct buffer *, const struct pad_entry *))
{
    struct buffer request;
    uint32_t tries;
    uint16_t sw = 0;
    enum status status = card_tries(card, pin, &tries);
    if (status == STATUS_OK && tries == 0 && put == pad_put_verify) {
        return STATUS_PIN_BLOCKED;
    }
    buffer_init(&request, PAD_REQUEST_MAX);
    if (status == STATUS_OK && !put(&request, entry)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        status = enter(card, control, &request, &sw);
    }
    buffer_free(&request);
    if (status == STATUS_OK && !pad_status(sw, &status)) {
        status = apdu_status_of_pin(sw);
    }
    return status;
}

enum status card_verify_on_pad(struct card *card, const struct pad *pad,
                               const struct pkcs15_pin *pin)
{
    struct pad_entry entry = entry_of(APDU_VERIFY, pin);
    enum status status = ask(card, pin, pad->verify, &entry, pad_put_verify);
    card_set_verified(card, pin, status == STATUS_OK);
    return status;
}

enum status card_change_pin_on_pad(struct card *card, const struct pad *pad,
                                   const struct pkcs15_pin *pin)
{
    struct pad_entry entry = entry_of(APDU_CHANGE_REFERENCE_DATA, pin);
    if ((pin->flags & PKCS15_PIN_INITIALIZED) == 0) {
        widen(&entry, card->profile->transport_size, card->profile->transport_size);
    }
    enum status status = ask(card, pin, pad->modify, &entry, pad_put_modify);
    card_set_verified(card, pin, false);
    return status;
}

enum status card_unblock_pin_on_pad(struct card *card, const struct pad *pad,
                                    const struct pkcs15_pin *pin, const struct pkcs15_pin *puk)
{
    struct pad_entry entry = entry_of(APDU_RESET_RETRY_COUNTER, pin);
    widen(&entry, puk->min_size, puk->max_size);
    enum status status = ask(card, pin, pad->modify, &entry, pad_put_modify);
    card_set_verified(card, pin, false);
    return status == STATUS_PIN_BLOCKED ? STATUS_PUK_BLOCKED : status;
}
