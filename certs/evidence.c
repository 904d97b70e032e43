#include "certs/evidence.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static void item_clear(struct evidence_item *item)
{
    free(item->der);
    OCSP_BASICRESP_free(item->ocsp);
    X509_CRL_free(item->crl);
    *item = (struct evidence_item){0};
}

void evidence_clear(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        item_clear(&evidence->items[i]);
    }
    evidence->count = 0;
}

static bool is_known(const struct evidence *evidence, const uint8_t *der, size_t size)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_item *item = &evidence->items[i];
        if (item->size == size && memcmp(item->der, der, size) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes what was decoded over, also when it fails. */
static bool add(struct evidence *evidence, struct evidence_item *item, const uint8_t *der,
                size_t size)
{
    bool is_new = !is_known(evidence, der, size);
    if (is_new && evidence->count < EVIDENCE_MAX && (item->der = malloc(size)) != NULL) {
        memcpy(item->der, der, size);
        item->size = size;
        evidence->items[evidence->count++] = *item;
        return true;
    }
    item_clear(item);
    return !is_new;
}

static OCSP_BASICRESP *decode_ocsp(const uint8_t *der, size_t size)
{
    const uint8_t *end = der;
    OCSP_BASICRESP *basic = NULL;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &end, (long)size);
    if (response != NULL && end == der + size &&
        OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = OCSP_response_get1_basic(response);
    }
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return basic;
}

bool evidence_add_ocsp(struct evidence *evidence, const uint8_t *der, size_t size)
{
    struct evidence_item item = {.kind = EVIDENCE_OCSP};
    if (size == 0 || size > EVIDENCE_OCSP_MAX || (item.ocsp = decode_ocsp(der, size)) == NULL) {
        return false;
    }
    return add(evidence, &item, der, size);
}

bool evidence_add_ocsp_basic(struct evidence *evidence, const uint8_t *der, size_t size)
{
    const uint8_t *end = der;
    uint8_t *whole = NULL;
    int whole_size = 0;
    if (size == 0 || size > EVIDENCE_OCSP_MAX) {
        return false;
    }
    OCSP_BASICRESP *basic = d2i_OCSP_BASICRESP(NULL, &end, (long)size);
    OCSP_RESPONSE *response = basic != NULL && end == der + size
                                  ? OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
                                  : NULL;
    if (response != NULL) {
        whole_size = i2d_OCSP_RESPONSE(response, &whole);
    }
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    ERR_clear_error();
    bool ok = whole_size > 0 && evidence_add_ocsp(evidence, whole, (size_t)whole_size);
    OPENSSL_free(whole);
    return ok;
}

bool evidence_add_crl(struct evidence *evidence, const uint8_t *der, size_t size)
{
    struct evidence_item item = {.kind = EVIDENCE_CRL};
    const uint8_t *end = der;
    if (size == 0 || size > EVIDENCE_CRL_MAX) {
        return false;
    }
    item.crl = d2i_X509_CRL(NULL, &end, (long)size);
    ERR_clear_error();
    if (item.crl == NULL || end != der + size) {
        item_clear(&item);
        return false;
    }
    return add(evidence, &item, der, size);
}

bool evidence_add_item(struct evidence *evidence, const struct evidence_item *item)
{
    return item->kind == EVIDENCE_OCSP ? evidence_add_ocsp(evidence, item->der, item->size)
                                       : evidence_add_crl(evidence, item->der, item->size);
}
