#include "agent/document/session.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/document/preview.h"
#include "base/base64.h"
#include "base/frame.h"
#include "base/log.h"
#include "certs/certificate.h"
#include "letters/pades.h"

#define NAME_MAX_BYTES 255
#define PIECE_MAX ((size_t)FRAME_DATA_MAX)
#define CHAIN_MAX (TRUST_OTHERS_MAX - 1) /* the signer's own certificate joins them */

struct session {
    struct frame_decoder decoder;
    struct pades *pades; /* once prepared */
    bool attributes_given;
    bool finished;
};

static bool answer(json_t *object)
{
    bool ok = object != NULL && frame_write_json(SESSION_AGENT, object);
    json_decref(object);
    return ok;
}

static bool answer_refusal(enum status status, const struct detail *detail)
{
    return answer(json_pack("{s:s, s:s*}", "status", status_code(status), "detail",
                            detail->text[0] != '\0' ? detail->text : NULL));
}

static bool answer_bad_request(const char *rule)
{
    struct detail detail;
    return answer_refusal(refuse(&detail, STATUS_BAD_REQUEST, "%s", rule), &detail);
}

static json_t *not_shown(const struct pades_facts *facts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < facts->not_shown_count; i++) {
        if (json_array_append_new(list, json_string(facts->not_shown[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool send_image(const struct buffer *image)
{
    bool ok = true;
    for (size_t at = 0, piece; ok && at < image->size; at += piece) {
        piece = image->size - at;
        if (piece > PIECE_MAX) {
            piece = PIECE_MAX;
        }
        ok = frame_write(SESSION_AGENT, FRAME_DATA, image->bytes + at, piece);
    }
    return ok;
}

static bool answer_prepared(const struct pades_facts *facts, const struct buffer *image)
{
    char digest[2 * PADES_DIGEST_SIZE + 1];
    if (OPENSSL_buf2hexstr_ex(digest, sizeof digest, NULL, facts->digest, PADES_DIGEST_SIZE,
                              '\0') != 1) {
        return false;
    }
    for (char *c = digest; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    }
    return answer(json_pack("{s:s, s:I, s:I, s:s, s:o, s:I}", "status", "OK", "pages",
                            (json_int_t)facts->pages, "size", (json_int_t)facts->size, "sha256",
                            digest, "not_shown", not_shown(facts), "image_size",
                            (json_int_t)image->size)) &&
           send_image(image);
}

static bool prepare(struct session *session, json_t *request)
{
    const char *name;
    const char *media_type;
    struct detail detail;
    if (session->pades != NULL ||
        json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:s, s:s}", "command", &name, "name",
                       &name, "media_type", &media_type) != 0 ||
        strlen(name) > NAME_MAX_BYTES) {
        return answer_bad_request("prepare: once, with name and media_type");
    }
    if (strcmp(media_type, "application/pdf") != 0) {
        return answer_refusal(
            refuse(&detail, STATUS_POLICY_REFUSED, "media_type: only application/pdf is signed"),
            &detail);
    }
    struct buffer image;
    buffer_init(&image, PREVIEW_SIZE_MAX);
    enum status status =
        pades_prepare(SESSION_UPLOAD, SESSION_PREPARED, time(NULL), &session->pades, &detail);
    if (status == STATUS_OK) {
        status = preview_first_page(SESSION_PREPARED, &image, &detail);
    }
    bool ok;
    if (status == STATUS_OK) {
        ok = answer_prepared(pades_facts(session->pades), &image);
    } else {
        pades_free(&session->pades);
        ok = answer_refusal(status, &detail);
    }
    buffer_free(&image);
    return ok;
}

/* A new list, to be freed with its certificates; NULL if an item is none. */
static STACK_OF(X509) * read_chain(const json_t *texts)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool ok = chain != NULL && json_is_array(texts) && json_array_size(texts) <= CHAIN_MAX;
    for (size_t i = 0; ok && i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        X509 *certificate = text != NULL ? certificate_from_base64(text) : NULL;
        ok = certificate != NULL && sk_X509_push(chain, certificate) > 0;
        if (!ok) {
            X509_free(certificate);
        }
    }
    if (!ok) {
        sk_X509_pop_free(chain, X509_free);
        chain = NULL;
    }
    return chain;
}

static bool answer_attributes(struct session *session, X509 *signer, STACK_OF(X509) * chain)
{
    uint8_t *message;
    size_t size;
    struct detail detail;
    enum status status = pades_attributes(session->pades, signer, chain, &message, &size, &detail);
    if (status != STATUS_OK) {
        return answer_refusal(status, &detail);
    }
    session->attributes_given = true;
    char *text = base64_encode(message, size);
    OPENSSL_free(message);
    bool ok = text != NULL && answer(json_pack("{s:s, s:s}", "status", "OK", "to_be_signed", text));
    free(text);
    return ok;
}

static bool attributes(struct session *session, json_t *request)
{
    const char *command;
    const char *certificate;
    const json_t *texts;
    if (session->pades == NULL || session->finished ||
        json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:s, s:o}", "command", &command,
                       "certificate", &certificate, "chain", &texts) != 0) {
        return answer_bad_request("attributes: after prepare, with certificate and chain");
    }
    X509 *signer = certificate_from_base64(certificate);
    STACK_OF(X509) *chain = read_chain(texts);
    bool ok = signer != NULL && chain != NULL
                  ? answer_attributes(session, signer, chain)
                  : answer_bad_request("certificate, chain: not the base64 of DER certificates");
    X509_free(signer);
    sk_X509_pop_free(chain, X509_free);
    return ok;
}

