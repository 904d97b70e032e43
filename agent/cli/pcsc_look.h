/*
 * One look at PC/SC: does the service answer, and what is in each reader. No card is connected to.
 * The calls have no time-out of their own, so that they run on a thread which is left behind when
 * it takes too long.
 */
#ifndef PIRADI_CLI_PCSC_LOOK_H
#define PIRADI_CLI_PCSC_LOOK_H

#include <limits.h>
#include <stddef.h>

#define PCSC_LOOK_READERS_MAX 16 /* PCSCLITE_MAX_READERS_CONTEXTS */
#define PCSC_LOOK_NAME_MAX 128   /* bytes with the NUL: MAX_READERNAME */
#define PCSC_LOOK_ATR_MAX 33     /* ISO/IEC 7816-3, clause 8 */
#define PCSC_LOOK_LIMIT_S 5

enum pcsc_service {
    PCSC_RUNNING,
    PCSC_ABSENT,  /* nobody listens on its socket */
    PCSC_REFUSED, /* somebody does, and turns us away */
    PCSC_SILENT,  /* somebody does, and says nothing */
};

enum pcsc_card { PCSC_NO_CARD, PCSC_CARD, PCSC_CARD_MUTE, PCSC_CARD_EXCLUSIVE };

struct pcsc_reader {
    char name[PCSC_LOOK_NAME_MAX]; /* printable ASCII */
    enum pcsc_card card;
    char atr[2 * PCSC_LOOK_ATR_MAX + 1]; /* hexadecimal, or empty */
};

struct pcsc_look {
    enum pcsc_service service;
    size_t count; /* the rest is of PCSC_RUNNING */
    struct pcsc_reader readers[PCSC_LOOK_READERS_MAX];
};

void pcsc_look(struct pcsc_look *look);

/* The path of pcscd's socket: PCSCLITE_CSOCK_NAME, or where Debian has it. Lent. */
const char *pcsc_socket_path(void);

#endif
