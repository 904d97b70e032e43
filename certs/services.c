#include "certs/services.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

static void add_name(const GENERAL_NAME *name, struct services *services)
{
    if (name->type != GEN_URI || services->count == SERVICES_MAX) {
        return;
    }
    size_t size = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
    const unsigned char *text = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
    char *url = services->urls[services->count];
    if (size > FETCH_URL_MAX || memchr(text, '\0', size) != NULL) {
        return;
    }
    memcpy(url, text, size);
    url[size] = '\0';
    if (fetch_url_is_allowed(url)) {
        services->count++;
    }
}

static void read_access(const X509 *certificate, int method, struct services *services)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *description = sk_ACCESS_DESCRIPTION_value(access, i);
        if (OBJ_obj2nid(description->method) == method) {
            add_name(description->location, services);
        }
    }
    AUTHORITY_INFO_ACCESS_free(access);
}

static void read_points(const X509 *certificate, int extension, struct services *services)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, extension, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT_NAME *point = sk_DIST_POINT_value(points, i)->distpoint;
        if (point == NULL || point->type != 0) { /* not fullName */
            continue;
        }
        for (int n = 0; n < sk_GENERAL_NAME_num(point->name.fullname); n++) {
            add_name(sk_GENERAL_NAME_value(point->name.fullname, n), services);
        }
    }
    CRL_DIST_POINTS_free(points);
}

void services_read(const X509 *certificate, enum service_kind kind, struct services *services)
{
    services->count = 0;
    switch (kind) {
    case SERVICE_OCSP:
        read_access(certificate, NID_ad_OCSP, services);
        break;
    case SERVICE_ISSUER:
        read_access(certificate, NID_ad_ca_issuers, services);
        break;
    case SERVICE_CRL:
        read_points(certificate, NID_crl_distribution_points, services);
        break;
    case SERVICE_DELTA:
        read_points(certificate, NID_freshest_crl, services);
        break;
    }
    ERR_clear_error();
}
