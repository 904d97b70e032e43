/*
 * The person before a PIN pad. What they do is ordered on a Unix stream socket, one order a
 * connection, which is answered when the person has done it: an order that comes before the reader
 * asks for a PIN waits until then.
 *
 *     type DIGITS    they type these, as one PIN, and confirm
 *     cancel         they press the key that cancels
 *     timeout        they do nothing for too long
 *
 * The answer is `ok`, or `error` and why, and then the reader still waits.
 */
#ifndef PIRADI_TESTS_PINPAD_PERSON_H
#define PIRADI_TESTS_PINPAD_PERSON_H

#include <stdbool.h>
#include <sys/un.h>

#include "base/must_use.h"
#include "tests/pinpad/pin_entry.h"

struct person {
    int listener; /* -1: nobody is there */
    struct sockaddr_un address;
};

enum act { ACT_TYPED, ACT_CANCELLED, ACT_TIMED_OUT };

/* Takes the place of a socket file that is there already. On failure nobody is there. */
bool person_come(struct person *person, const char *path) MUST_USE;
void person_go(struct person *person);

/* Waits for what they do, for timeout_s at most. digits is written for ACT_TYPED. */
enum act person_act(const struct person *person, unsigned timeout_s, struct digits *digits);

#endif
