#include "certs/certificate.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

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
