#include "agent/card_key.h"

#include <limits.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/secret.h"

/* SW 63Cx tells at most this many (ISO/IEC 7816-4, table 6). */
#define TRIES_MAX 15

static bool read_holder(const char *certificate, struct subject *holder)
{
    size_t size;
    uint8_t *der = base64_decode(certificate, &size);
    if (der == NULL || size > LONG_MAX) {
        free(der);
        return false;
    }
    const unsigned char *next = der;
    X509 *x509 = d2i_X509(NULL, &next, (long)size);
    bool ok = x509 != NULL && next == der + size && subject_read(x509, holder);
    X509_free(x509);
    free(der);
    return ok;
}

static bool is_text_list(const json_t *list)
{
    size_t i;
    const json_t *item;
    json_array_foreach (list, i, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool is_sane(const struct card_key *key)
{
    int tries_min = key->pin_blocked ? 0 : 1;
    return key->pin_min >= 1 && key->pin_max >= key->pin_min && key->pin_max <= SECRET_MAX &&
           key->tries_left >= tries_min && key->tries_left <= TRIES_MAX && is_text_list(key->chain);
}

bool card_key_read(json_t *json, struct card_key *key)
{
    struct card_key read = {.reader = NULL};
    const char *label;
    int blocked;
    int not_set;
    if (json_unpack_ex(json, NULL, JSON_STRICT,
                       "{s:s, s:s, s:s, s:o, s:s, s:{s:i, s:i, s:i, s:b, s:b}}", "reader",
                       &read.reader, "label", &label, "certificate", &read.certificate, "chain",
                       &read.chain, "algorithm", &read.algorithm, "pin", "min", &read.pin_min,
                       "max", &read.pin_max, "tries_left", &read.tries_left, "blocked", &blocked,
                       "not_set", &not_set) != 0) {
        return false;
    }
    read.pin_blocked = blocked != 0;
    read.pin_not_set = not_set != 0;
    if (!is_sane(&read) || !read_holder(read.certificate, &read.holder)) {
        return false;
    }
    *key = read;
    return true;
}

enum status card_key_check(const struct card_key *key, time_t now)
{
    if (key->holder.valid_until < now) {
        return STATUS_CERTIFICATE_EXPIRED;
    }
    if (key->pin_blocked) {
        return STATUS_PIN_BLOCKED;
    }
    return key->pin_not_set ? STATUS_PIN_NOT_SET : STATUS_OK;
}
