/*
 * Specimen certificates made in memory, shaped like the Georgian ones. Whatever cannot be made
 * fails the running cmocka test.
 */
#ifndef PIRADI_TEST_PKI_H
#define PIRADI_TEST_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

/* The time at which these tests live; validity is told relative to it. */
#define PKI_NOW ((time_t)1795420800) /* 2026-11-23 08:00 UTC */
#define PKI_DAY (24L * 60 * 60)

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

/* What a certificate shall be; absent fields are left out of it. */
struct wish {
    EVP_PKEY *own_key; /* that it has already; otherwise one is made: */
    const char *key;   /* "RSA-2048", "RSA-1024", "P-256", "P-384", "P-521" */
    const char *common_name;
    const char *given_name;
    const char *surname;
    const char *serial_number;
    const char *country;
    const char *key_usage;          /* OpenSSL's words, e.g. "critical,digitalSignature" */
    const char *extended_key_usage; /* e.g. "clientAuth" */
    const char *digest;             /* of the issuer's signature; SHA256 if absent */
    bool is_ca;
    long from_days; /* before PKI_NOW, negative for later; 30 if both are 0 */
    long until_days;
};

/* Signed by the issuer; by itself if that is NULL. */
struct identity pki_issue(const struct wish *wish, const struct identity *issuer);
void pki_free(struct identity *identity);

/* A root, a CA for each use and a citizen's two certificates. */
struct pki {
    struct identity root, login_ca, sign_ca, login, sign;
    char folder[64]; /* a trust folder with root and CAs as PEM */
};

extern const struct wish pki_login_wish, pki_sign_wish, pki_root_wish;

/* The citizen's keys are of this kind; the CAs are P-256 for speed. */
void pki_make(struct pki *pki, const char *key);
void pki_remove(struct pki *pki);
/* The folder alone; the identities stay. */
void pki_remove_folder(const struct pki *pki);

/* Writes NAME.pem into the folder. */
void pki_write(const char *folder, const char *name, const X509 *certificate);

#endif
