/*
 * The commands that the virtual card knows, one function each: they look at P1, P2, the data and
 * Ne, append response data to out, and return the status word. Class, chaining and GET RESPONSE
 * are card.c's. With an error status word they leave nothing in out (the warning 6282 may).
 */
#ifndef PIRADI_TESTS_CARD_COMMAND_H
#define PIRADI_TESTS_CARD_COMMAND_H

#include "tests/card/card.h"

typedef uint16_t command_function(struct card *card, const struct apdu *apdu, struct buffer *out);

/* command_file.c */
command_function command_select;
command_function command_read_binary;

/* command_pin.c */
command_function command_verify;
command_function command_change_reference_data;
command_function command_reset_retry_counter;
command_function command_log_out;

/* command_key.c */
command_function command_manage_security_environment;
command_function command_perform_security_operation;
command_function command_internal_authenticate;

/* command_data.c */
command_function command_get_data; /* class 80 has objects of its own */
command_function command_get_data_odd;
command_function command_get_challenge;

#endif
