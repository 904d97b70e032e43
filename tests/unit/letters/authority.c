#include "tests/unit/letters/authority.h"

#include <openssl/cms.h>
#include <openssl/ts.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

const struct wish authority_wish = {
    .key = "P-256",
    .common_name = "Specimen time-stamps",
    .country = "GE",
    .key_usage = "critical,digitalSignature",
    .extended_key_usage = "critical,timeStamping",
};

static void set_nonce(TS_TST_INFO *info, TS_REQ *query, bool is_another)
{
    if (is_another) {
        ASN1_INTEGER *nonce = ASN1_INTEGER_new();
        assert_int_equal(ASN1_INTEGER_set(nonce, 42), 1);
        assert_int_equal(TS_TST_INFO_set_nonce(info, nonce), 1);
        ASN1_INTEGER_free(nonce);
    } else {
        assert_int_equal(TS_TST_INFO_set_nonce(info, TS_REQ_get_nonce(query)), 1);
    }
}

static TS_TST_INFO *make_info(const struct authority *authority, TS_REQ *query)
{
    TS_TST_INFO *info = TS_TST_INFO_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_set(NULL, authority->at);
    TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(query);
    if (authority->fault == AUTHORITY_STAMPS_ANOTHER) {
        static uint8_t another[TIMESTAMP_IMPRINT_SIZE];
        assert_int_equal(TS_MSG_IMPRINT_set_msg(imprint, another, sizeof another), 1);
    }
    assert_int_equal(ASN1_INTEGER_set(serial, 7), 1);
    assert_int_equal(TS_TST_INFO_set_version(info, 1), 1);
    assert_int_equal(TS_TST_INFO_set_policy_id(info, policy), 1);
    assert_int_equal(TS_TST_INFO_set_msg_imprint(info, imprint), 1);
    assert_int_equal(TS_TST_INFO_set_serial(info, serial), 1);
    assert_int_equal(TS_TST_INFO_set_time(info, time), 1);
    set_nonce(info, query, authority->fault == AUTHORITY_ANSWERS_ANOTHER);
    ASN1_GENERALIZEDTIME_free(time);
    ASN1_INTEGER_free(serial);
    ASN1_OBJECT_free(policy);
    return info;
}

/* RFC 3161, 2.4.2: a signed data whose content is the TSTInfo. */
static PKCS7 *make_token(const struct authority *authority, TS_TST_INFO *info)
{
    uint8_t *content = NULL;
    int content_size = i2d_TS_TST_INFO(info, &content);
    assert_true(content_size > 0);
    BIO *bytes = BIO_new_mem_buf(content, content_size);
    const EVP_MD *hash = authority->fault == AUTHORITY_HASHES_WEAKLY ? EVP_sha1() : EVP_sha256();
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    assert_int_equal(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)), 1);
    assert_non_null(CMS_add1_signer(cms, authority->identity.certificate, authority->identity.key,
                                    hash, CMS_BINARY | CMS_CADES));
    assert_int_equal(CMS_add1_cert(cms, authority->issuer->certificate), 1);
    assert_int_equal(CMS_final(cms, bytes, NULL, CMS_BINARY), 1);
    uint8_t *der = NULL;
    int size = i2d_CMS_ContentInfo(cms, &der);
    assert_true(size > 0);
    if (authority->fault == AUTHORITY_FORGES) {
        der[size - 1] ^= 1;
    }
    const uint8_t *next = der;
    PKCS7 *token = d2i_PKCS7(NULL, &next, size);
    assert_non_null(token);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(bytes);
    OPENSSL_free(content);
    return token;
}

static TS_RESP *make_response(const struct authority *authority, TS_REQ *query)
{
    TS_RESP *response = TS_RESP_new();
    TS_STATUS_INFO *status = TS_STATUS_INFO_new();
    bool refuses = authority->fault == AUTHORITY_REFUSES;
    assert_int_equal(
        TS_STATUS_INFO_set_status(status, refuses ? TS_STATUS_REJECTION : TS_STATUS_GRANTED), 1);
    assert_int_equal(TS_RESP_set_status_info(response, status), 1);
    if (!refuses) {
        TS_TST_INFO *info = make_info(authority, query);
        TS_RESP_set_tst_info(response, make_token(authority, info), info);
    }
    TS_STATUS_INFO_free(status);
    return response;
}

bool authority_fetch(void *context, const struct fetch_request *request, struct buffer *answer,
                     const char **why)
{
    struct authority *const *all = context;
    struct authority *authority = all[request->url[strlen(request->url) - 1] - '0'];
    authority->asked++;
    if (authority->fault == AUTHORITY_IS_SILENT) {
        *why = "nobody answers";
        return false;
    }
    const uint8_t *next = request->body;
    TS_REQ *query = d2i_TS_REQ(NULL, &next, (long)request->body_size);
    assert_non_null(query);
    TS_RESP *response = make_response(authority, query);
    uint8_t *der = NULL;
    int size = i2d_TS_RESP(response, &der);
    assert_true(size > 0);
    buffer_init(answer, request->answer_max);
    assert_true(authority->fault == AUTHORITY_SAYS_NONSENSE ? put_bytes(answer, "nonsense", 8)
                                                            : put_bytes(answer, der, (size_t)size));
    OPENSSL_free(der);
    TS_RESP_free(response);
    TS_REQ_free(query);
    return true;
}
