/* Letters: compose, show, take back signed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "portal/acceptance.h"
#include "portal/compose.h"
#include "portal/handlers.h"
#include "portal/letter.h"

#define PREVIEW_MAX ((size_t)16 * 1024 * 1024)

static json_t *time_json(int64_t seconds)
{
    char text[sizeof "2026-11-23T12:00:00Z"];
    time_t when = (time_t)seconds;
    struct tm utc;
    if (seconds == 0) {
        return json_null();
    }
    gmtime_r(&when, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

/* With the text where the letter has it. */
static json_t *letter_json(const struct letter *letter)
{
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:s, s:s*, s:i, s:s, s:o, s:o}", "id", letter->id,
                     "body", "id", letter->body.id, "ka", letter->body.name_ka, "en",
                     letter->body.name_en, "subject", letter->subject, "text", letter->text,
                     "pages", (int)letter->pages, "state", letter->sent == 0 ? "draft" : "sent",
                     "composed", time_json(letter->composed), "sent", time_json(letter->sent));
}

struct answer handle_bodies(struct portal *portal, struct request *request)
{
    (void)request;
    json_t *list = json_array();
    for (size_t i = 0; i < portal->config->body_count; i++) {
        const struct public_body *body = &portal->config->bodies[i];
        if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", body->id, "ka",
                                                  body->name_ka, "en", body->name_en)) != 0) {
            json_decref(list);
            return answer_problem(STATUS_INTERNAL, "out of memory");
        }
    }
    return answer_json(MHD_HTTP_OK, json_pack("{s:o}", "bodies", list));
}

static bool append_letter(void *list, const struct letter *letter)
{
    return json_array_append_new(list, letter_json(letter)) == 0;
}

struct answer handle_letters(struct portal *portal, struct request *request)
{
    json_t *list = json_array();
    enum status status = letter_list(portal->store, &request->session.citizen, append_letter, list);
    if (status != STATUS_OK) {
        json_decref(list);
        return answer_problem(status, NULL);
    }
    return answer_json(MHD_HTTP_OK, json_pack("{s:o}", "letters", list));
}

struct answer handle_letter(struct portal *portal, struct request *request)
{
    struct letter letter;
    enum status status =
        letter_find(portal->store, &request->session.citizen, request->arguments[0], &letter);
    if (status != STATUS_OK) {
        return answer_problem(status, NULL);
    }
    struct answer answer = answer_json(MHD_HTTP_OK, letter_json(&letter));
    letter_clear(&letter);
    return answer;
}

/* What the citizen sent becomes a letter that is not stored yet. */
static enum status read_letter(const struct portal *portal, const struct request *request,
                               struct letter *letter, const char **detail)
{
    const char *body_id = NULL;
    const char *subject = NULL;
    const char *text = NULL;
    json_t *json = request_json(request);
    enum status status = STATUS_BAD_REQUEST;
    const struct public_body *body = NULL;

    *detail = "body: an object with body, subject and text is needed, and nothing else";
    if (json_unpack(json, "{s:s, s:s, s:s!}", "body", &body_id, "subject", &subject, "text",
                    &text) == 0) {
        *detail = "body: no such public body";
        body = config_body(portal->config, body_id);
    }
    if (body != NULL) {
        letter->body = *body;
        letter->sender = request->session.citizen;
        letter->composed = request->now;
        *detail = NULL;
        status = letter_write(letter, subject, text, detail);
    }
    if (status == STATUS_OK && !random_hex(letter->id, LETTER_ID_BYTES)) {
        status = STATUS_INTERNAL;
    }
    json_decref(json);
    return status;
}

struct answer handle_letter_compose(struct portal *portal, struct request *request)
{
    struct letter letter = {0};
    struct buffer pdf;
    const char *detail = NULL;
    buffer_init(&pdf, LETTER_PDF_MAX);
    enum status status = read_letter(portal, request, &letter, &detail);
    if (status == STATUS_OK) {
        status = compose_pdf(&letter, &pdf, &letter.pages, &detail);
    }
    if (status == STATUS_OK) {
        status = letter_insert(portal->store, &letter, &pdf);
    }
    struct answer answer = status == STATUS_OK ? answer_json(MHD_HTTP_CREATED, letter_json(&letter))
                                               : answer_problem(status, detail);
    buffer_free(&pdf);
    letter_clear(&letter);
    return answer;
}

