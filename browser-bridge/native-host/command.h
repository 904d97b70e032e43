/*
 * What the Web eID browser extension may ask of its native program (Web eID: system architecture
 * document, "native application"): {"command": TEXT, "arguments": {…}}. Pure.
 */
#ifndef PIRADI_NATIVE_HOST_COMMAND_H
#define PIRADI_NATIVE_HOST_COMMAND_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

#define COMMAND_WRONG_MAX 128
#define COMMAND_NONCE_MIN 44 /* 256 bits in base64 */
#define COMMAND_NONCE_MAX 128

enum command_kind {
    COMMAND_AUTHENTICATE,
    COMMAND_GET_SIGNING_CERTIFICATE,
    COMMAND_QUIT,
    COMMAND_SIGN,
    COMMAND_STATUS,
};

struct command {
    enum command_kind kind;
    json_t *object;     /* lends the texts */
    const char *origin; /* but for COMMAND_QUIT and COMMAND_STATUS: https, as a browser writes it */
    const char *nonce;  /* COMMAND_AUTHENTICATE */
    /* COMMAND_SIGN; the hash is base64 of as many bytes as the function gives */
    const char *certificate;
    const char *hash;
    const char *hash_function;
};

/*
 * STATUS_OK and the command, to be freed; else STATUS_BAD_REQUEST or STATUS_NONCE_TOO_SHORT, and
 * wrong says what, in English.
 */
enum status command_parse(const uint8_t *bytes, size_t size, struct command *command,
                          char wrong[COMMAND_WRONG_MAX]) MUST_USE;
void command_free(struct command *command);

#endif
