/*
 * A card image, made by tests/card/make-card: one JSON object,
 *
 *     {"format": "piradi-card-image-1",
 *      "atr": HEX,
 *      "data_objects": [{"class": HEX1, "tag": HEX2, "value": HEX}],
 *      "master": DIRECTORY, or for a card without MF "application": DIRECTORY,
 *      "pins": [{"role": TEXT, "reference": HEX1, "directory": PATH, "value": DIGITS,
 *                "minimum": N, "maximum": N, "tries": N, "left": N, "unblocked_by": HEX1?,
 *                "padded": N?, "transport": true?, "announced_in": PATH?}],
 *      "keys": [{"role": TEXT, "reference": HEX1, "directory": PATH, "file": HEX2?,
 *                "algorithm": HEX1, "padded_algorithm": HEX1?, "pin": HEX1, "signs": BOOL,
 * "authenticates": BOOL, "spends_pin": BOOL, "signs_in_der": BOOL, "private": PEM}], "logs_out":
 * BOOL}
 *
 * DIRECTORY is {"id": HEX2, "name": HEX?, "children": [FILE…]}; FILE is a DIRECTORY or
 * {"id": HEX2, "sfi": N?, "content": HEX, "settled": HEX?, "read": "always" | HEX1 of a PIN} or,
 * for a key's file, {"id": HEX2, "internal": true}. HEX1 and HEX2 are one and two bytes. PATH is
 * the identifiers from 3F00 on, or those below the application of a card without MF.
 *
 * "transport" says that a PIN's value is the transport PIN; "announced_in" is the file whose
 * content becomes "settled" when the holder sets the PIN. A key's or PIN's "pin" and "unblocked_by"
 * are looked for as the card does from its directory; "role" (auth, sign, puk) and a top-level
 * "specimen" (who it is, and the PINs by role) are for scripts/with-card and the tests.
 */
#ifndef PIRADI_TESTS_CARD_IMAGE_H
#define PIRADI_TESTS_CARD_IMAGE_H

#include <stdbool.h>

#include "base/must_use.h"
#include "tests/card/card.h"

/* Fills a card that card_init made, and resets it. False, with a line in the log that says which
 * part of the image is wrong; then the card must only be freed. */
bool image_load(const char *path, struct card *card) MUST_USE;

#endif
