#include "tests/unit/certs/pki.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

const struct wish pki_root_wish = {
    .key = "P-256",
    .common_name = "SPECIMEN GEO Root CA",
    .country = "GE",
    .key_usage = "critical,keyCertSign,cRLSign",
    .is_ca = true,
};

const struct wish pki_login_wish = {
    .key = "RSA-2048",
    .common_name = "ნინო ბერიძე",
    .given_name = "ნინო",
    .surname = "ბერიძე",
    .serial_number = "01001012345",
    .country = "GE",
    .key_usage = "critical,digitalSignature",
    .extended_key_usage = "clientAuth",
};

const struct wish pki_sign_wish = {
    .key = "RSA-2048",
    .common_name = "ნინო ბერიძე",
    .given_name = "ნინო",
    .surname = "ბერიძე",
    .serial_number = "01001012345",
    .country = "GE",
    .key_usage = "critical,nonRepudiation",
};

static EVP_PKEY *make_key(const struct wish *wish)
{
    const char *kind = wish->key;
    if (wish->own_key != NULL) {
        assert_int_equal(EVP_PKEY_up_ref(wish->own_key), 1);
        return wish->own_key;
    }
    EVP_PKEY *key = strncmp(kind, "RSA-", 4) == 0
                        ? EVP_RSA_gen((unsigned int)strtoul(kind + 4, NULL, 10))
                        : EVP_EC_gen(kind);
    assert_non_null(key);
    return key;
}

static void add_name(X509_NAME *name, const char *field, const char *value)
{
    if (value != NULL) {
        assert_int_equal(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                                    (const unsigned char *)value, -1, -1, 0),
                         1);
    }
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    if (value == NULL) {
        return;
    }
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_times(X509 *certificate, const struct wish *wish)
{
    bool unset = wish->from_days == 0 && wish->until_days == 0;
    long from = unset ? -30 : -wish->from_days;
    long until = unset ? 900 : wish->until_days;
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), PKI_NOW + from * PKI_DAY));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), PKI_NOW + until * PKI_DAY));
}

struct identity pki_issue(const struct wish *wish, const struct identity *issuer)
{
    static long serial = 1000;
    struct identity made = {.certificate = X509_new(), .key = make_key(wish)};
    X509 *certificate = made.certificate;
    assert_non_null(certificate);
    X509 *above = issuer != NULL ? issuer->certificate : certificate;
    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++), 1);
    set_times(certificate, wish);
    X509_NAME *name = X509_get_subject_name(certificate);
    add_name(name, "C", wish->country);
    add_name(name, "GN", wish->given_name);
    add_name(name, "SN", wish->surname);
    add_name(name, "serialNumber", wish->serial_number);
    add_name(name, "CN", wish->common_name);
    assert_int_equal(X509_set_issuer_name(certificate, X509_get_subject_name(above)), 1);
    assert_int_equal(X509_set_pubkey(certificate, made.key), 1);
    add_extension(certificate, above, NID_subject_key_identifier, "hash");
    add_extension(certificate, above, NID_authority_key_identifier, issuer ? "keyid" : NULL);
    add_extension(certificate, above, NID_basic_constraints,
                  wish->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    add_extension(certificate, above, NID_key_usage, wish->key_usage);
    add_extension(certificate, above, NID_ext_key_usage, wish->extended_key_usage);
    const EVP_MD *digest = EVP_get_digestbyname(wish->digest != NULL ? wish->digest : "SHA256");
    assert_true(X509_sign(certificate, issuer != NULL ? issuer->key : made.key, digest) > 0);
    return made;
}

void pki_free(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    *identity = (struct identity){0};
}

void pki_write(const char *folder, const char *name, const X509 *certificate)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.pem", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0644), 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
}

void pki_make(struct pki *pki, const char *key)
{
    struct wish ca = pki_root_wish;
    struct wish login = pki_login_wish;
    struct wish sign = pki_sign_wish;
    login.key = sign.key = key;
    pki->root = pki_issue(&ca, NULL);
    ca.common_name = "SPECIMEN GEO Authentication CA";
    pki->login_ca = pki_issue(&ca, &pki->root);
    ca.common_name = "SPECIMEN GEO Signing CA";
    pki->sign_ca = pki_issue(&ca, &pki->root);
    pki->login = pki_issue(&login, &pki->login_ca);
    pki->sign = pki_issue(&sign, &pki->sign_ca);
    snprintf(pki->folder, sizeof pki->folder, "/tmp/piradi-pki-XXXXXX");
    assert_non_null(mkdtemp(pki->folder));
    pki_write(pki->folder, "root", pki->root.certificate);
    pki_write(pki->folder, "login-ca", pki->login_ca.certificate);
    pki_write(pki->folder, "sign-ca", pki->sign_ca.certificate);
}

void pki_remove_folder(const struct pki *pki)
{
    static const char *const names[] = {"root", "login-ca", "sign-ca"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s.pem", pki->folder, names[i]);
        unlink(path);
    }
    rmdir(pki->folder);
}

void pki_remove(struct pki *pki)
{
    pki_remove_folder(pki);
    pki_free(&pki->root);
    pki_free(&pki->login_ca);
    pki_free(&pki->sign_ca);
    pki_free(&pki->login);
    pki_free(&pki->sign);
}
