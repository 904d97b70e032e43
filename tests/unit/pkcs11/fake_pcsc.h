/*
 * pcsc.h without hardware: one reader, and in it fake_card.h's card. What goes wrong, and when, is
 * set here. One lock guards it all, so that the module's threads may call as they like.
 */
#ifndef PIRADI_TESTS_UNIT_PKCS11_FAKE_PCSC_H
#define PIRADI_TESTS_UNIT_PKCS11_FAKE_PCSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_READER "Fake Reader 00 00"
#define FAKE_NEVER 0

/* A card as new in the reader, pcscd alive, nothing set to go wrong. */
void fake_begin(void);

void fake_insert(void);
void fake_remove(void);
/* pcscd ends: contexts are void until the next fake_start_pcscd, and for ever. */
void fake_stop_pcscd(void);
void fake_start_pcscd(void);
/* Another program's transaction, in which pcsc_take waits. */
void fake_hold_elsewhere(bool holds);
/* Another program's exclusive connection, beside which there is no other. */
void fake_hold_exclusively_elsewhere(bool holds);
/* Waits until somebody waits for that to end. */
void fake_wait_for_waiter(void);
/* Whether commands wait for fake_mute(false). */
void fake_mute(bool mute);
/* Sets what the reader says of its card. */
void fake_set_atr(const uint8_t *atr, size_t size);

/* At the nth command from now (1 is the next; FAKE_NEVER): the card is pulled; or it answers this
 * instead, once. The bytes are lent. */
void fake_remove_at(unsigned nth);
void fake_answer_at(unsigned nth, const uint8_t *bytes, size_t size);

/* Gives the reader a pad, on which the person types these, the new one (or NULL) twice; or, where
 * digits is NULL, the reader answers this itself. */
void fake_type(const char *digits, const char *new_digits, uint16_t answer);

/* Since fake_begin: all commands; VERIFY with data; resets of the card; and the last command. */
unsigned fake_commands(void);
unsigned fake_verifies(void);
unsigned fake_resets(void);
/* Whether any PIN is verified in the card now, and a transaction or exclusive connection lasts. */
bool fake_is_verified(void);
bool fake_is_taken(void);
/* Waits until nobody has the card. */
void fake_wait_until_released(void);

#endif
