#include "tests/pinpad/pin_entry.h"

#include <reader.h>
#include <string.h>

#define HEADER_SIZE 4
#define DATA_AT 5
#define FORMAT_TYPE 0x03
#define FORMAT_ASCII 0x02
#define FORMAT_RIGHT 0x04
#define FORMAT_IN_BYTES 0x80
#define BLOCK_SIZE 0x0F
#define CONFIRM_NEW 0x01
#define CONFIRM_CURRENT 0x02

static size_t data_size(const struct pin_entry *entry)
{
    return entry->apdu_size > DATA_AT ? entry->apdu_size - DATA_AT : 0;
}

static bool take_template(struct pin_entry *entry, const uint8_t *apdu, size_t size,
                          uint32_t announced)
{
    if (size != announced || size < HEADER_SIZE || size > sizeof entry->apdu) {
        return false;
    }
    memcpy(entry->apdu, apdu, size);
    entry->apdu_size = size;
    return size == HEADER_SIZE || apdu[HEADER_SIZE] == data_size(entry);
}

static bool take_digits(struct pin_entry *entry, uint16_t bounds)
{
    entry->minimum = bounds >> 8;
    entry->maximum = bounds & 0xFF;
    return entry->minimum <= entry->maximum && entry->maximum > 0;
}

/* position_bytes: of a PIN in the command's data. */
static bool take_format(struct pin_entry *entry, uint8_t format, uint8_t block, uint8_t length,
                        size_t *position_bytes)
{
    size_t position = (format >> 3) & 0x0F;
    bool in_bytes = (format & FORMAT_IN_BYTES) != 0;
    entry->block = block & BLOCK_SIZE;
    *position_bytes = in_bytes ? position : 0;
    return (format & FORMAT_TYPE) == FORMAT_ASCII && (format & FORMAT_RIGHT) == 0 &&
           (in_bytes || position == 0) && (block & ~BLOCK_SIZE) == 0 && length == 0;
}

bool pin_entry_parse_verify(const uint8_t *bytes, size_t size, struct pin_entry *entry)
{
    PIN_VERIFY_STRUCTURE asked;
    if (size < sizeof asked) {
        return false;
    }
    memcpy(&asked, bytes, sizeof asked);
    *entry = (struct pin_entry){.timeout_s = asked.bTimerOut, .asks_current = true};
    return take_format(entry, asked.bmFormatString, asked.bmPINBlockString, asked.bmPINLengthFormat,
                       &entry->current_at) &&
           take_digits(entry, asked.wPINMaxExtraDigit) &&
           take_template(entry, bytes + sizeof asked, size - sizeof asked, asked.ulDataLength);
}

bool pin_entry_parse_modify(const uint8_t *bytes, size_t size, struct pin_entry *entry)
{
    PIN_MODIFY_STRUCTURE asked;
    size_t position;
    if (size < sizeof asked) {
        return false;
    }
    memcpy(&asked, bytes, sizeof asked);
    *entry = (struct pin_entry){.timeout_s = asked.bTimerOut,
                                .asks_current = (asked.bConfirmPIN & CONFIRM_CURRENT) != 0,
                                .asks_new = true,
                                .asks_new_again = (asked.bConfirmPIN & CONFIRM_NEW) != 0,
                                .current_at = asked.bInsertionOffsetOld,
                                .new_at = asked.bInsertionOffsetNew};
    return take_format(entry, asked.bmFormatString, asked.bmPINBlockString, asked.bmPINLengthFormat,
                       &position) &&
           position == 0 && take_digits(entry, asked.wPINMaxExtraDigit) &&
           take_template(entry, bytes + sizeof asked, size - sizeof asked, asked.ulDataLength);
}

bool pin_entry_accepts(const struct pin_entry *entry, const struct digits *digits)
{
    return digits->size >= entry->minimum && digits->size <= entry->maximum;
}

static bool put(const struct pin_entry *entry, const struct digits *digits, size_t at,
                uint8_t *data)
{
    size_t taken = entry->block > 0 ? entry->block : digits->size;
    size_t room = data_size(entry);
    if (digits->size > taken || at > room || taken > room - at) {
        return false;
    }
    memcpy(data + at, digits->text, digits->size);
    return true;
}

static size_t append(const struct digits *digits, uint8_t *data, size_t at)
{
    memcpy(data + at, digits->text, digits->size);
    return at + digits->size;
}

bool pin_entry_fill(const struct pin_entry *entry, const struct digits *current,
                    const struct digits *fresh, uint8_t apdu[PIN_APDU_MAX], size_t *size)
{
    uint8_t *data = apdu + DATA_AT;
    memcpy(apdu, entry->apdu, entry->apdu_size);
    if (data_size(entry) > 0) {
        *size = entry->apdu_size;
        return (!entry->asks_current || put(entry, current, entry->current_at, data)) &&
               (!entry->asks_new || put(entry, fresh, entry->new_at, data));
    }
    if (entry->block > 0) {
        return false; /* padded, but with what? */
    }
    size_t end = entry->asks_current ? append(current, data, 0) : 0;
    end = entry->asks_new ? append(fresh, data, end) : end;
    apdu[HEADER_SIZE] = (uint8_t)end;
    *size = DATA_AT + end;
    return true;
}
