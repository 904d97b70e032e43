#include "certs/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/trusted_file.h"
#include "certs/certificate.h"

#define SECURITY_LEVEL 2
#define CHAIN_DEPTH_MAX 8

/* An authority below an anchor, whose own chain was verified when it was loaded. */
struct prepared {
    X509 *authority;        /* lent by intermediates */
    STACK_OF(X509) * above; /* the rest of its chain, the anchor last */
    time_t from, until;     /* when all of those are valid */
};

struct trust {
    X509_STORE *anchors;
    STACK_OF(X509) * intermediates;
    int anchor_count;
    /* So that a citizen's certificate costs one signature and not one for each authority, too. */
    X509_STORE *prepared_store;
    size_t prepared_count;
    struct prepared prepared[TRUST_CERTIFICATES_MAX];
};

static struct trust *trust_new(void)
{
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        return NULL;
    }
    trust->anchors = X509_STORE_new();
    trust->intermediates = sk_X509_new_null();
    trust->prepared_store = X509_STORE_new();
    if (trust->prepared_store == NULL || trust->anchors == NULL || trust->intermediates == NULL) {
        trust_free(&trust);
    }
    return trust;
}

void trust_free(struct trust **trust)
{
    if (trust == NULL || *trust == NULL) {
        return;
    }
    for (size_t i = 0; i < (*trust)->prepared_count; i++) {
        sk_X509_pop_free((*trust)->prepared[i].above, X509_free);
    }
    X509_STORE_free((*trust)->prepared_store);
    X509_STORE_free((*trust)->anchors);
    sk_X509_pop_free((*trust)->intermediates, X509_free);
    free(*trust);
    *trust = NULL;
}

/* Takes the certificate over when it succeeds. */
static bool add_certificate(struct trust *trust, X509 *certificate)
{
    if (trust->anchor_count + sk_X509_num(trust->intermediates) >= TRUST_CERTIFICATES_MAX) {
        return false;
    }
    if (X509_self_signed(certificate, 1) != 1) {
        return sk_X509_push(trust->intermediates, certificate) > 0;
    }
    if (X509_STORE_add_cert(trust->anchors, certificate) != 1) {
        return false;
    }
    X509_free(certificate); /* the store holds its own reference */
    trust->anchor_count++;
    return true;
}

static bool reached_end_of_pem(void)
{
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static bool read_certificates(struct trust *trust, FILE *file)
{
    int count = 0;
    bool ok = true;
    X509 *certificate;
    while (ok && (certificate = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        ok = add_certificate(trust, certificate);
        if (!ok) {
            X509_free(certificate);
        }
        count++;
    }
    ok = ok && count > 0 && reached_end_of_pem();
    ERR_clear_error();
    return ok;
}

static bool add_file(struct trust *trust, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        log_error("trust: %s: %s", name, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool ok = false;
    if (!file_is_trusted(fd)) {
        log_error("trust: %s: others may write it, or it is not a file: refused", name);
    } else {
        ok = read_certificates(trust, file);
        if (!ok) {
            log_error("trust: %s: not a file of certificates, or too many", name);
        }
    }
    fclose(file);
    return ok;
}

static bool ends_in_pem(const char *name)
{
    size_t length = strlen(name);
    return length > strlen(".pem") && strcmp(name + length - strlen(".pem"), ".pem") == 0;
}

static bool add_folder(struct trust *trust, const char *folder)
{
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        log_error("cannot read the trust folder %s: %s", folder, strerror(errno));
        return false;
    }
    bool ok = true;
    const struct dirent *entry;
    while (ok && (entry = readdir(listing)) != NULL) {
        ok = !ends_in_pem(entry->d_name) || add_file(trust, dirfd(listing), entry->d_name);
    }
    closedir(listing);
    return ok;
}

static bool is_for(X509 *certificate, enum trust_purpose purpose)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    if ((flags & (EXFLAG_INVALID | EXFLAG_CA)) != 0 || (flags & EXFLAG_KUSAGE) == 0) {
        return false;
    }
    uint32_t usage = X509_get_key_usage(certificate);
    if (purpose == TRUST_SIGN) {
        return (usage & KU_NON_REPUDIATION) != 0;
    }
    return (usage & KU_DIGITAL_SIGNATURE) != 0 &&
           ((flags & EXFLAG_XKUSAGE) == 0 ||
            (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0);
}

enum status trust_check_use(X509 *certificate, enum trust_purpose purpose)
{
    return is_for(certificate, purpose) ? STATUS_OK : STATUS_CERTIFICATE_NOT_FOR_THIS_USE;
}

/* A new list that borrows its certificates: free with sk_X509_free. */
static STACK_OF(X509) * candidates(const struct trust *trust, const STACK_OF(X509) * others)
{
    STACK_OF(X509) *all = sk_X509_dup(trust->intermediates);
    for (int i = 0; all != NULL && i < sk_X509_num(others); i++) {
        if (sk_X509_push(all, sk_X509_value(others, i)) <= 0) {
            sk_X509_free(all);
            all = NULL;
        }
    }
    return all;
}

static enum status status_of(int error, int depth)
{
    switch (error) {
    case X509_V_OK:
        return STATUS_OK;
    case X509_V_ERR_OUT_OF_MEM:
        return STATUS_INTERNAL;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return depth == 0 ? STATUS_CERTIFICATE_EXPIRED : STATUS_CERTIFICATE_UNTRUSTED;
    default:
        return STATUS_CERTIFICATE_UNTRUSTED;
    }
}

static bool set_rules(X509_STORE_CTX *context, time_t at)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    if (X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY) != 1) {
        return false;
    }
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(rules, CHAIN_DEPTH_MAX);
    X509_VERIFY_PARAM_set_time(rules, at);
    return true;
}

