/*
 * The conversation with the agent about one document: docs/protocols.md, "Document". Its requests
 * come in the order prepare, attributes, finish, with any number of pages between; anything else is
 * STATUS_BAD_REQUEST.
 */
#ifndef PIRADI_DOCUMENT_SESSION_H
#define PIRADI_DOCUMENT_SESSION_H

#include <stdbool.h>

#include "base/must_use.h"

/* The descriptors that the agent hands over. */
enum session_descriptor { SESSION_AGENT = 3, SESSION_UPLOAD = 4, SESSION_PREPARED = 5 };

/* Answers until the agent closes. False, with a line in the log, when the connection breaks or
 * the agent speaks another language. */
bool session_run(void) MUST_USE;

#endif
