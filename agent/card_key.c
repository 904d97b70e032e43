#include "agent/card_key.h"

#include <limits.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_rule(const struct pin_rule *rule, int tries_min)
{
    return rule->min >= 1 && rule->max >= rule->min && rule->max <= SECRET_MAX &&
           rule->tries_left >= tries_min && rule->tries_left <= TRIES_MAX;
}

bool card_key_read(json_t *json, size_t index, struct card_key *key)
{
    struct card_key read = {.index = index};
    int pad;
    int blocked;
    int not_set;
    if (json_unpack_ex(json, NULL, JSON_STRICT,
                       "{s:s, s:s, s:o, s:s, s:{s:i, s:i, s:i, s:b, s:b, s:b}, s?:{s:i, s:i, s:i}}",
                       "reader", &read.reader, "certificate", &read.certificate, "chain",
                       &read.chain, "algorithm", &read.algorithm, "pin", "min", &read.pin.min,
                       "max", &read.pin.max, "tries_left", &read.pin.tries_left, "blocked",
                       &blocked, "not_set", &not_set, "pad", &pad, "unblocking", "min",
                       &read.unblocking.min, "max", &read.unblocking.max, "tries_left",
                       &read.unblocking.tries_left) != 0) {
        return false;
    }
    read.pad = pad != 0;
    read.pin_blocked = blocked != 0;
    read.pin_not_set = not_set != 0;
    if (!is_rule(&read.pin, read.pin_blocked ? 0 : 1) ||
        (read.unblocking.max != 0 && !is_rule(&read.unblocking, 0)) || !is_text_list(read.chain) ||
        !read_holder(read.certificate, &read.holder)) {
        return false;
    }
    *key = read;
    return true;
}

bool card_keys_read(json_t *list, struct card_keys *keys)
{
    size_t i;
    json_t *json;
    keys->count = 0;
    json_array_foreach (list, i, json) {
        if (keys->count < CARD_KEYS_MAX && card_key_read(json, i, &keys->list[keys->count])) {
            keys->count++;
        }
    }
    return keys->count > 0;
}

void card_keys_narrow(struct card_keys *keys, const char *certificate, time_t now)
{
    bool any_valid = false;
    for (size_t i = 0; i < keys->count; i++) {
        any_valid = any_valid || keys->list[i].holder.valid_until >= now;
    }
    size_t kept = 0;
    for (size_t i = 0; i < keys->count; i++) {
        const struct card_key *key = &keys->list[i];
        if ((certificate == NULL || strcmp(key->certificate, certificate) == 0) &&
            (!any_valid || key->holder.valid_until >= now)) {
            keys->list[kept++] = *key;
        }
    }
    keys->count = kept;
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

enum status card_key_check_pin(const struct card_key *key, enum pin_action action,
                               struct pin_rule *authorization)
{
    if (action == PIN_CHANGE) {
        *authorization = key->pin;
        return key->pin_not_set ? STATUS_PIN_NOT_SET
                                : (key->pin_blocked ? STATUS_PIN_BLOCKED : STATUS_OK);
    }
    *authorization = key->unblocking;
    if (action == PIN_ACTIVATE) {
        /* The transport PIN is refused like the PIN whose place it holds. */
        authorization->tries_left = key->pin.tries_left;
        return !key->pin_not_set ? STATUS_BAD_REQUEST
                                 : (key->pin_blocked ? STATUS_PIN_BLOCKED : STATUS_OK);
    }
    if (key->pin_not_set) {
        return STATUS_PIN_NOT_SET;
    }
    return key->unblocking.tries_left == 0 ? STATUS_PUK_BLOCKED : STATUS_OK;
}
