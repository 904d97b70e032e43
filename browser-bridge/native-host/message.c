#include "browser-bridge/native-host/message.h"

#include <stdlib.h>
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
    char *text = json_dumps(object, JSON_COMPACT);
    size_t size = text != NULL ? strlen(text) : 0;
    uint32_t length = (uint32_t)size;
    uint8_t *space =
        text != NULL && size <= MESSAGE_ANSWER_MAX ? put_space(out, sizeof length + size) : NULL;
    if (space != NULL) {
        memcpy(space, &length, sizeof length);
        memcpy(space + sizeof length, text, size);
    }
    free(text);
    return space != NULL;
}
