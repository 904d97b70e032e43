/*
 * What an application does with a PKCS #11 module to sign with a card: from C_Initialize over the
 * certificate and the PIN to the first signature, and then once more after a log-out.
 *
 *     bench-client MODULE LOG SLOT PIN-VARIABLE
 *
 * SLOT counts the slots with a token. The signatures are verified with the certificate.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>

#include "tests/bench/stopwatch.h"

#define SLOTS_MAX 32
#define CERTIFICATE_MAX 8192
#define SIGNATURE_MAX 512

static CK_BYTE message[] = "რაც იწერება, ის იწერება";

struct client {
    CK_FUNCTION_LIST *module;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_BYTE id[64];
    CK_ULONG id_size;
    CK_BYTE certificate[CERTIFICATE_MAX];
    CK_ULONG certificate_size;
    CK_BYTE signature[SIGNATURE_MAX];
    CK_ULONG signature_size;
    CK_BBOOL asks_always;
    char *pin;
};

static bool is_ok(CK_RV rv, const char *function)
{
    if (rv != CKR_OK) {
        fprintf(stderr, "bench-client: %s: 0x%lX\n", function, rv);
    }
    return rv == CKR_OK;
}

#define CALL(client, function, ...) is_ok((client)->module->function(__VA_ARGS__), #function)

static bool load(struct client *client, const char *path)
{
    CK_RV (*get_list)(CK_FUNCTION_LIST **) = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    if (symbol == NULL) {
        fprintf(stderr, "bench-client: %s\n", dlerror());
        return false;
    }
    memcpy(&get_list, &symbol, sizeof get_list);
    return is_ok(get_list(&client->module), "C_GetFunctionList");
}

static bool open_session(struct client *client, unsigned long slot)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    return CALL(client, C_GetSlotList, CK_TRUE, slots, &count) && slot < count &&
           CALL(client, C_OpenSession, slots[slot], CKF_SERIAL_SESSION, NULL, NULL,
                &client->session);
}

/* The first object like this. */
static bool find(struct client *client, CK_ATTRIBUTE *template, CK_ULONG size,
                 CK_OBJECT_HANDLE *object)
{
    CK_ULONG count = 0;
    return CALL(client, C_FindObjectsInit, client->session, template, size) &&
           CALL(client, C_FindObjects, client->session, object, 1, &count) &&
           CALL(client, C_FindObjectsFinal, client->session) && count == 1;
}

static bool find_key(struct client *client)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_ATTRIBUTE got[] = {
        {CKA_ID, client->id, sizeof client->id},
        {CKA_ALWAYS_AUTHENTICATE, &client->asks_always, sizeof client->asks_always},
    };
    if (!find(client, &wanted, 1, &client->key) ||
        !CALL(client, C_GetAttributeValue, client->session, client->key, got, 2)) {
        return false;
    }
    client->id_size = got[0].ulValueLen;
    return true;
}

static bool read_certificate(struct client *client)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_ID, client->id, client->id_size},
    };
    CK_ATTRIBUTE got = {CKA_VALUE, client->certificate, sizeof client->certificate};
    if (!find(client, wanted, 2, &object) ||
        !CALL(client, C_GetAttributeValue, client->session, object, &got, 1)) {
        return false;
    }
    client->certificate_size = got.ulValueLen;
    return true;
}

static bool log_in(struct client *client, CK_USER_TYPE user)
{
    return CALL(client, C_Login, client->session, user, (CK_UTF8CHAR *)client->pin,
                strlen(client->pin));
}

static bool sign(struct client *client)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    client->signature_size = sizeof client->signature;
    return CALL(client, C_SignInit, client->session, &mechanism, client->key) &&
           (!client->asks_always || log_in(client, CKU_CONTEXT_SPECIFIC)) &&
           CALL(client, C_Sign, client->session, message, sizeof message - 1, client->signature,
                &client->signature_size);
}

static bool signature_is_good(const struct client *client)
{
    const unsigned char *der = client->certificate;
    X509 *certificate = d2i_X509(NULL, &der, (long)client->certificate_size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = certificate != NULL && context != NULL &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL,
                                     X509_get0_pubkey(certificate)) == 1 &&
                EVP_DigestVerify(context, client->signature, client->signature_size, message,
                                 sizeof message - 1) == 1;
    EVP_MD_CTX_free(context);
    X509_free(certificate);
    if (!good) {
        fprintf(stderr, "bench-client: the signature does not verify\n");
    }
    return good;
}

static bool first(struct client *client, const char *log, unsigned long slot)
{
    struct stopwatch watch;
    return stopwatch_start(&watch, log) && CALL(client, C_Initialize, NULL) &&
           open_session(client, slot) && log_in(client, CKU_USER) && find_key(client) &&
           read_certificate(client) && sign(client) && stopwatch_print(&watch, "first") &&
           signature_is_good(client);
}

static bool second(struct client *client, const char *log)
{
    struct stopwatch watch;
    return CALL(client, C_Logout, client->session) && stopwatch_start(&watch, log) &&
           log_in(client, CKU_USER) && sign(client) && stopwatch_print(&watch, "second") &&
           signature_is_good(client);
}

int main(int count, char **arguments)
{
    struct client client = {0};
    if (count != 5 || (client.pin = getenv(arguments[4])) == NULL) {
        fprintf(stderr, "usage: bench-client MODULE LOG SLOT PIN-VARIABLE\n");
        return 2;
    }
    bool done = load(&client, arguments[1]) &&
                first(&client, arguments[2], strtoul(arguments[3], NULL, 10)) &&
                second(&client, arguments[2]) && CALL(&client, C_Finalize, NULL);
    return done ? 0 : 1;
}
