#include "letters/timestamp.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "letters/cms.h"

#define VERSION 1
#define QUERY_TYPE "application/timestamp-query" /* RFC 3161, 3.4 */
#define REPLY_TYPE "application/timestamp-reply"

static bool set_imprint(TS_REQ *query, const uint8_t imprint[TIMESTAMP_IMPRINT_SIZE])
{
    TS_MSG_IMPRINT *message = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t bytes[TIMESTAMP_IMPRINT_SIZE];
    memcpy(bytes, imprint, sizeof bytes);
    bool ok = message != NULL && algorithm != NULL &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
              TS_MSG_IMPRINT_set_algo(message, algorithm) == 1 &&
              TS_MSG_IMPRINT_set_msg(message, bytes, (int)sizeof bytes) == 1 &&
              TS_REQ_set_msg_imprint(query, message) == 1;
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(message);
    return ok;
}

static ASN1_INTEGER *integer_of_nonce(const uint8_t nonce[TIMESTAMP_NONCE_SIZE])
{
    BIGNUM *number = BN_bin2bn(nonce, TIMESTAMP_NONCE_SIZE, NULL);
    ASN1_INTEGER *integer = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    BN_free(number);
    return integer;
}

static bool set_nonce(TS_REQ *query, const uint8_t nonce[TIMESTAMP_NONCE_SIZE])
{
    ASN1_INTEGER *integer = integer_of_nonce(nonce);
    bool ok = integer != NULL && TS_REQ_set_nonce(query, integer) == 1;
    ASN1_INTEGER_free(integer);
    return ok;
}

bool timestamp_request_make(const uint8_t imprint[TIMESTAMP_IMPRINT_SIZE],
                            struct timestamp_request *request)
{
    struct timestamp_request made = {.der = NULL};
    memcpy(made.imprint, imprint, sizeof made.imprint);
    TS_REQ *query = TS_REQ_new();
    bool ok = query != NULL && RAND_bytes(made.nonce, sizeof made.nonce) == 1 &&
              TS_REQ_set_version(query, VERSION) == 1 && set_imprint(query, imprint) &&
              set_nonce(query, made.nonce) && TS_REQ_set_cert_req(query, 1) == 1;
    int size = ok ? i2d_TS_REQ(query, &made.der) : -1;
    TS_REQ_free(query);
    ERR_clear_error();
    if (size <= 0) {
        return false;
    }
    made.size = (size_t)size;
    *request = made;
    return true;
}

void timestamp_request_free(struct timestamp_request *request)
{
    OPENSSL_free(request->der);
    *request = (struct timestamp_request){.der = NULL};
}

/* RFC 3161, 2.3: this use alone, and critical. */
static bool is_for_timestamps(X509 *certificate)
{
    int at = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1);
    return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1 &&
           (X509_get_extension_flags(certificate) & (EXFLAG_INVALID | EXFLAG_CA)) == 0 &&
           X509_get_extended_key_usage(certificate) == XKU_TIMESTAMP;
}

static TS_TST_INFO *read_info(const struct cms_signature *signature)
{
    const ASN1_OCTET_STRING *content = cms_signature_content(signature);
    if (content == NULL) {
        return NULL;
    }
    const uint8_t *next = ASN1_STRING_get0_data(content);
    const uint8_t *end = next + ASN1_STRING_length(content);
    TS_TST_INFO *info = d2i_TS_TST_INFO(NULL, &next, ASN1_STRING_length(content));
    if (info != NULL && (next != end || TS_TST_INFO_get_version(info) != VERSION)) {
        TS_TST_INFO_free(info);
        info = NULL;
    }
    return info;
}

