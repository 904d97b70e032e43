/*
 * Command and response APDUs, ISO/IEC 7816-4:2013, 5.1 to 5.6. Pure bytes.
 */
#ifndef PIRADI_PKCS11_APDU_H
#define PIRADI_PKCS11_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"

#define APDU_DATA_SHORT_MAX 255
#define APDU_DATA_MAX 900          /* longer than any command of ours */
#define APDU_LE_SHORT_MAX 256      /* encoded as 00 */
#define APDU_LE_EXTENDED_MAX 65536 /* encoded as 00 00 */
#define APDU_CLA_CHAIN 0x10        /* more of the command's data follows */

enum apdu_instruction {
    APDU_VERIFY = 0x20,
    APDU_MANAGE_SECURITY_ENVIRONMENT = 0x22,
    APDU_CHANGE_REFERENCE_DATA = 0x24,
    APDU_PERFORM_SECURITY_OPERATION = 0x2A,
    APDU_RESET_RETRY_COUNTER = 0x2C,
    APDU_GET_CHALLENGE = 0x84,
    APDU_SELECT = 0xA4,
    APDU_READ_BINARY = 0xB0,
    APDU_GET_RESPONSE = 0xC0,
};

/* Status words, 5.6. */
enum apdu_status_word {
    SW_OK = 0x9000,
    SW_END_OF_FILE = 0x6282,
    SW_TRIES = 0x63C0, /* and the tries left in the last four bits */
    SW_WRONG_LENGTH = 0x6700,
    SW_CHAINING_UNSUPPORTED = 0x6884,
    SW_SECURITY_STATUS = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_REFERENCE_UNUSABLE = 0x6984,
    SW_CONDITIONS = 0x6985,
    SW_WRONG_DATA = 0x6A80,
    SW_UNSUPPORTED = 0x6A81,
    SW_NOT_FOUND = 0x6A82,
    SW_WRONG_P1P2 = 0x6A86,
    SW_REFERENCE_NOT_FOUND = 0x6A88,
    SW_WRONG_OFFSET = 0x6B00,
    SW_UNKNOWN_INSTRUCTION = 0x6D00,
    SW_UNKNOWN_CLASS = 0x6E00,
};

struct apdu {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    const uint8_t *data; /* lent */
    size_t size;         /* of data; 0: none */
    size_t le;           /* the most that may come back; 0: nothing is expected */
};

/* A response as it came; data is lent. */
struct apdu_response {
    const uint8_t *data;
    size_t size;
    uint16_t sw;
};

/* Appends the command, with extended lengths if data or le are over the short ones. */
bool apdu_put(struct buffer *out, const struct apdu *apdu) MUST_USE;

/* False for a response of less than two bytes. */
bool apdu_parse_response(const uint8_t *bytes, size_t size,
                         struct apdu_response *response) MUST_USE;

/* 61xx: how many bytes GET RESPONSE should ask for; 6Cxx: the right Le. False for another one. */
bool apdu_more_waits(uint16_t sw, size_t *le) MUST_USE;
bool apdu_le_was_wrong(uint16_t sw, size_t *le) MUST_USE;

/* 63Cx: x. False for another one. */
bool apdu_tries_left(uint16_t sw, unsigned *tries) MUST_USE;

/*
 * What the status word of VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER says about the
 * reference data: OK, PIN_WRONG, PIN_BLOCKED (63C0, 6983, 6984), PIN_LENGTH (6700, 6A80), and
 * INTERNAL for what says nothing about it.
 */
enum status apdu_status_of_pin(uint16_t sw);

#endif
