/*
 * How many login tokens of different citizens are verified in a second of CPU time: parse, chain,
 * policy, signature, revocation from memory; each citizen's token for the first time.
 *
 *     bench-certs ALGORITHM CITIZEN-KEY CA-KEY COUNT
 *
 * Keys as tests/unit/certs/pki.h names them. RSA keys are slow to make: the citizens share a few,
 * their certificates are their own. Prints one number: tokens a second.
 */
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "certs/certificate.h"
#include "certs/token.h"
#include "tests/unit/certs/pki.h"

#define ORIGIN "https://portal.piradi.test"
#define NONCE "dGVzdC1ub25jZS10ZXN0LW5vbmNlLXRlc3Qtbm9uY2U="
#define SIGNATURE_MAX 1024

struct sent {
    char *bytes;
    size_t size;
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench-certs: %s\n", what);
        exit(1);
    }
}

static size_t to_raw(uint8_t *signature, size_t size, EVP_PKEY *key)
{
    int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    const uint8_t *der = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
    must(pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half) > 0 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, half) > 0,
         "no signature");
    ECDSA_SIG_free(pair);
    return 2 * (size_t)half;
}

static char *sign(EVP_PKEY *key, const char *algorithm)
{
    uint8_t message[TOKEN_MESSAGE_MAX];
    uint8_t signature[SIGNATURE_MAX];
    size_t message_size;
    size_t size = sizeof signature;
    char hash[] = "SHA...";
    memcpy(hash + 3, algorithm + 2, 4);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(token_message(algorithm, ORIGIN, NONCE, message, &message_size) == STATUS_OK &&
             EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, key, NULL) == 1 &&
             EVP_DigestSign(context, signature, &size, message, message_size) == 1,
         "cannot sign");
    EVP_MD_CTX_free(context);
    return base64_encode(signature, algorithm[0] == 'E' ? to_raw(signature, size, key) : size);
}

static struct sent make_token(const struct identity *citizen, const char *algorithm)
{
    uint8_t *der = NULL;
    int size = i2d_X509(citizen->certificate, &der);
    char *certificate = base64_encode(der, (size_t)size);
    char *signature = sign(citizen->key, algorithm);
    json_t *token = json_pack("{s:s, s:s, s:s, s:s, s:s}", "unverifiedCertificate", certificate,
                              "algorithm", algorithm, "signature", signature, "format",
                              "web-eid:1.0", "appVersion", "https://piradi.test/0.1.0");
    struct sent sent = {.bytes = json_dumps(token, JSON_COMPACT)};
    sent.size = strlen(sent.bytes);
    json_decref(token);
    free(certificate);
    free(signature);
    OPENSSL_free(der);
    return sent;
}

static void remember_good(struct revocation_memory *memory, X509 *certificate, X509 *issuer)
{
    const struct revocation_question question = {.certificate = certificate,
                                                 .issuer = issuer,
                                                 .at = PKI_NOW,
                                                 .now = PKI_NOW,
                                                 .rules = &revocation_rules_default};
    const struct revocation_finding good = {.verdict = REVOCATION_IS_GOOD, .this_update = PKI_NOW};
    revocation_memory_put(memory, &question, &good);
}

/* Issued one after the other by the same few keys, where keys are RSA. */
static struct sent *make_tokens(const struct identity *ca, const char *algorithm, const char *key,
                                size_t count, struct revocation_memory *memory)
{
    struct sent *tokens = calloc(count, sizeof *tokens);
    struct wish wish = pki_login_wish;
    EVP_PKEY *shared = NULL;
    must(tokens != NULL, "memory");
    wish.key = key;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(key, "RSA", 3) == 0 && i % 250 == 0) {
            EVP_PKEY_free(shared);
            shared = EVP_RSA_gen((unsigned)strtoul(key + 4, NULL, 10));
        }
        wish.own_key = shared;
        struct identity citizen = pki_issue(&wish, ca);
        tokens[i] = make_token(&citizen, algorithm);
        remember_good(memory, citizen.certificate, ca->certificate);
        pki_free(&citizen);
    }
    EVP_PKEY_free(shared);
    return tokens;
}

static double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void verify(const struct sent *sent, const struct validator *validator)
{
    static const struct token_rules rules = {.origin = ORIGIN, .nonce = NONCE, .at = PKI_NOW};
    struct token_outcome outcome;
    const char *detail = "no JSON";
    json_t *token = token_parse(sent->bytes, sent->size);
    must(token != NULL && token_validate(token, &rules, validator, &revocation_rules_default,
                                         &outcome, &detail) == STATUS_OK,
         detail);
    json_decref(token);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/bench-certs-XXXXXX";
    char path[64];
    must(argc == 5 && mkdtemp(folder) != NULL, "ALGORITHM CITIZEN-KEY CA-KEY COUNT");
    size_t count = strtoul(argv[4], NULL, 10);
    struct wish ca_wish = pki_root_wish;
    ca_wish.key = argv[3];
    struct identity root = pki_issue(&ca_wish, NULL);
    ca_wish.common_name = "SPECIMEN GEO Authentication CA";
    struct identity ca = pki_issue(&ca_wish, &root);
    pki_write(folder, "root", root.certificate);
    pki_write(folder, "ca", ca.certificate);
    struct trust *trust = trust_load(folder);
    struct revocation_memory *memory = revocation_memory_new();
    const struct validator validator = {.trust = trust, .memory = memory};
    must(trust != NULL && memory != NULL, "no trust");
    struct sent *tokens = make_tokens(&ca, argv[1], argv[2], count, memory);
    remember_good(memory, ca.certificate, root.certificate);
    double begin = cpu_seconds();
    for (size_t i = 0; i < count; i++) {
        verify(&tokens[i], &validator);
    }
    printf("%.1f\n", (double)count / (cpu_seconds() - begin));
    for (size_t i = 0; i < count; i++) {
        free(tokens[i].bytes);
    }
    free(tokens);
    snprintf(path, sizeof path, "%s/root.pem", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/ca.pem", folder);
    remove(path);
    remove(folder);
    revocation_memory_free(&memory);
    trust_free(&trust);
    pki_free(&ca);
    pki_free(&root);
    return 0;
}
