/*
 * The least that anybody can do by hand to sign with the authentication key of a card of the
 * virtual card's kind, discovery included: SELECT the application; SELECT and READ BINARY of the
 * ODF, the directory of keys, the directory of certificates and the certificate; VERIFY, MSE, PSO.
 * Twelve APDUs, nothing parsed and nothing checked but the status words.
 *
 *     bench-raw READER LOG PIN-REFERENCE KEY-REFERENCE PATH...
 *
 * Paths and references are hexadecimal; the PIN is SPECIMEN_PIN_AUTH.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include "base/buffer.h"
#include "tests/bench/stopwatch.h"

#define COMMAND_MAX 128
#define RESPONSE_MAX 65538
#define SIGNATURE_LE 0x0180

/* RFC 8017, A.2.4: DigestInfo of SHA-256, without the digest. */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
static const uint8_t digest[32] = {1, 2, 3};
static const uint8_t application[] = "\x00\xA4\x04\x0C\x0C\xA0\x00\x00\x00\x63PKCS-15";
static const uint8_t read_all[] = {0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00};

static bool transmit(SCARDHANDLE card, const void *command, size_t size)
{
    uint8_t response[RESPONSE_MAX];
    DWORD received = sizeof response;
    LONG rv = SCardTransmit(card, SCARD_PCI_T1, command, size, NULL, response, &received);
    bool done = rv == SCARD_S_SUCCESS && received >= 2 && response[received - 2] == 0x90;
    if (!done) {
        fprintf(stderr, "bench-raw: INS %02X failed\n", ((const uint8_t *)command)[1]);
    }
    return done;
}

static bool transmit_buffer(SCARDHANDLE card, struct buffer *command)
{
    bool done = transmit(card, command->bytes, command->size);
    buffer_free(command);
    return done;
}

static bool put_hex(struct buffer *out, const char *text)
{
    for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
        char digits[] = {text[0], text[1], '\0'};
        if (!put_u8(out, (uint8_t)strtoul(digits, NULL, 16))) {
            return false;
        }
    }
    return true;
}

static bool read_file(SCARDHANDLE card, const char *path)
{
    static const uint8_t select_path[] = {0x00, 0xA4, 0x08, 0x0C};
    struct buffer command;
    buffer_init(&command, COMMAND_MAX);
    return put_bytes(&command, select_path, sizeof select_path) &&
           put_u8(&command, (uint8_t)(strlen(path) / 2)) && put_hex(&command, path) &&
           transmit_buffer(card, &command) && transmit(card, read_all, sizeof read_all);
}

static bool verify(SCARDHANDLE card, const char *reference, const char *pin)
{
    struct buffer command;
    buffer_init(&command, COMMAND_MAX);
    return put_bytes(&command, "\x00\x20\x00", 3) && put_hex(&command, reference) &&
           put_u8(&command, (uint8_t)strlen(pin)) && put_bytes(&command, pin, strlen(pin)) &&
           transmit_buffer(card, &command);
}

static bool sign(SCARDHANDLE card, const char *reference)
{
    static const uint8_t environment[] = {0x00, 0x22, 0x41, 0xB6, 0x06,
                                          0x80, 0x01, 0x02, 0x84, 0x01};
    static const uint8_t operation[] = {0x00, 0x2A, 0x9E, 0x9A, 0x00};
    struct buffer command;
    buffer_init(&command, COMMAND_MAX);
    if (!put_bytes(&command, environment, sizeof environment) || !put_hex(&command, reference) ||
        !transmit_buffer(card, &command)) {
        return false;
    }
    buffer_init(&command, COMMAND_MAX);
    return put_bytes(&command, operation, sizeof operation) &&
           put_u16(&command, sizeof digest_info + sizeof digest) &&
           put_bytes(&command, digest_info, sizeof digest_info) &&
           put_bytes(&command, digest, sizeof digest) && put_u16(&command, SIGNATURE_LE) &&
           transmit_buffer(card, &command);
}

static bool work(SCARDHANDLE card, char **arguments, const char *pin)
{
    if (!transmit(card, application, sizeof application - 1)) {
        return false;
    }
    for (char **path = arguments + 2; *path != NULL; path++) {
        if (!read_file(card, *path)) {
            return false;
        }
    }
    return verify(card, arguments[0], pin) && sign(card, arguments[1]);
}

int main(int count, char **arguments)
{
    const char *pin = getenv("SPECIMEN_PIN_AUTH");
    struct stopwatch watch;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    if (count < 6 || pin == NULL) {
        fprintf(stderr, "usage: bench-raw READER LOG PIN-REFERENCE KEY-REFERENCE PATH...\n");
        return 2;
    }
    if (!stopwatch_start(&watch, arguments[2]) ||
        SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) {
        return 1;
    }
    bool done = false;
    if (SCardConnect(context, arguments[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1, &card,
                     &protocol) == SCARD_S_SUCCESS) {
        done = work(card, arguments + 3, pin) && stopwatch_print(&watch, "first");
        SCardDisconnect(card, SCARD_RESET_CARD);
    }
    SCardReleaseContext(context);
    return done ? 0 : 1;
}
