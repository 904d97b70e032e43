#include "letters/cms.h"

#include <limits.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <string.h>

#include "certs/trust.h"

/* Signed attributes as they are signed: SET OF in the order of DER. CMS keeps its own template to
 * itself. */
ASN1_ITEM_TEMPLATE(SIGNED_ATTRIBUTES) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_ORDER, 0,
                                                              SIGNED_ATTRIBUTES, X509_ATTRIBUTE)
                                            static_ASN1_ITEM_TEMPLATE_END(SIGNED_ATTRIBUTES)

                                                static CMS_SignerInfo
                                        * only_signer(CMS_ContentInfo * cms)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    return sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
}

static bool add_signing_time(CMS_SignerInfo *info, time_t at)
{
    ASN1_TIME *time = ASN1_TIME_adj(NULL, at, 0, 0);
    bool ok = time != NULL && CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime,
                                                          ASN1_STRING_type(time), time, -1) == 1;
    ASN1_TIME_free(time);
    return ok;
}

/* X509_get0_pubkey is only the public half; CMS_CADES adds signing-certificate-v2. */
static bool add_signer(CMS_ContentInfo *cms, const struct cms_parts *parts)
{
    CMS_SignerInfo *info = CMS_add1_signer(cms, parts->signer, X509_get0_pubkey(parts->signer),
                                           EVP_sha256(), CMS_CADES | CMS_NOSMIMECAP);
    return info != NULL &&
           CMS_signed_add1_attr_by_NID(info, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                       OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
           CMS_signed_add1_attr_by_NID(info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING,
                                       parts->digest, CMS_DIGEST_SIZE) == 1 &&
           (parts->kind != CMS_OF_FILE || add_signing_time(info, parts->at));
}

static bool add_content(CMS_ContentInfo *cms, const struct cms_parts *parts)
{
    if (parts->content == NULL) {
        return CMS_set_detached(cms, 1) == 1;
    }
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    if (content == NULL || parts->content_size > INT_MAX) {
        return false;
    }
    if (*content == NULL) {
        *content = ASN1_OCTET_STRING_new();
    }
    if (*content == NULL) {
        return false;
    }
    ASN1_STRING_set0(*content, NULL, 0);
    return ASN1_OCTET_STRING_set(*content, parts->content, (int)parts->content_size) == 1;
}

CMS_ContentInfo *cms_begin(const struct cms_parts *parts)
{
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    bool ok = cms != NULL && add_content(cms, parts) && add_signer(cms, parts);
    for (int i = 0; ok && i < sk_X509_num(parts->chain); i++) {
        X509 *certificate = sk_X509_value(parts->chain, i);
        ok = X509_cmp(certificate, parts->signer) == 0 || CMS_add1_cert(cms, certificate) == 1;
    }
    if (!ok) {
        CMS_ContentInfo_free(cms);
        cms = NULL;
    }
    ERR_clear_error();
    return cms;
}

bool cms_attributes(CMS_ContentInfo *cms, uint8_t **der, size_t *size)
{
    CMS_SignerInfo *signer = only_signer(cms);
    STACK_OF(X509_ATTRIBUTE) *attributes = sk_X509_ATTRIBUTE_new_null();
    int count = signer != NULL ? CMS_signed_get_attr_count(signer) : 0;
    bool ok = attributes != NULL && count > 0;
    for (int i = 0; ok && i < count; i++) {
        ok = sk_X509_ATTRIBUTE_push(attributes, CMS_signed_get_attr(signer, i)) > 0;
    }
    uint8_t *encoded = NULL;
    int length =
        ok ? ASN1_item_i2d((ASN1_VALUE *)attributes, &encoded, ASN1_ITEM_rptr(SIGNED_ATTRIBUTES))
           : -1;
    sk_X509_ATTRIBUTE_free(attributes);
    if (length <= 0) {
        return false;
    }
    *der = encoded;
    *size = (size_t)length;
    return true;
}

static bool encode(CMS_ContentInfo *cms, uint8_t **der, size_t *size)
{
    uint8_t *encoded = NULL;
    int length = i2d_CMS_ContentInfo(cms, &encoded);
    if (length <= 0) {
        return false;
    }
    *der = encoded;
    *size = (size_t)length;
    return true;
}

bool cms_complete(CMS_ContentInfo *cms, const uint8_t *signature, size_t signature_size,
                  uint8_t **der, size_t *size)
{
    CMS_SignerInfo *signer = only_signer(cms);
    if (signer == NULL || signature_size == 0 || signature_size > CMS_SIGNATURE_MAX ||
        ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), signature, (int)signature_size) !=
            1) {
        return false;
    }
    return encode(cms, der, size);
}

void cms_signature_free(struct cms_signature *signature)
{
    CMS_ContentInfo_free(signature->cms);
    sk_X509_pop_free(signature->others, X509_free);
    *signature = (struct cms_signature){0};
}