static bool are_sound(const STACK_OF(X509) * certificates, int count)
{
    for (int i = 0; i < count; i++) {
        if (!certificate_is_sound(sk_X509_value(certificates, i))) {
            return false;
        }
    }
    return true;
}

static X509 *last_of(X509_STORE_CTX *context)
{
    STACK_OF(X509) *partial = X509_STORE_CTX_get0_chain(context);
    X509 *last = sk_X509_value(partial, sk_X509_num(partial) - 1);
    return last != NULL && X509_up_ref(last) == 1 ? last : NULL;
}

static bool lacks_issuer(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

static enum status verify(X509_STORE_CTX *context, struct trust_chain *chain)
{
    if (X509_verify_cert(context) == 1) {
        STACK_OF(X509) *found = X509_STORE_CTX_get1_chain(context);
        if (found == NULL) {
            return STATUS_INTERNAL;
        }
        /* All but the anchor, which is the administrator's choice. */
        if (!are_sound(found, sk_X509_num(found) - 1)) {
            sk_X509_pop_free(found, X509_free);
            chain->reason = "a serial number, version or key is not sound";
            return STATUS_CERTIFICATE_UNTRUSTED;
        }
        chain->certificates = found;
        chain->reason = NULL;
        return STATUS_OK;
    }
    int error = X509_STORE_CTX_get_error(context);
    if (error == X509_V_OK) {
        return STATUS_INTERNAL;
    }
    chain->reason = X509_verify_cert_error_string(error);
    chain->lacks_issuer = lacks_issuer(error) ? last_of(context) : NULL;
    return status_of(error, X509_STORE_CTX_get_error_depth(context));
}

static enum status build_chain(const struct trust *trust, X509 *certificate,
                               const STACK_OF(X509) * others, time_t at, struct trust_chain *chain)
{
    enum status status = STATUS_INTERNAL;
    *chain = (struct trust_chain){.reason = "memory is out"};
    if (others != NULL && sk_X509_num(others) > TRUST_OTHERS_MAX) {
        chain->reason = "too many certificates came along";
        return STATUS_CERTIFICATE_UNTRUSTED;
    }
    STACK_OF(X509) *untrusted = candidates(trust, others);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (untrusted != NULL && context != NULL &&
        X509_STORE_CTX_init(context, trust->anchors, certificate, untrusted) == 1 &&
        set_rules(context, at)) {
        status = verify(context, chain);
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(untrusted);
    ERR_clear_error();
    return status;
}

/* The authority's preparation, if it holds at that time; or NULL. */
static const struct prepared *find_prepared(const struct trust *trust, const X509 *authority,
                                            time_t at)
{
    for (size_t i = 0; i < trust->prepared_count; i++) {
        const struct prepared *prepared = &trust->prepared[i];
        if (at >= prepared->from && at < prepared->until &&
            X509_cmp(prepared->authority, authority) == 0) {
            return prepared;
        }
    }
    return NULL;
}

static bool append(STACK_OF(X509) * chain, const STACK_OF(X509) * more)
{
    for (int i = 0; i < sk_X509_num(more); i++) {
        X509 *certificate = sk_X509_value(more, i);
        if (X509_up_ref(certificate) != 1) {
            return false;
        }
        if (sk_X509_push(chain, certificate) <= 0) {
            X509_free(certificate);
            return false;
        }
    }
    return true;
}

/* The chain of a certificate right below a prepared authority. NULL for every other, and for what
 * is wrong: the long way then tells why. */
static STACK_OF(X509) * build_short(const struct trust *trust, X509 *certificate, time_t at)
{
    STACK_OF(X509) *chain = NULL;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context != NULL &&
        X509_STORE_CTX_init(context, trust->prepared_store, certificate, NULL) == 1 &&
        set_rules(context, at)) {
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
        chain = X509_verify_cert(context) == 1 ? X509_STORE_CTX_get1_chain(context) : NULL;
    }
    X509_STORE_CTX_free(context);
    const struct prepared *prepared =
        sk_X509_num(chain) == 2 ? find_prepared(trust, sk_X509_value(chain, 1), at) : NULL;
    if (prepared == NULL || !are_sound(chain, 1) || !append(chain, prepared->above)) {
        sk_X509_pop_free(chain, X509_free);
        return NULL;
    }
    return chain;
}

enum status trust_build_chain(const struct trust *trust, X509 *certificate,
                              const STACK_OF(X509) * others, time_t at, struct trust_chain *chain)
{
    STACK_OF(X509) *found = trust->prepared_count > 0 ? build_short(trust, certificate, at) : NULL;
    if (found != NULL) {
        *chain = (struct trust_chain){.certificates = found};
        return STATUS_OK;
    }
    return build_chain(trust, certificate, others, at, chain);
}

void trust_chain_clear(struct trust_chain *chain)
{
    sk_X509_pop_free(chain->certificates, X509_free);
    X509_free(chain->lacks_issuer);
    *chain = (struct trust_chain){0};
}

enum status trust_check_chain(const struct trust *trust, X509 *certificate,
                              const STACK_OF(X509) * others, time_t at)
{
    struct trust_chain chain;
    enum status status = trust_build_chain(trust, certificate, others, at, &chain);
    trust_chain_clear(&chain);
    return status;
}

/* What an authority above constrains for those further below is judged by the long way alone. */
static bool constrains(X509 *authority)
{
    return X509_get_ext_by_NID(authority, NID_name_constraints, -1) >= 0 ||
           X509_get_ext_by_NID(authority, NID_policy_constraints, -1) >= 0;
}

static bool read_window(const STACK_OF(X509) * chain, struct prepared *prepared)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const X509 *certificate = sk_X509_value(chain, i);
        struct tm from;
        struct tm until;
        if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &from) != 1 ||
            ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) {
            return false;
        }
        time_t begins = timegm(&from);
        time_t ends = timegm(&until);
        prepared->from = i == 0 || begins > prepared->from ? begins : prepared->from;
        prepared->until = i == 0 || ends < prepared->until ? ends : prepared->until;
    }
    return true;
}

