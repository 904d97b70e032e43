/*
 * Is this what the citizen was asked to sign, signed by the citizen? Rule P4: the file is the
 * draft, byte for byte, and one update after it that adds a signature over the whole of the file;
 * the signature is right and of a certificate for signing that we trust and that carries the
 * citizen's personal number.
 */
#ifndef PIRADI_PORTAL_ACCEPTANCE_H
#define PIRADI_PORTAL_ACCEPTANCE_H

#include <time.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "letters/pades.h"
#include "portal/citizen.h"

struct acceptance_rules {
    const struct trust *trust;
    const struct citizen *citizen;
    time_t at;
};

/*
 * STATUS_OK, or why not with a sentence for a developer in *detail: STATUS_DOCUMENT_DAMAGED for
 * what is not the draft with one signature, STATUS_SIGNER_IS_ANOTHER, and what pades_verify says.
 */
enum status acceptance_check(const struct buffer *draft, const struct buffer *signed_pdf,
                             const struct acceptance_rules *rules, struct detail *detail) MUST_USE;

#endif
