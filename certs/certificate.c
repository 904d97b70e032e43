#include "certs/certificate.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "certs/key_strength.h"

#define SERIAL_OCTETS_MAX 20
#define BASE64_MAX ((CERTIFICATE_MAX + 2) / 3 * 4)

X509 *certificate_from_der(const uint8_t *der, size_t size)
{
    if (size == 0 || size > CERTIFICATE_MAX) {
        return NULL;
    }
    const unsigned char *end = der;
    X509 *certificate = d2i_X509(NULL, &end, (long)size);
    if (certificate != NULL && end != der + size) {
        X509_free(certificate);
        certificate = NULL;
    }
    ERR_clear_error();
    return certificate;
}

X509 *certificate_from_base64(const char *text)
{
    size_t size;
    if (strnlen(text, BASE64_MAX + 1) > BASE64_MAX) {
        return NULL;
    }
    uint8_t *der = base64_decode(text, &size);
    if (der == NULL) {
        return NULL;
    }
    X509 *certificate = certificate_from_der(der, size);
    free(der);
    return certificate;
}

static bool serial_is_sound(const X509 *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    int size = ASN1_STRING_length(serial);
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || size > SERIAL_OCTETS_MAX) {
        return false;
    }
    const unsigned char *octets = ASN1_STRING_get0_data(serial);
    for (int i = 0; i < size; i++) {
        if (octets[i] != 0) {
            return true;
        }
    }
    return false;
}

bool certificate_is_sound(X509 *certificate)
{
    return X509_get_version(certificate) == X509_VERSION_3 && serial_is_sound(certificate) &&
           key_is_strong(X509_get0_pubkey(certificate));
}
