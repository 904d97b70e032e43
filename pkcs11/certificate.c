#include "pkcs11/certificate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>

#include "pkcs11/tlv.h"

#define NUMBER_MAX (PKCS15_RSA_BITS_MAX / 8)
#define POINT_MAX 256
#define CURVE_NAME_MAX 64

void certificate_clear(struct certificate *certificate)
{
    X509_free(certificate->x509);
    buffer_free(&certificate->der);
    *certificate = (struct certificate){0};
}

bool certificate_is_read(const struct certificate *certificate)
{
    return certificate->der.size > 0;
}

enum status certificate_take(struct certificate *certificate, const uint8_t *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    struct reader content;
    if (!tlv_get_tagged(&reader, TLV_SEQUENCE, &content)) {
        return STATUS_NO_CERTIFICATE;
    }
    size_t encoded = size - reader.left;
    buffer_free(&certificate->der);
    buffer_init(&certificate->der, encoded);
    return put_bytes(&certificate->der, bytes, encoded) ? STATUS_OK : STATUS_INTERNAL;
}

bool certificate_parse(struct certificate *certificate)
{
    const unsigned char *next = certificate->der.bytes;
    if (certificate->x509 == NULL) {
        certificate->x509 = d2i_X509(NULL, &next, (long)certificate->der.size);
    }
    return certificate->x509 != NULL;
}

/* Takes the encoding over. */
static bool put_encoding(struct buffer *out, unsigned char *encoding, int size)
{
    bool done = size > 0 && put_bytes(out, encoding, (size_t)size);
    OPENSSL_free(encoding);
    return done;
}

bool certificate_put_value(const struct certificate *certificate, struct buffer *out)
{
    return put_bytes(out, certificate->der.bytes, certificate->der.size);
}

static bool put_name(const X509_NAME *name, struct buffer *out)
{
    unsigned char *encoding = NULL;
    int size = i2d_X509_NAME(name, &encoding);
    return put_encoding(out, encoding, size);
}

bool certificate_put_subject(const struct certificate *certificate, struct buffer *out)
{
    return put_name(X509_get_subject_name(certificate->x509), out);
}

bool certificate_put_issuer(const struct certificate *certificate, struct buffer *out)
{
    return put_name(X509_get_issuer_name(certificate->x509), out);
}

bool certificate_put_serial(const struct certificate *certificate, struct buffer *out)
{
    unsigned char *encoding = NULL;
    int size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate->x509), &encoding);
    return put_encoding(out, encoding, size);
}

bool certificate_put_key_info(const struct certificate *certificate, struct buffer *out)
{
    unsigned char *encoding = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->x509), &encoding);
    return put_encoding(out, encoding, size);
}

EVP_PKEY *certificate_key(const struct certificate *certificate)
{
    return X509_get0_pubkey(certificate->x509);
}

static bool put_number(const struct certificate *certificate, const char *name, struct buffer *out)
{
    const EVP_PKEY *key = certificate_key(certificate);
    BIGNUM *number = NULL;
    uint8_t bytes[NUMBER_MAX];
    if (key == NULL || EVP_PKEY_get_bn_param(key, name, &number) != 1) {
        return false;
    }
    int size = BN_num_bytes(number);
    bool done = size > 0 && size <= (int)sizeof bytes && BN_bn2bin(number, bytes) == size &&
                put_bytes(out, bytes, (size_t)size);
    BN_free(number);
    return done;
}

bool certificate_put_modulus(const struct certificate *certificate, struct buffer *out)
{
    return put_number(certificate, OSSL_PKEY_PARAM_RSA_N, out);
}

bool certificate_put_exponent(const struct certificate *certificate, struct buffer *out)
{
    return put_number(certificate, OSSL_PKEY_PARAM_RSA_E, out);
}

bool certificate_put_curve(const struct certificate *certificate, struct buffer *out)
{
    const EVP_PKEY *key = certificate_key(certificate);
    char name[CURVE_NAME_MAX];
    unsigned char *encoding = NULL;
    if (key == NULL || EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name,
                                                      sizeof name, NULL) != 1) {
        return false;
    }
    const ASN1_OBJECT *curve = OBJ_nid2obj(OBJ_txt2nid(name));
    int size = curve != NULL ? i2d_ASN1_OBJECT(curve, &encoding) : 0;
    return put_encoding(out, encoding, size);
}

bool certificate_put_point(const struct certificate *certificate, struct buffer *out)
{
    const EVP_PKEY *key = certificate_key(certificate);
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    unsigned char point[POINT_MAX];
    unsigned char *encoding = NULL;
    size_t size = 0;
    int encoded = 0;
    if (key != NULL && string != NULL &&
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size) ==
            1 &&
        ASN1_OCTET_STRING_set(string, point, (int)size) == 1) {
        encoded = i2d_ASN1_OCTET_STRING(string, &encoding);
    }
    ASN1_OCTET_STRING_free(string);
    return put_encoding(out, encoding, encoded);
}

static bool put_date(const ASN1_TIME *time, struct buffer *out)
{
    struct tm date;
    char digits[sizeof "YYYYMMDD"];
    return ASN1_TIME_to_tm(time, &date) == 1 &&
           strftime(digits, sizeof digits, "%Y%m%d", &date) == sizeof digits - 1 &&
           put_bytes(out, digits, sizeof digits - 1);
}

bool certificate_put_start(const struct certificate *certificate, struct buffer *out)
{
    return put_date(X509_get0_notBefore(certificate->x509), out);
}

bool certificate_put_end(const struct certificate *certificate, struct buffer *out)
{
    return put_date(X509_get0_notAfter(certificate->x509), out);
}
