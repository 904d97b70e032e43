/* What a login gives to the page: certs/token.h verifies it, this forms it. */
#ifndef PIRADI_AGENT_LOGIN_TOKEN_H
#define PIRADI_AGENT_LOGIN_TOKEN_H

#include <jansson.h>

#include "base/must_use.h"

/* The Web eID token of a certificate and a signature, both base64; NULL if memory is out. */
json_t *login_token(const char *certificate, const char *algorithm, const char *signature) MUST_USE;

#endif
