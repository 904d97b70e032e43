/* What came after each signature of a document, and whether it is still good with that. */
#ifndef PIRADI_PADES_CHANGES_H
#define PIRADI_PADES_CHANGES_H

#include "letters/pades.h"
#include "letters/pdf.h"

/*
 * For the report's signatures, in the order of their coverage and judged by themselves before:
 * fills in what was changed after each, and gives each that was good the rule that this breaks.
 * steps[i] becomes what was changed from signature i to the next (of enum pdf_change).
 */
void pades_look_at_changes(const struct pdf *pdf, struct pades_report *report,
                           unsigned steps[PADES_SIGNATURES_MAX]);

#endif
