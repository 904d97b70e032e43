/*
 * Numbers of ISO/IEC 7816-4:2013 and 7816-8:2016 that the virtual card answers with or to.
 */
#ifndef PIRADI_TESTS_CARD_ISO7816_H
#define PIRADI_TESTS_CARD_ISO7816_H

#include <stdint.h>

/* Status words (7816-4, 5.6). SW_TRIES, SW_MORE and SW_WRONG_LE carry a number in their last bits.
 */
enum {
    SW_OK = 0x9000,
    SW_MORE = 0x6100, /* | bytes still to fetch with GET RESPONSE, 00 for 256 or more */
    SW_END_OF_FILE = 0x6282,
    SW_TRIES = 0x63C0, /* | tries left */
    SW_INTERNAL = 0x6F00,
    SW_WRONG_LENGTH = 0x6700,
    SW_CHANNEL = 0x6881,
    SW_SECURE_MESSAGING = 0x6882,
    SW_LAST_OF_CHAIN_EXPECTED = 0x6883,
    SW_CHAINING = 0x6884,
    SW_SECURITY_STATUS = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_CONDITIONS = 0x6985,
    SW_NO_CURRENT_EF = 0x6986,
    SW_NO_APPLICATION = 0x6999, /* Java Card Runtime Environment 3.0.4, 4.7: no applet is active */
    SW_WRONG_DATA = 0x6A80,
    SW_NOT_FOUND = 0x6A82,
    SW_WRONG_P1P2 = 0x6A86,
    SW_REFERENCE_NOT_FOUND = 0x6A88,
    SW_WRONG_OFFSET = 0x6B00,
    SW_WRONG_LE = 0x6C00, /* | the right Le */
    SW_INS = 0x6D00,
    SW_CLA = 0x6E00,
};

/* Instructions (7816-4, 5.4.2; 7816-8, table 1). */
enum {
    INS_VERIFY = 0x20,
    INS_MANAGE_SECURITY_ENVIRONMENT = 0x22,
    INS_CHANGE_REFERENCE_DATA = 0x24,
    INS_PERFORM_SECURITY_OPERATION = 0x2A,
    INS_RESET_RETRY_COUNTER = 0x2C,
    INS_LOG_OUT = 0x2E, /* not ISO's: what OpenSC's card-myeid.c sends */
    INS_GET_CHALLENGE = 0x84,
    INS_INTERNAL_AUTHENTICATE = 0x88,
    INS_SELECT = 0xA4,
    INS_READ_BINARY = 0xB0,
    INS_GET_RESPONSE = 0xC0,
    INS_GET_DATA = 0xCA,
    INS_GET_DATA_ODD = 0xCB,
};

/* Control reference templates (7816-4, table 53). */
enum { CRT_AUTHENTICATION = 0xA4, CRT_SIGNATURE = 0xB6 };

#endif
