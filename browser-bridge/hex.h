/* Bytes as text, for ids and digests. */
#ifndef PIRADI_BRIDGE_HEX_H
#define PIRADI_BRIDGE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes 2 * size lower-case digits and a NUL. */
void hex_write(char *text, const uint8_t *bytes, size_t size);

#endif
