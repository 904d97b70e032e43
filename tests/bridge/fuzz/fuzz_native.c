/* Native messages and the commands in them. */
#include <string.h>

#include "base/portals.h"
#include "browser-bridge/native-host/command.h"
#include "browser-bridge/native-host/message.h"
#include "tests/bridge/fuzz/fuzz.h"

const char *const fuzz_seeds[] = {
    "{\"command\":\"authenticate\",\"arguments\":{\"challengeNonce\":"
    "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\",\"origin\":\"https://"
    "a.ge\",\"lang\":\"ka\"}}",
    "{\"command\":\"sign\",\"arguments\":{\"certificate\":\"MIIB\",\"hash\":\"AAAA\","
    "\"hashFunction\":\"SHA-256\",\"origin\":\"https://a.ge:8443\"}}",
    "{\"command\":\"quit\",\"arguments\":{}}",
    NULL,
};
const int fuzz_seeds_are_messages = 1;

static void check(const struct command *command)
{
    bool for_page = command->kind != COMMAND_QUIT && command->kind != COMMAND_STATUS;
    HOLDS(for_page == (command->origin != NULL));
    HOLDS(!for_page || portals_is_origin(command->origin));
    HOLDS((command->kind == COMMAND_AUTHENTICATE) == (command->nonce != NULL));
    HOLDS(command->nonce == NULL || (strlen(command->nonce) >= COMMAND_NONCE_MIN &&
                                     strlen(command->nonce) <= COMMAND_NONCE_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct reader payload;
    struct command command;
    char wrong[COMMAND_WRONG_MAX] = "";
    if (message_first(bytes, size, &payload) != MESSAGE_COMPLETE) {
        return 0;
    }
    HOLDS(payload.left > 0 && payload.left <= MESSAGE_MAX && payload.left < size);
    enum status status = command_parse(payload.next, payload.left, &command, wrong);
    HOLDS((status == STATUS_OK) == (wrong[0] == '\0'));
    if (status == STATUS_OK) {
        check(&command);
        command_free(&command);
    }
    return 0;
}