struct answer handle_letter_discard(struct portal *portal, struct request *request)
{
    enum status status =
        letter_discard(portal->store, &request->session.citizen, request->arguments[0]);
    return status == STATUS_OK ? answer_empty(MHD_HTTP_NO_CONTENT) : answer_problem(status, NULL);
}

static struct answer answer_pdf(struct portal *portal, struct request *request,
                                enum letter_form form, const char *disposition)
{
    struct buffer pdf;
    char text[128];
    const char *id = request->arguments[0];
    buffer_init(&pdf, LETTER_PDF_MAX);
    enum status status = letter_pdf(portal->store, &request->session.citizen, id, form, &pdf);
    if (status != STATUS_OK) {
        buffer_free(&pdf);
        return answer_problem(status, NULL);
    }
    struct answer answer = answer_bytes("application/pdf", &pdf);
    snprintf(text, sizeof text, "%s; filename=\"letter-%.8s.pdf\"", disposition, id);
    answer_header(&answer, MHD_HTTP_HEADER_CONTENT_DISPOSITION, text);
    return answer;
}

struct answer handle_letter_draft(struct portal *portal, struct request *request)
{
    return answer_pdf(portal, request, LETTER_DRAFT, "inline");
}

struct answer handle_letter_signed(struct portal *portal, struct request *request)
{
    return answer_pdf(portal, request, LETTER_SIGNED, "attachment");
}

/* "1", "12"; 0 for anything else. */
static unsigned parse_page(const char *text)
{
    char *end = NULL;
    unsigned long page = strtoul(text, &end, 10);
    return *text >= '1' && *text <= '9' && *end == '\0' && page <= LETTER_PAGES_MAX ? (unsigned)page
                                                                                    : 0;
}

struct answer handle_letter_page(struct portal *portal, struct request *request)
{
    struct letter letter = {0};
    struct buffer png;
    buffer_init(&png, PREVIEW_MAX);
    enum status status =
        letter_find(portal->store, &request->session.citizen, request->arguments[0], &letter);
    if (status == STATUS_OK) {
        status = compose_preview(&letter, parse_page(request->arguments[1]), &png);
    }
    struct answer answer =
        status == STATUS_OK ? answer_bytes("image/png", &png) : answer_problem(status, NULL);
    buffer_free(&png);
    letter_clear(&letter);
    return answer;
}

struct answer handle_letter_send(struct portal *portal, struct request *request)
{
    const struct citizen *citizen = &request->session.citizen;
    const char *id = request->arguments[0];
    struct letter letter = {0};
    struct buffer draft;
    struct detail detail = {""};
    const struct acceptance_rules rules = {
        .trust = portal->trust, .citizen = citizen, .at = (time_t)request->now};
    buffer_init(&draft, LETTER_PDF_MAX);
    enum status status = letter_pdf(portal->store, citizen, id, LETTER_DRAFT, &draft);
    if (status == STATUS_OK) {
        status = acceptance_check(&draft, &request->body, &rules, &detail);
    }
    if (status == STATUS_OK) {
        status = letter_send(portal->store, citizen, id, request->body.bytes, request->body.size,
                             request->now);
    }
    if (status == STATUS_OK) {
        status = letter_find(portal->store, citizen, id, &letter);
    }
    buffer_free(&draft);
    if (status != STATUS_OK) {
        log_info("a signed letter was refused: %s", status_code(status));
        return answer_problem(status, detail.text[0] != '\0' ? detail.text : NULL);
    }
    struct answer answer = answer_json(MHD_HTTP_OK, letter_json(&letter));
    letter_clear(&letter);
    return answer;
}
