/* Why a document was refused: a sentence in English for a developer, beside the status. */
#ifndef PIRADI_DETAIL_H
#define PIRADI_DETAIL_H

#include "base/must_use.h"
#include "base/status.h"

struct detail {
    char text[256]; /* empty, or one safe line (certs/subject.h) */
};

/* Says why and returns status, so that a refusal is one line. */
enum status refuse(struct detail *detail, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
