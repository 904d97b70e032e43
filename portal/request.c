#include "portal/request.h"

#include <stdio.h>

json_t *request_json(const struct request *request)
{
    json_t *value = json_loadb((const char *)request->body.bytes, request->body.size,
                               JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

void request_set_cookie(struct answer *answer, const char *cookie)
{
    char text[256];
    snprintf(text, sizeof text, SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
             cookie != NULL ? cookie : "", cookie != NULL ? "" : "; Max-Age=0");
    answer_header(answer, MHD_HTTP_HEADER_SET_COOKIE, text);
}