/* Leaves out, without a word, what cannot be prepared: it goes the long way. */
static void prepare(struct trust *trust, X509 *authority, time_t now)
{
    struct trust_chain chain;
    struct prepared prepared = {.authority = authority};
    bool usable = build_chain(trust, authority, NULL, now, &chain) == STATUS_OK;
    for (int i = 1; usable && i < sk_X509_num(chain.certificates); i++) {
        usable = !constrains(sk_X509_value(chain.certificates, i));
    }
    usable = usable && X509_check_ca(authority) == 1 && read_window(chain.certificates, &prepared);
    if (usable && (prepared.above = sk_X509_new_null()) != NULL) {
        X509_free(sk_X509_shift(chain.certificates));
        usable = append(prepared.above, chain.certificates) &&
                 X509_STORE_add_cert(trust->prepared_store, authority) == 1;
        if (usable) {
            trust->prepared[trust->prepared_count++] = prepared;
        } else {
            sk_X509_pop_free(prepared.above, X509_free);
        }
    }
    trust_chain_clear(&chain);
}

struct trust *trust_load(const char *folder)
{
    struct trust *trust = trust_new();
    if (trust == NULL || !add_folder(trust, folder)) {
        trust_free(&trust);
        return NULL;
    }
    if (trust->anchor_count == 0) {
        log_error("the trust folder %s holds no self-signed certificate to trust", folder);
        trust_free(&trust);
        return NULL;
    }
    for (int i = 0; i < sk_X509_num(trust->intermediates); i++) {
        prepare(trust, sk_X509_value(trust->intermediates, i), time(NULL));
    }
    return trust;
}
