#include "certs/qualified.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define STATEMENTS_MAX 32
#define OID_TEXT_MAX 64

/* The members of a SEQUENCE's DER, to be freed with sk_ASN1_TYPE_pop_free; NULL unless it is one,
 * and whole. */
static ASN1_SEQUENCE_ANY *members(const ASN1_STRING *der)
{
    const unsigned char *start = ASN1_STRING_get0_data(der);
    const unsigned char *end = start;
    ASN1_SEQUENCE_ANY *found = d2i_ASN1_SEQUENCE_ANY(NULL, &end, ASN1_STRING_length(der));
    if (found != NULL && end != start + ASN1_STRING_length(der)) {
        sk_ASN1_TYPE_pop_free(found, ASN1_TYPE_free);
        found = NULL;
    }
    return found;
}

static bool read_identifier(const ASN1_TYPE *member, char text[OID_TEXT_MAX])
{
    return member != NULL && member->type == V_ASN1_OBJECT &&
           OBJ_obj2txt(text, OID_TEXT_MAX, member->value.object, 1) > 0;
}

static ASN1_SEQUENCE_ANY *info_members(const ASN1_TYPE *info)
{
    return info != NULL && info->type == V_ASN1_SEQUENCE ? members(info->value.sequence) : NULL;
}

static bool read_types(const ASN1_TYPE *info, struct qualified *qualified)
{
    ASN1_SEQUENCE_ANY *types = info_members(info);
    bool ok = types != NULL;
    for (int i = 0; ok && i < sk_ASN1_TYPE_num(types); i++) {
        char text[OID_TEXT_MAX];
        ok = read_identifier(sk_ASN1_TYPE_value(types, i), text);
        if (ok && strcmp(text, "0.4.0.1862.1.6.1") == 0) {
            qualified->types |= QUALIFIED_SIGNATURE;
        } else if (ok && strcmp(text, "0.4.0.1862.1.6.2") == 0) {
            qualified->types |= QUALIFIED_SEAL;
        } else if (ok && strcmp(text, "0.4.0.1862.1.6.3") == 0) {
            qualified->types |= QUALIFIED_WEB;
        }
    }
    sk_ASN1_TYPE_pop_free(types, ASN1_TYPE_free);
    return ok;
}

/* ISO 3166-1 alpha-2. */
static bool read_country(const ASN1_TYPE *member, char country[3])
{
    if (member->type != V_ASN1_PRINTABLESTRING ||
        ASN1_STRING_length(member->value.printablestring) != 2) {
        return false;
    }
    const unsigned char *letters = ASN1_STRING_get0_data(member->value.printablestring);
    for (size_t i = 0; i < 2; i++) {
        if (letters[i] < 'A' || letters[i] > 'Z') {
            return false;
        }
        country[i] = (char)letters[i];
    }
    country[2] = '\0';
    return true;
}

static bool read_legislation(const ASN1_TYPE *info, struct qualified *qualified)
{
    ASN1_SEQUENCE_ANY *countries = info_members(info);
    bool ok = countries != NULL && sk_ASN1_TYPE_num(countries) > 0 &&
              sk_ASN1_TYPE_num(countries) <= QUALIFIED_COUNTRIES_MAX;
    qualified->country_count = 0;
    for (int i = 0; ok && i < sk_ASN1_TYPE_num(countries); i++) {
        ok = read_country(sk_ASN1_TYPE_value(countries, i),
                          qualified->countries[qualified->country_count++]);
    }
    sk_ASN1_TYPE_pop_free(countries, ASN1_TYPE_free);
    return ok;
}

static bool read_statement(const ASN1_TYPE *statement, struct qualified *qualified)
{
    ASN1_SEQUENCE_ANY *parts = info_members(statement);
    char text[OID_TEXT_MAX];
    bool ok = parts != NULL && sk_ASN1_TYPE_num(parts) <= 2 &&
              read_identifier(sk_ASN1_TYPE_value(parts, 0), text);
    if (ok) {
        const ASN1_TYPE *info = sk_ASN1_TYPE_value(parts, 1);
        if (strcmp(text, "0.4.0.1862.1.1") == 0) {
            qualified->compliance = true;
        } else if (strcmp(text, "0.4.0.1862.1.4") == 0) {
            qualified->secure_device = true;
        } else if (strcmp(text, "0.4.0.1862.1.6") == 0) {
            ok = read_types(info, qualified);
        } else if (strcmp(text, "0.4.0.1862.1.7") == 0) {
            ok = read_legislation(info, qualified);
        }
    }
    sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
    return ok;
}

bool qualified_read(const X509 *certificate, struct qualified *qualified)
{
    struct qualified read = {0};
    int at = X509_get_ext_by_NID(certificate, NID_qcStatements, -1);
    if (at < 0) {
        *qualified = read;
        return true;
    }
    const X509_EXTENSION *extension = X509_get_ext(certificate, at);
    ASN1_SEQUENCE_ANY *statements =
        members(X509_EXTENSION_get_data((X509_EXTENSION *)(uintptr_t)extension));
    bool ok = X509_get_ext_by_NID(certificate, NID_qcStatements, at) < 0 && statements != NULL &&
              sk_ASN1_TYPE_num(statements) <= STATEMENTS_MAX;
    for (int i = 0; ok && i < sk_ASN1_TYPE_num(statements); i++) {
        ok = read_statement(sk_ASN1_TYPE_value(statements, i), &read);
    }
    sk_ASN1_TYPE_pop_free(statements, ASN1_TYPE_free);
    ERR_clear_error();
    if (ok) {
        *qualified = read;
    }
    return ok;
}
