#include "browser-bridge/native-host/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/portals.h"
#include "browser-bridge/hash.h"

#define ARGUMENTS_MAX 4
#define LANGUAGE "lang" /* of the extension's page; ours is the person's own */

static const struct {
    const char *name;
    enum command_kind kind;
    const char *arguments[ARGUMENTS_MAX + 1]; /* texts, each due */
} commands[] = {
    {"authenticate", COMMAND_AUTHENTICATE, {"challengeNonce", "origin"}},
    {"get-signing-certificate", COMMAND_GET_SIGNING_CERTIFICATE, {"origin"}},
    {"quit", COMMAND_QUIT, {NULL}},
    {"sign", COMMAND_SIGN, {"certificate", "hash", "hashFunction", "origin"}},
    {"status", COMMAND_STATUS, {NULL}},
};

static enum status refuse(char wrong[COMMAND_WRONG_MAX], const char *reason)
{
    snprintf(wrong, COMMAND_WRONG_MAX, "%s", reason);
    return STATUS_BAD_REQUEST;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Exactly these, all text and not empty, and perhaps a language. */
static bool has_arguments(const json_t *arguments, const char *const names[])
{
    size_t count = 0;
    for (; names[count] != NULL; count++) {
        const char *text = text_of(arguments, names[count]);
        if (text == NULL || text[0] == '\0') {
            return false;
        }
    }
    const json_t *language = json_object_get(arguments, LANGUAGE);
    return json_object_size(arguments) == count + (language != NULL) &&
           (language == NULL || json_is_string(language));
}

static enum status check_nonce(const struct command *command, char wrong[COMMAND_WRONG_MAX])
{
    size_t length = strlen(command->nonce);
    if (length < COMMAND_NONCE_MIN) {
        (void)refuse(wrong, "challengeNonce must have at least 44 characters");
        return STATUS_NONCE_TOO_SHORT;
    }
    return length <= COMMAND_NONCE_MAX
               ? STATUS_OK
               : refuse(wrong, "challengeNonce must have at most 128 characters");
}

static enum status read_arguments(const json_t *arguments, struct command *command,
                                  char wrong[COMMAND_WRONG_MAX])
{
    command->origin = text_of(arguments, "origin");
    command->nonce = text_of(arguments, "challengeNonce");
    command->certificate = text_of(arguments, "certificate");
    command->hash = text_of(arguments, "hash");
    command->hash_function = text_of(arguments, "hashFunction");
    if (command->origin != NULL && !portals_is_origin(command->origin)) {
        return refuse(wrong, "origin must be https://HOST or https://HOST:PORT");
    }
    if (command->hash != NULL && !hash_is_of(command->hash, command->hash_function)) {
        return refuse(wrong, "hash must be base64 of what SHA-256, SHA-384 or SHA-512 gives");
    }
    return command->nonce != NULL ? check_nonce(command, wrong) : STATUS_OK;
}

static enum status read_object(json_t *object, struct command *command,
                               char wrong[COMMAND_WRONG_MAX])
{
    const char *name = text_of(object, "command");
    const json_t *arguments = json_object_get(object, "arguments");
    if (name == NULL || !json_is_object(arguments) || json_object_size(object) != 2) {
        return refuse(wrong, "a message is an object with command and arguments, and no more");
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            command->kind = commands[i].kind;
            return has_arguments(arguments, commands[i].arguments)
                       ? read_arguments(arguments, command, wrong)
                       : refuse(wrong, "the arguments are not those of this command");
        }
    }
    return refuse(wrong, "this command is not known");
}

enum status command_parse(const uint8_t *bytes, size_t size, struct command *command,
                          char wrong[COMMAND_WRONG_MAX])
{
    struct command parsed = {
        .object = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL)};
    enum status status = read_object(parsed.object, &parsed, wrong);
    if (status == STATUS_OK) {
        *command = parsed;
    } else {
        json_decref(parsed.object);
    }
    return status;
}

void command_free(struct command *command)
{
    json_decref(command->object);
    *command = (struct command){0};
}
