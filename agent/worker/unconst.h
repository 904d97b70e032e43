/* PKCS#11's prototypes are older than const. */
#ifndef PIRADI_WORKER_UNCONST_H
#define PIRADI_WORKER_UNCONST_H

#include <p11-kit/pkcs11.h>
#include <stdint.h>
#include <string.h>

static inline CK_BYTE *unconst(const uint8_t *bytes)
{
    CK_BYTE *same;
    memcpy(&same, &bytes, sizeof same);
    return same;
}

#endif
