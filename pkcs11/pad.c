#include "pkcs11/pad.h"

#define FEATURE_VERIFY_PIN_DIRECT 0x06
#define FEATURE_MODIFY_PIN_DIRECT 0x07

/* bmFormatString: ASCII digits, left-justified, from the first byte of the data on. */
#define FORMAT_ASCII_LEFT 0x82
#define ENTRY_ENDS_WITH_KEY 0x02 /* bEntryValidationCondition */
#define LANGUAGE_ENGLISH 0x0409  /* which every reader knows; few know Georgian */
#define CONFIRM_OLD_AND_NEW 0x03 /* bConfirmPIN */

enum { ANSWER_TIME_OUT = 0x6400, ANSWER_CANCELLED, ANSWER_DIFFERENT, ANSWER_LENGTH };

struct pad pad_parse_features(const uint8_t *bytes, size_t size)
{
    struct pad pad = {0};
    struct reader reader = reader_of(bytes, size);
    struct reader value;
    uint8_t tag;
    uint8_t length;
    uint32_t code;
    while (get_u8(&reader, &tag) && get_u8(&reader, &length) &&
           get_reader(&reader, length, &value)) {
        if (length != sizeof code || !get_u32(&value, &code)) {
            continue;
        }
        if (tag == FEATURE_VERIFY_PIN_DIRECT) {
            pad.verify = code;
        } else if (tag == FEATURE_MODIFY_PIN_DIRECT) {
            pad.modify = code;
        }
    }
    return pad;
}

static bool put_native_u16(struct buffer *out, uint16_t value)
{
    return put_bytes(out, &value, sizeof value);
}

static bool put_native_u32(struct buffer *out, uint32_t value)
{
    return put_bytes(out, &value, sizeof value);
}

/* bTimerOut, bTimerOut2, bmFormatString, bmPINBlockString, bmPINLengthFormat. */
static bool put_beginning(struct buffer *out, const struct pad_entry *entry)
{
    return put_u8(out, PAD_ENTRY_S) && put_u8(out, 0) && put_u8(out, FORMAT_ASCII_LEFT) &&
           put_u8(out, (uint8_t)entry->block) && put_u8(out, 0);
}

/* wPINMaxExtraDigit, which has the least digits in its upper byte. */
static bool put_sizes(struct buffer *out, const struct pad_entry *entry)
{
    return put_native_u16(out, (uint16_t)(entry->min_size << 8 | entry->max_size));
}

/* bTeoPrologue, ulDataLength, abData: the header, and where PINs are padded, the padding. */
static bool put_command(struct buffer *out, const struct pad_entry *entry, size_t pins)
{
    size_t data = pins * entry->block;
    bool done = put_u8(out, 0) && put_u8(out, 0) && put_u8(out, 0) &&
                put_native_u32(out, (uint32_t)(sizeof entry->header + (data > 0 ? 1 + data : 0))) &&
                put_bytes(out, entry->header, sizeof entry->header) &&
                (data == 0 || put_u8(out, (uint8_t)data));
    for (size_t i = 0; done && i < data; i++) {
        done = put_u8(out, entry->fill);
    }
    return done;
}

bool pad_put_verify(struct buffer *out, const struct pad_entry *entry)
{
    /* bNumberMessage, wLangId, bMsgIndex */
    return put_beginning(out, entry) && put_sizes(out, entry) && put_u8(out, ENTRY_ENDS_WITH_KEY) &&
           put_u8(out, 1) && put_native_u16(out, LANGUAGE_ENGLISH) && put_u8(out, 0) &&
           put_command(out, entry, 1);
}

bool pad_put_modify(struct buffer *out, const struct pad_entry *entry)
{
    /* bInsertionOffsetOld, bInsertionOffsetNew; bNumberMessage, wLangId, bMsgIndex1 to 3 */
    return put_beginning(out, entry) && put_u8(out, 0) && put_u8(out, (uint8_t)entry->block) &&
           put_sizes(out, entry) && put_u8(out, CONFIRM_OLD_AND_NEW) &&
           put_u8(out, ENTRY_ENDS_WITH_KEY) && put_u8(out, 3) &&
           put_native_u16(out, LANGUAGE_ENGLISH) && put_u8(out, 0) && put_u8(out, 1) &&
           put_u8(out, 2) && put_command(out, entry, 2);
}

bool pad_status(uint16_t sw, enum status *status)
{
    switch (sw) {
    case ANSWER_TIME_OUT:
        *status = STATUS_USER_TIMEOUT;
        return true;
    case ANSWER_CANCELLED:
        *status = STATUS_USER_CANCELLED;
        return true;
    case ANSWER_DIFFERENT:
    case ANSWER_LENGTH:
        *status = STATUS_PIN_LENGTH;
        return true;
    default:
        return false;
    }
}