static bool is_zero(const uint8_t *bytes, const uint8_t *end)
{
    while (bytes < end) {
        if (*bytes++ != 0) {
            return false;
        }
    }
    return true;
}

static CMS_ContentInfo *decode(enum cms_kind kind, const uint8_t *bytes, size_t size)
{
    const uint8_t *next = bytes;
    CMS_ContentInfo *cms = size <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &next, (long)size) : NULL;
    bool is_whole = next == bytes + size || (kind == CMS_OF_PDF && is_zero(next, bytes + size));
    if (cms != NULL && !is_whole) {
        CMS_ContentInfo_free(cms);
        cms = NULL;
    }
    return cms;
}

static const EVP_MD *hash_of(CMS_SignerInfo *signer)
{
    X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *name = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &algorithm, NULL);
    X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    switch (OBJ_obj2nid(name)) {
    case NID_sha256:
        return EVP_sha256();
    case NID_sha384:
        return EVP_sha384();
    case NID_sha512:
        return EVP_sha512();
    default:
        return NULL;
    }
}

/* The signer's certificate among those inside, lent. */
static X509 *find_certificate(const struct cms_signature *signature)
{
    for (int i = 0; i < sk_X509_num(signature->others); i++) {
        X509 *certificate = sk_X509_value(signature->others, i);
        if (CMS_SignerInfo_cert_cmp(signature->signer, certificate) == 0) {
            return certificate;
        }
    }
    return NULL;
}

static int content_type_of(enum cms_kind kind)
{
    return kind == CMS_OF_TIMESTAMP ? NID_id_smime_ct_TSTInfo : NID_pkcs7_data;
}

static bool has_content_as_kind(const struct cms_signature *signature)
{
    bool is_detached = CMS_is_detached(signature->cms) == 1;
    return signature->kind == CMS_OF_FILE || is_detached == (signature->kind == CMS_OF_PDF);
}

static enum rule fault_of_shape(struct cms_signature *signature)
{
    CMS_ContentInfo *cms = signature->cms;
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms)) != content_type_of(signature->kind) ||
        !has_content_as_kind(signature)) {
        return RULE_CMS_SHAPE;
    }
    signature->signer = only_signer(cms);
    if (signature->signer == NULL) {
        return RULE_CMS_SIGNERS;
    }
    signature->hash = hash_of(signature->signer);
    if (signature->hash == NULL) {
        return RULE_CMS_HASH;
    }
    signature->others = CMS_get1_certs(cms);
    if (sk_X509_num(signature->others) > TRUST_OTHERS_MAX) {
        return RULE_CMS_CERTIFICATES;
    }
    signature->certificate = find_certificate(signature);
    return signature->certificate == NULL ? RULE_CMS_NO_CERTIFICATE : RULE_NONE;
}

enum rule cms_signature_read(enum cms_kind kind, const uint8_t *bytes, size_t size,
                             struct cms_signature *signature)
{
    struct cms_signature read = {.kind = kind, .cms = decode(kind, bytes, size)};
    enum rule fault = read.cms == NULL ? RULE_CMS_UNREADABLE : fault_of_shape(&read);
    ERR_clear_error();
    if (fault != RULE_NONE) {
        cms_signature_free(&read);
        return fault;
    }
    CMS_SignerInfo_set1_signer_cert(read.signer, read.certificate);
    *signature = read;
    return RULE_NONE;
}

/* The value of an attribute that must be there once, with one value of this type; lent. */
static const void *attribute(const struct cms_signature *signature, int nid, int type)
{
    return CMS_signed_get0_data_by_OBJ(signature->signer, OBJ_nid2obj(nid), -3, type);
}

/* RFC 5035; a time-stamp may still have the older form of RFC 2634, whose SHA-1 only names the
 * certificate (RFC 5816). */
static bool is_named(const struct cms_signature *signature, STACK_OF(X509) * chain)
{
    const ASN1_STRING *value =
        attribute(signature, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    ESS_SIGNING_CERT_V2 *named = NULL;
    ESS_SIGNING_CERT *named_before = NULL;
    const uint8_t *der = NULL;
    const uint8_t *end = NULL;
    if (value == NULL && signature->kind == CMS_OF_TIMESTAMP) {
        value = attribute(signature, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE);
        der = value != NULL ? ASN1_STRING_get0_data(value) : NULL;
        end = value != NULL ? der + ASN1_STRING_length(value) : NULL;
        named_before =
            value != NULL ? d2i_ESS_SIGNING_CERT(NULL, &der, ASN1_STRING_length(value)) : NULL;
    } else if (value != NULL) {
        der = ASN1_STRING_get0_data(value);
        end = der + ASN1_STRING_length(value);
        named = d2i_ESS_SIGNING_CERT_V2(NULL, &der, ASN1_STRING_length(value));
    }
    bool ok = (named != NULL || named_before != NULL) && der == end &&
              OSSL_ESS_check_signing_certs(named_before, named, chain, 1) > 0;
    ESS_SIGNING_CERT_free(named_before);
    ESS_SIGNING_CERT_V2_free(named);
    return ok;
}

static bool names_its_certificate(const struct cms_signature *signature)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool ok = chain != NULL && sk_X509_push(chain, signature->certificate) > 0;
    for (int i = 0; ok && i < sk_X509_num(signature->others); i++) {
        ok = sk_X509_push(chain, sk_X509_value(signature->others, i)) > 0;
    }
    ok = ok && is_named(signature, chain);
    sk_X509_free(chain);
    return ok;
}

