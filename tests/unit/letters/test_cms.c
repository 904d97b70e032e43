/* The CMS of a signature, wrong in one way each: none is taken for a good one. */
#include <openssl/cms.h>
#include <openssl/ess.h>
#include <string.h>

#include "letters/cms.h"
#include "letters/signer.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"

static const uint8_t digest[CMS_DIGEST_SIZE] = "the digest of a document, made ";
static const uint8_t other_digest[CMS_DIGEST_SIZE] = "the digest of another document ";

static struct pki pki;

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "P-256");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pki_remove(&pki);
    return 0;
}

struct encoded {
    uint8_t *der;
    size_t size;
};

/* Signs with this key whatever became of the attributes. */
static struct encoded complete(CMS_ContentInfo *cms, EVP_PKEY *key)
{
    struct encoded encoded;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    assert_true(cms_attributes(cms, &message, &size));
    size_t signature_size = sample_soft_sign(key, message, size, signature);
    assert_true(cms_complete(cms, signature, signature_size, &encoded.der, &encoded.size));
    OPENSSL_free(message);
    CMS_ContentInfo_free(cms);
    return encoded;
}

static enum rule rule_of(const uint8_t *der, size_t size)
{
    struct cms_signature signature;
    enum rule rule = cms_signature_read(CMS_OF_PDF, der, size, &signature);
    if (rule == RULE_NONE) {
        rule = cms_signature_check(&signature, digest);
        cms_signature_free(&signature);
    }
    return rule;
}

/* Frees it. */
static void check(struct encoded encoded, enum rule expected)
{
    enum rule rule = rule_of(encoded.der, encoded.size);
    OPENSSL_free(encoded.der);
    if (rule != expected) {
        fail_msg("%s, not %s", rule_text(rule)->name, rule_text(expected)->name);
    }
}

static CMS_ContentInfo *begin(void)
{
    const struct cms_parts parts = {
        .kind = CMS_OF_PDF, .signer = pki.sign.certificate, .digest = digest};
    CMS_ContentInfo *cms = cms_begin(&parts);
    assert_non_null(cms);
    return cms;
}

static CMS_SignerInfo *signer_of(CMS_ContentInfo *cms)
{
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

static void drop(CMS_SignerInfo *signer, int nid)
{
    int at = CMS_signed_get_attr_by_NID(signer, nid, -1);
    assert_true(at >= 0);
    X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer, at));
}

static void add(CMS_SignerInfo *signer, int nid, int type, const void *bytes, int size)
{
    assert_int_equal(CMS_signed_add1_attr_by_NID(signer, nid, type, bytes, size), 1);
}

static void a_right_one_is_good(void **state)
{
    (void)state;
    check(complete(begin(), pki.sign.key), RULE_NONE);
}

static void attributes_are_there_once_and_right(void **state)
{
    (void)state;
    static const struct {
        int nid;
        enum rule rule;
    } dropped[] = {
        {NID_pkcs9_contentType, RULE_CMS_CONTENT_TYPE},
        {NID_pkcs9_messageDigest, RULE_CMS_DIGEST},
        {NID_id_smime_aa_signingCertificateV2, RULE_CMS_SIGNING_CERTIFICATE},
    };
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        CMS_ContentInfo *cms = begin();
        drop(signer_of(cms), dropped[i].nid);
        check(complete(cms, pki.sign.key), dropped[i].rule);
    }
    CMS_ContentInfo *cms = begin();
    add(signer_of(cms), NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, sizeof digest);
    check(complete(cms, pki.sign.key), RULE_CMS_DIGEST);
    cms = begin();
    drop(signer_of(cms), NID_pkcs9_messageDigest);
    add(signer_of(cms), NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, other_digest, sizeof digest);
    check(complete(cms, pki.sign.key), RULE_CMS_DIGEST);
    cms = begin();
    drop(signer_of(cms), NID_pkcs9_messageDigest);
    add(signer_of(cms), NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, 31);
    check(complete(cms, pki.sign.key), RULE_CMS_DIGEST);
    cms = begin();
    drop(signer_of(cms), NID_pkcs9_contentType);
    add(signer_of(cms), NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_signed), -1);
    check(complete(cms, pki.sign.key), RULE_CMS_CONTENT_TYPE);
    cms = begin();
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    add(signer_of(cms), NID_pkcs9_signingTime, now->type, now, -1);
    ASN1_TIME_free(now);
    check(complete(cms, pki.sign.key), RULE_CMS_SIGNING_TIME);
}

