/*
 * The addresses that a certificate names: its OCSP responders and its issuer's certificate (RFC
 * 5280, section 4.2.2.1), its CRLs and delta CRLs (sections 4.2.1.13 and 4.2.1.15).
 */
#ifndef PIRADI_SERVICES_H
#define PIRADI_SERVICES_H

#include <openssl/x509.h>
#include <stddef.h>

#include "certs/fetch.h"

/* Of each kind; more are not tried. */
#define SERVICES_MAX 4

enum service_kind { SERVICE_OCSP, SERVICE_ISSUER, SERVICE_CRL, SERVICE_DELTA };

struct services {
    size_t count;
    char urls[SERVICES_MAX][FETCH_URL_MAX + 1];
};

/* Those that fetch_url_is_allowed; none where there are none. */
void services_read(const X509 *certificate, enum service_kind kind, struct services *services);

#endif
