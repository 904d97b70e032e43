#include "browser-bridge/native-host/message.h"

#include <string.h>

enum message_next message_first(const uint8_t *bytes, size_t size, struct reader *payload)
{
    uint32_t length;
    if (size < MESSAGE_LENGTH_SIZE) {
        return MESSAGE_INCOMPLETE;
    }
    memcpy(&length, bytes, sizeof length);
    if (length == 0 || length > MESSAGE_MAX) {
        return MESSAGE_MALFORMED;
    }
    if (size - MESSAGE_LENGTH_SIZE < length) {
        return MESSAGE_INCOMPLETE;
    }
    *payload = reader_of(bytes + MESSAGE_LENGTH_SIZE, length);
    return MESSAGE_COMPLETE;
}

bool message_put(struct buffer *out, const json_t *object)
{
    size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
    uint32_t length = (uint32_t)size;
    if (size == 0 || size > MESSAGE_ANSWER_MAX) {
        return false;
    }
    uint8_t *space = put_space(out, sizeof length + size);
    if (space == NULL) {
        return false;
    }
    memcpy(space, &length, sizeof length);
    return json_dumpb(object, (char *)space + sizeof length, size, JSON_COMPACT) == size;
}
