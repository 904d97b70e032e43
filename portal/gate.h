/*
 * What a request must pass before its body is read: the rules of portal/head.h, a route or page of
 * that name, a session where one is needed, the CSRF token where something may change (rule P5).
 */
#ifndef PIRADI_PORTAL_GATE_H
#define PIRADI_PORTAL_GATE_H

#include "base/must_use.h"
#include "portal/head.h"
#include "portal/request.h"

/* True fills in the request's route or page, and its session where there is one. False fills in
 * *answer, with why not. */
bool gate_pass(const struct portal *portal, struct head *head, struct request *request,
               struct answer *answer) MUST_USE;

#endif
