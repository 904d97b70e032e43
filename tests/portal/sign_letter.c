/*
 * Signs a PDF letter with a key in a file, through letters/ as the agent does it with a card.
 *
 *     sign-letter DRAFT.pdf SIGNED.pdf CERTIFICATE.pem KEY.pem ISSUER.pem
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "letters/pades.h"

static X509 *read_certificate(const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) {
        fclose(file);
    }
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) {
        fclose(file);
    }
    return key;
}

/* PKCS#1 v1.5 with SHA-256, as a card makes it. */
static bool sign(EVP_PKEY *key, const uint8_t *bytes, size_t size, uint8_t *signature,
                 size_t *signature_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, signature, signature_size, bytes, size) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

static enum status sign_file(int original, int prepared, X509 *certificate, EVP_PKEY *key,
                             STACK_OF(X509) * chain, struct detail *detail)
{
    struct pades *pades = NULL;
    uint8_t *to_be_signed = NULL;
    size_t size = 0;
    uint8_t signature[512];
    size_t signature_size = sizeof signature;
    enum status status = pades_prepare(original, prepared, time(NULL), &pades, detail);
    if (status == STATUS_OK) {
        status = pades_attributes(pades, certificate, chain, &to_be_signed, &size, detail);
    }
    if (status == STATUS_OK && !sign(key, to_be_signed, size, signature, &signature_size)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        status = pades_finish(pades, signature, signature_size, detail);
    }
    OPENSSL_free(to_be_signed);
    pades_free(&pades);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: sign-letter DRAFT SIGNED CERTIFICATE KEY ISSUER\n");
        return EXIT_FAILURE;
    }
    struct detail detail = {""};
    int original = open(argv[1], O_RDONLY | O_CLOEXEC);
    int prepared = open(argv[2], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    X509 *certificate = read_certificate(argv[3]);
    EVP_PKEY *key = read_key(argv[4]);
    X509 *issuer = read_certificate(argv[5]);
    STACK_OF(X509) *chain = sk_X509_new_null();
    enum status status = STATUS_INTERNAL;
    if (original >= 0 && prepared >= 0 && certificate != NULL && key != NULL && issuer != NULL &&
        sk_X509_push(chain, issuer) > 0) {
        status = sign_file(original, prepared, certificate, key, chain, &detail);
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "sign-letter: %s %s\n", status_code(status), detail.text);
    }
    sk_X509_free(chain);
    X509_free(issuer);
    EVP_PKEY_free(key);
    X509_free(certificate);
    if (prepared >= 0) {
        close(prepared);
    }
    if (original >= 0) {
        close(original);
    }
    return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