static bool has_digest(const struct cms_signature *signature, const uint8_t *digest)
{
    const ASN1_OCTET_STRING *value =
        attribute(signature, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    int size = EVP_MD_get_size(signature->hash);
    return value != NULL && ASN1_STRING_length(value) == size &&
           memcmp(ASN1_STRING_get0_data(value), digest, (size_t)size) == 0;
}

const ASN1_OCTET_STRING *cms_signature_content(const struct cms_signature *signature)
{
    ASN1_OCTET_STRING **content = CMS_get0_content(signature->cms);
    return content != NULL ? *content : NULL;
}

const ASN1_OCTET_STRING *cms_signature_value(const struct cms_signature *signature)
{
    return CMS_SignerInfo_get0_signature(signature->signer);
}

bool cms_signature_time(const struct cms_signature *signature, time_t *at)
{
    const ASN1_TIME *time = attribute(signature, NID_pkcs9_signingTime, V_ASN1_UTCTIME);
    if (time == NULL) {
        time = attribute(signature, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME);
    }
    struct tm utc;
    if (time == NULL || ASN1_TIME_to_tm(time, &utc) != 1) {
        return false;
    }
    *at = timegm(&utc);
    return true;
}

bool cms_signature_timestamp(const struct cms_signature *signature, int index,
                             const uint8_t **token, size_t *size)
{
    int at = -1;
    for (int i = 0; i <= index; i++) {
        at = CMS_unsigned_get_attr_by_NID(signature->signer, NID_id_smime_aa_timeStampToken, at);
        if (at < 0) {
            return false;
        }
    }
    const ASN1_TYPE *value =
        X509_ATTRIBUTE_get0_type(CMS_unsigned_get_attr(signature->signer, at), 0);
    if (value == NULL || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE) {
        *token = (const uint8_t *)"";
        *size = 0;
        return true; /* there, and nothing that can be read */
    }
    *token = ASN1_STRING_get0_data(value->value.sequence);
    *size = (size_t)ASN1_STRING_length(value->value.sequence);
    return true;
}

bool cms_add_timestamp(const uint8_t *cms, size_t cms_size, const uint8_t *token, size_t token_size,
                       uint8_t **der, size_t *size)
{
    const uint8_t *next = cms;
    CMS_ContentInfo *decoded = d2i_CMS_ContentInfo(NULL, &next, (long)cms_size);
    CMS_SignerInfo *signer = decoded != NULL ? only_signer(decoded) : NULL;
    bool ok = signer != NULL && token_size <= INT_MAX &&
              CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
                                            token, (int)token_size) == 1 &&
              encode(decoded, der, size);
    CMS_ContentInfo_free(decoded);
    ERR_clear_error();
    return ok;
}

static enum rule fault_of_signature(const struct cms_signature *signature, const uint8_t *digest)
{
    const ASN1_OBJECT *type = attribute(signature, NID_pkcs9_contentType, V_ASN1_OBJECT);
    if (type == NULL || OBJ_obj2nid(type) != content_type_of(signature->kind)) {
        return RULE_CMS_CONTENT_TYPE;
    }
    if (signature->kind == CMS_OF_PDF &&
        CMS_signed_get_attr_by_NID(signature->signer, NID_pkcs9_signingTime, -1) >= 0) {
        return RULE_CMS_SIGNING_TIME;
    }
    time_t at;
    if (signature->kind == CMS_OF_FILE && !cms_signature_time(signature, &at)) {
        return RULE_CMS_NO_SIGNING_TIME;
    }
    if (!has_digest(signature, digest)) {
        return RULE_CMS_DIGEST;
    }
    if (!names_its_certificate(signature)) {
        return RULE_CMS_SIGNING_CERTIFICATE;
    }
    if (CMS_SignerInfo_verify(signature->signer) != 1) {
        return RULE_CMS_SIGNATURE;
    }
    return RULE_NONE;
}

enum rule cms_signature_check(const struct cms_signature *signature, const uint8_t *digest)
{
    enum rule fault = fault_of_signature(signature, digest);
    ERR_clear_error();
    return fault;
}
