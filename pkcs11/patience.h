/*
 * How long the module waits for a card. A test build (PIRADI_TEST_BUILD, which is never installed)
 * obeys $PIRADI_CARD_PATIENCE, a percentage, so that a test of a deadline need not sit it out.
 */
#ifndef PIRADI_PKCS11_PATIENCE_H
#define PIRADI_PKCS11_PATIENCE_H

#include <stdint.h>

int64_t patience_ms(int64_t ms);

#endif