static bool finish(struct session *session, json_t *request)
{
    const char *command;
    const char *text;
    size_t size;
    struct detail detail;
    if (!session->attributes_given || session->finished ||
        json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:s}", "command", &command, "signature",
                       &text) != 0) {
        return answer_bad_request("finish: once, after attributes, with signature");
    }
    uint8_t *signature = base64_decode(text, &size);
    if (signature == NULL) {
        return answer_bad_request("signature: not base64");
    }
    enum status status = pades_finish(session->pades, signature, size, &detail);
    free(signature);
    if (status != STATUS_OK) {
        return answer_refusal(status, &detail);
    }
    session->finished = true;
    return answer(json_pack("{s:s, s:I}", "status", "OK", "size",
                            (json_int_t)pades_facts(session->pades)->size));
}

/* A page that cannot be rendered is no failure of the document's: its picture is empty. */
static bool answer_page(unsigned number, unsigned width)
{
    struct buffer image;
    struct detail detail;
    buffer_init(&image, PREVIEW_SIZE_MAX);
    if (preview_page(SESSION_PREPARED, number, width, &image, &detail) != STATUS_OK) {
        log_warning("%s", detail.text);
        buffer_consume(&image, image.size);
    }
    bool ok =
        answer(json_pack("{s:s, s:I}", "status", "OK", "image_size", (json_int_t)image.size)) &&
        send_image(&image);
    buffer_free(&image);
    return ok;
}

static bool page(struct session *session, json_t *request)
{
    const char *command;
    json_int_t number;
    json_int_t width;
    if (session->pades == NULL || session->finished ||
        json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:I, s:I}", "command", &command, "number",
                       &number, "width", &width) != 0 ||
        number < 1 || number > pades_facts(session->pades)->pages || width < 1 ||
        width > PREVIEW_WIDTH_MAX) {
        return answer_bad_request("page: between prepare and finish, with number and width");
    }
    return answer_page((unsigned)number, (unsigned)width);
}

static const struct {
    const char *name;
    bool (*run)(struct session *, json_t *);
} commands[] = {
    {"attributes", attributes},
    {"finish", finish},
    {"page", page},
    {"prepare", prepare},
};

static bool run_command(struct session *session, json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "command"));
    for (size_t i = 0; name != NULL && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return commands[i].run(session, request);
        }
    }
    return answer_bad_request("command: one of attributes, finish, page, prepare");
}

static bool serve(struct session *session)
{
    for (;;) {
        struct frame frame;
        enum status status = frame_read(SESSION_AGENT, &session->decoder, &frame);
        if (status == STATUS_USER_CANCELLED) {
            return true;
        }
        json_t *request = status == STATUS_OK ? frame_json(&frame) : NULL;
        bool ok = request != NULL && run_command(session, request);
        json_decref(request);
        if (!ok) {
            log_error("the conversation with the agent broke");
            return false;
        }
    }
}

bool session_run(void)
{
    struct session session = {0};
    frame_decoder_init(&session.decoder);
    bool ok = serve(&session);
    frame_decoder_free(&session.decoder);
    pades_free(&session.pades);
    return ok;
}
