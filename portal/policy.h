/* The headers that every answer has (rule P5): what a page may load and whom it may talk to, that
 * nobody frames it, that nothing of the API is kept. */
#ifndef PIRADI_PORTAL_POLICY_H
#define PIRADI_PORTAL_POLICY_H

#include "portal/answer.h"

/* Adds them; like answer_header it leaves no response behind when it cannot. */
void policy_apply(struct answer *answer);

#endif
