/*
 * May this PDF be signed at all? Whoever signs must see what they sign, today and later, so a
 * document is refused that can change its looks by itself, that takes content from elsewhere, or
 * that hides some (rule 8 of docs/decisions.md). ISO 32000-1 clauses stand in the source.
 */
#ifndef PIRADI_PDF_POLICY_H
#define PIRADI_PDF_POLICY_H

#include "letters/pades.h"
#include "letters/pdf.h"

/*
 * Looks at every object that can be reached. STATUS_POLICY_REFUSED with what was found,
 * STATUS_DOCUMENT_FORBIDS_CHANGE where an earlier signature forbids another one,
 * STATUS_DOCUMENT_DAMAGED, STATUS_INTERNAL. On success the names of attachments are added to
 * facts->not_shown.
 */
enum status pdf_check_policy(struct pdf *pdf, struct pades_facts *facts,
                             struct detail *detail) MUST_USE;

#endif
