#include "portal/policy.h"

#include <stdbool.h>
#include <string.h>

#define BRIDGE "http://127.0.0.1:27310"

/* On every answer. The PDF viewers of browsers are pages of their own that this policy would
 * cripple; a PDF gets pdf_policy. */
static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self' " BRIDGE "; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";
static const char pdf_policy[] = "frame-ancestors 'none'";

static const struct {
    const char *name;
    const char *value;
} policies[] = {
    {"Cross-Origin-Opener-Policy", "same-origin-allow-popups"}, /* the bridge's popup answers us */
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"Referrer-Policy", "no-referrer"},
    {"Strict-Transport-Security", "max-age=63072000"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

static bool is_pdf(const struct answer *answer)
{
    const char *type = MHD_get_response_header(answer->response, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type != NULL && strcmp(type, "application/pdf") == 0;
}

void policy_apply(struct answer *answer)
{
    if (answer->response == NULL) {
        return;
    }
    bool kept = MHD_get_response_header(answer->response, MHD_HTTP_HEADER_CACHE_CONTROL) != NULL;
    answer_header(answer, "Content-Security-Policy", is_pdf(answer) ? pdf_policy : page_policy);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        answer_header(answer, policies[i].name, policies[i].value);
    }
    if (!kept) {
        answer_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
}