static bool is_strong(const EVP_MD *hash)
{
    int nid = hash != NULL ? EVP_MD_get_type(hash) : NID_undef;
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static bool is_of(TS_TST_INFO *info, timestamp_digest *digest, const void *data)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *name = NULL;
    X509_ALGOR_get0(&name, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const EVP_MD *hash = EVP_get_digestbyobj(name);
    const ASN1_OCTET_STRING *stamped = TS_MSG_IMPRINT_get_msg(imprint);
    uint8_t bytes[EVP_MAX_MD_SIZE];
    return is_strong(hash) && ASN1_STRING_length(stamped) == EVP_MD_get_size(hash) &&
           digest(data, hash, bytes) &&
           memcmp(ASN1_STRING_get0_data(stamped), bytes, (size_t)EVP_MD_get_size(hash)) == 0;
}

static bool read_time(const TS_TST_INFO *info, time_t *at)
{
    struct tm utc;
    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &utc) != 1) {
        return false;
    }
    *at = timegm(&utc);
    return true;
}

/* Of what is inside, by the signature over it. */
static enum rule check_signature(const struct cms_signature *signature)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    const ASN1_OCTET_STRING *content = cms_signature_content(signature);
    if (EVP_Digest(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content), digest,
                   NULL, signature->hash, NULL) != 1) {
        return RULE_INTERNAL;
    }
    return cms_signature_check(signature, digest) == RULE_NONE ? RULE_NONE
                                                               : RULE_TIMESTAMP_SIGNATURE;
}

static enum rule check_authority(const struct trust *trust, const struct cms_signature *signature,
                                 time_t now)
{
    if (!is_for_timestamps(signature->certificate)) {
        return RULE_TIMESTAMP_USE;
    }
    enum status status = trust_check_chain(trust, signature->certificate, signature->others, now);
    return status == STATUS_OK ? RULE_NONE : RULE_TIMESTAMP_UNTRUSTED;
}

static void read_authority(const struct cms_signature *signature, struct timestamp *stamp)
{
    struct subject subject;
    stamp->authority[0] = '\0';
    if (subject_read(signature->certificate, &subject)) {
        memcpy(stamp->authority, subject.name, sizeof stamp->authority);
    }
}

static enum rule check_info(const struct cms_signature *signature, TS_TST_INFO *info,
                            timestamp_digest *digest, const void *data, struct timestamp *stamp)
{
    if (info == NULL || !read_time(info, &stamp->at)) {
        return RULE_TIMESTAMP_UNREADABLE;
    }
    if (!is_of(info, digest, data)) {
        return RULE_TIMESTAMP_IMPRINT;
    }
    read_authority(signature, stamp);
    return check_signature(signature);
}

enum rule timestamp_check(const struct trust *trust, const uint8_t *token, size_t size,
                          timestamp_digest *digest, const void *data, time_t now,
                          struct timestamp *stamp)
{
    struct cms_signature signature;
    struct timestamp found;
    if (size > TIMESTAMP_TOKEN_MAX ||
        cms_signature_read(CMS_OF_TIMESTAMP, token, size, &signature) != RULE_NONE) {
        return RULE_TIMESTAMP_UNREADABLE;
    }
    TS_TST_INFO *info = read_info(&signature);
    enum rule rule = check_info(&signature, info, digest, data, &found);
    if (rule == RULE_NONE) {
        rule = check_authority(trust, &signature, now);
    }
    TS_TST_INFO_free(info);
    cms_signature_free(&signature);
    ERR_clear_error();
    if (rule == RULE_NONE) {
        *stamp = found;
    }
    return rule;
}

static bool digest_of_request(const void *data, const EVP_MD *hash, uint8_t *digest)
{
    const struct timestamp_request *request = data;
    if (EVP_MD_get_type(hash) != NID_sha256) {
        return false;
    }
    memcpy(digest, request->imprint, sizeof request->imprint);
    return true;
}

static bool has_nonce(const struct timestamp_request *request, TS_RESP *response)
{
    ASN1_INTEGER *sent = integer_of_nonce(request->nonce);
    const ASN1_INTEGER *got = TS_TST_INFO_get_nonce(TS_RESP_get_tst_info(response));
    bool same = sent != NULL && got != NULL && ASN1_INTEGER_cmp(sent, got) == 0;
    ASN1_INTEGER_free(sent);
    return same;
}