static void add_signing_certificate(CMS_SignerInfo *signer, const X509 *certificate)
{
    ESS_SIGNING_CERT_V2 *named =
        OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), certificate, NULL, 1);
    uint8_t *der = NULL;
    int size = i2d_ESS_SIGNING_CERT_V2(named, &der);
    assert_true(size > 0);
    add(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, der, size);
    OPENSSL_free(der);
    ESS_SIGNING_CERT_V2_free(named);
}

/* RFC 5035: a signature is bound to one certificate, not to whatever has the same key. */
static void the_named_certificate_is_the_signers(void **state)
{
    (void)state;
    CMS_ContentInfo *cms = begin();
    drop(signer_of(cms), NID_id_smime_aa_signingCertificateV2);
    add_signing_certificate(signer_of(cms), pki.login.certificate);
    check(complete(cms, pki.sign.key), RULE_CMS_SIGNING_CERTIFICATE);
    cms = begin();
    drop(signer_of(cms), NID_id_smime_aa_signingCertificateV2);
    add(signer_of(cms), NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, "\x30\x00", 2);
    check(complete(cms, pki.sign.key), RULE_CMS_SIGNING_CERTIFICATE);
}

static void the_signature_is_the_signers(void **state)
{
    (void)state;
    check(complete(begin(), pki.login.key), RULE_CMS_SIGNATURE);
    struct encoded encoded = complete(begin(), pki.sign.key);
    encoded.der[encoded.size - 1] ^= 1;
    check(encoded, RULE_CMS_SIGNATURE);
}

static void certificates_are_there_and_few(void **state)
{
    (void)state;
    CMS_ContentInfo *cms = begin();
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    for (int i = 0; i < TRUST_OTHERS_MAX; i++) {
        struct identity more = pki_issue(&wish, &pki.sign_ca);
        assert_int_equal(CMS_add1_cert(cms, more.certificate), 1);
        pki_free(&more);
    }
    check(complete(cms, pki.sign.key), RULE_CMS_CERTIFICATES);
}

/* Cut short, lengthened, or with any byte turned: never good, never a crash. */
static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    struct encoded good = complete(begin(), pki.sign.key);
    for (size_t i = 0; i < good.size; i++) {
        assert_int_not_equal(rule_of(good.der, i), RULE_NONE);
    }
    uint8_t *certificate = NULL;
    int certificate_size = i2d_X509(pki.sign.certificate, &certificate);
    const uint8_t *first = memmem(good.der, good.size, certificate, (size_t)certificate_size);
    assert_non_null(first);
    size_t begin_at = (size_t)(first - good.der);
    OPENSSL_free(certificate);
    for (size_t i = 0; i < good.size; i++) {
        good.der[i] ^= 0x20;
        bool is_good = rule_of(good.der, good.size) == RULE_NONE;
        bool is_bound = (i >= begin_at && i < begin_at + (size_t)certificate_size) ||
                        i + CMS_DIGEST_SIZE >= good.size;
        if (is_good && is_bound) {
            fail_msg("byte %zu of %zu is not looked at", i, good.size);
        }
        good.der[i] ^= 0x20;
    }
    uint8_t longer[8192] = {0};
    assert_true(good.size + 2 < sizeof longer);
    memcpy(longer, good.der, good.size);
    assert_int_equal(rule_of(longer, good.size + 2), RULE_NONE);
    longer[good.size + 1] = 1;
    assert_int_equal(rule_of(longer, good.size + 2), RULE_CMS_UNREADABLE);
    OPENSSL_free(good.der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_one_is_good),
        cmocka_unit_test(attributes_are_there_once_and_right),
        cmocka_unit_test(the_named_certificate_is_the_signers),
        cmocka_unit_test(the_signature_is_the_signers),
        cmocka_unit_test(certificates_are_there_and_few),
        cmocka_unit_test(damaged_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