static bool is_granted(TS_RESP *response)
{
    const ASN1_INTEGER *status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response));
    int64_t value;
    return ASN1_INTEGER_get_int64(&value, status) == 1 &&
           (value == TS_STATUS_GRANTED || value == TS_STATUS_GRANTED_WITH_MODS);
}

static enum rule take_token(const struct trust *trust, const struct timestamp_request *request,
                            TS_RESP *response, time_t now, uint8_t **token, size_t *size)
{
    struct timestamp stamp;
    if (!is_granted(response)) {
        return RULE_TIMESTAMP_REFUSED;
    }
    if (TS_RESP_get_tst_info(response) == NULL) {
        return RULE_TIMESTAMP_UNREADABLE;
    }
    if (!has_nonce(request, response)) {
        return RULE_TIMESTAMP_NONCE;
    }
    uint8_t *der = NULL;
    int length = i2d_PKCS7(TS_RESP_get_token(response), &der);
    if (length <= 0) {
        return RULE_TIMESTAMP_UNREADABLE;
    }
    enum rule rule =
        timestamp_check(trust, der, (size_t)length, digest_of_request, request, now, &stamp);
    if (rule != RULE_NONE) {
        OPENSSL_free(der);
        return rule;
    }
    *token = der;
    *size = (size_t)length;
    return RULE_NONE;
}

enum rule timestamp_accept(const struct trust *trust, const struct timestamp_request *request,
                           const uint8_t *response, size_t response_size, time_t now,
                           uint8_t **token, size_t *size)
{
    const uint8_t *next = response;
    TS_RESP *decoded =
        response_size <= TIMESTAMP_TOKEN_MAX ? d2i_TS_RESP(NULL, &next, (long)response_size) : NULL;
    enum rule rule = decoded != NULL && next == response + response_size
                         ? take_token(trust, request, decoded, now, token, size)
                         : RULE_TIMESTAMP_UNREADABLE;
    TS_RESP_free(decoded);
    ERR_clear_error();
    return rule;
}

static enum status ask(const struct fetcher *fetcher, const char *url, int timeout_ms,
                       const struct timestamp_request *request, struct buffer *answer,
                       struct detail *detail)
{
    const char *why = NULL;
    const struct fetch_request exchange = {
        .url = url,
        .body_type = QUERY_TYPE,
        .body = request->der,
        .body_size = request->size,
        .answer_type = REPLY_TYPE,
        .answer_max = TIMESTAMP_TOKEN_MAX,
        .timeout_ms = timeout_ms,
    };
    if (fetcher->fetch(fetcher->context, &exchange, answer, &why)) {
        return STATUS_OK;
    }
    return refuse(detail, STATUS_TIMESTAMP_UNAVAILABLE, "time-stamp: %s", why);
}

enum status timestamp_fetch(const struct fetcher *fetcher,
                            const struct timestamp_authorities *authorities,
                            const struct trust *trust,
                            const uint8_t imprint[TIMESTAMP_IMPRINT_SIZE], time_t now,
                            uint8_t **token, size_t *size, struct detail *detail)
{
    enum status status =
        refuse(detail, STATUS_TIMESTAMP_UNAVAILABLE, "no time-stamping authority is configured");
    for (size_t i = 0; i < authorities->count && status != STATUS_OK; i++) {
        struct timestamp_request request; /* another nonce for each */
        struct buffer answer;
        if (!timestamp_request_make(imprint, &request)) {
            return STATUS_INTERNAL;
        }
        status =
            ask(fetcher, authorities->urls[i], authorities->timeout_ms, &request, &answer, detail);
        if (status == STATUS_OK) {
            enum rule rule =
                timestamp_accept(trust, &request, answer.bytes, answer.size, now, token, size);
            status = rule_status(rule, detail);
            buffer_free(&answer);
        }
        timestamp_request_free(&request);
    }
    return status;
}
