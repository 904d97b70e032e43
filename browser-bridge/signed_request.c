#include "browser-bridge/signed_request.h"

#include <jansson.h>
#include <jose/b64.h>
#include <jose/jws.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser-bridge/hex.h"

#define SHA256_BYTES 32
#define PAYLOAD_MAX (PORTAL_TEXT_MAX + 256)

struct signed_request {
    EVP_MD_CTX *digest;
    char jws[SIGNED_REQUEST_JWS_MAX + 1]; /* empty: longer, which none is that is right */
};

struct signed_request *signed_request_new(const char *jws)
{
    struct signed_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->digest = EVP_MD_CTX_new();
    if (request->digest == NULL || EVP_DigestInit_ex(request->digest, EVP_sha256(), NULL) != 1) {
        signed_request_free(&request);
    } else if (strlen(jws) <= SIGNED_REQUEST_JWS_MAX) {
        memcpy(request->jws, jws, strlen(jws) + 1);
    }
    return request;
}

void signed_request_free(struct signed_request **request)
{
    if (*request != NULL) {
        EVP_MD_CTX_free((*request)->digest);
        free(*request);
        *request = NULL;
    }
}

bool signed_request_update(struct signed_request *request, const uint8_t *bytes, size_t size)
{
    return EVP_DigestUpdate(request->digest, bytes, size) == 1;
}

/* The payload in base64url, as the JWS would carry it; a new reference. */
static json_t *payload_of(struct signed_request *request, const struct portal *portal,
                          const char *method, const char *path)
{
    uint8_t digest[SHA256_BYTES];
    char digits[2 * SHA256_BYTES + 1];
    char text[PAYLOAD_MAX];
    if (EVP_DigestFinal_ex(request->digest, digest, NULL) != 1) {
        return NULL;
    }
    hex_write(digits, digest, sizeof digest);
    int size = snprintf(text, sizeof text, "%s %s\n%s\n%s", method, path, portal->origin, digits);
    return size > 0 && (size_t)size < sizeof text ? jose_b64_enc(text, (size_t)size) : NULL;
}

static bool is_signed_by(const json_t *jws, const char *key)
{
    json_t *jwk = json_loads(key, 0, NULL);
    bool good = jwk != NULL && jose_jws_ver(NULL, jws, NULL, jwk, false);
    json_decref(jwk);
    return good;
}

static bool is_signed(const json_t *jws, const struct portal *portal)
{
    for (size_t i = 0; i < portal->key_count; i++) {
        if (is_signed_by(jws, portal->keys[i])) {
            return true;
        }
    }
    return false;
}

/* The protected header, if it has what it must and nothing else; a new reference. */
static json_t *header_of(const char *encoded, size_t length)
{
    char text[SIGNED_REQUEST_JWS_MAX];
    size_t size = jose_b64_dec_buf(encoded, length, text, sizeof text);
    json_t *header = size != SIZE_MAX ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *algorithm;
    const char *nonce;
    json_int_t expires;
    if (json_unpack_ex(header, NULL, JSON_STRICT, "{s:s, s:I, s:s}", "alg", &algorithm, "exp",
                       &expires, "nonce", &nonce) != 0 ||
        strcmp(algorithm, "ES256") != 0) {
        json_decref(header);
        return NULL;
    }
    return header;
}

static bool check_header(const json_t *header, const struct portal *portal, struct nonces *nonces,
                         int64_t now_s, const char **reason)
{
    json_int_t expires_s = json_integer_value(json_object_get(header, "exp"));
    const char *nonce = json_string_value(json_object_get(header, "nonce"));
    if (expires_s < now_s || expires_s > now_s + SIGNED_REQUEST_LIFETIME_S) {
        *reason = "The signature has expired, or expires too late, or the person's clock is wrong.";
    } else if (!nonces_use(nonces, portal, nonce, expires_s, now_s)) {
        *reason = "The signature's nonce was used already, or is too short or too long.";
    } else {
        return true;
    }
    return false;
}

bool signed_request_verify(struct signed_request *request, const struct portal *portal,
                           const char *method, const char *path, struct nonces *nonces,
                           int64_t now_s, const char **reason)
{
    const char *first = strchr(request->jws, '.');
    json_t *payload = payload_of(request, portal, method, path);
    json_t *header = NULL;
    json_t *jws = NULL;
    bool good = false;
    *reason = "Piradi-Signature must be a detached JWS by ES256 with exp and nonce.";
    if (payload == NULL || first == NULL || first[1] != '.') {
        goto out;
    }
    size_t length = (size_t)(first - request->jws);
    header = header_of(request->jws, length);
    jws = json_pack("{s:s%, s:O, s:s}", "protected", request->jws, length, "payload", payload,
                    "signature", first + 2);
    if (header == NULL || jws == NULL) {
        goto out;
    }
    *reason = "The signature is not of this request by a key of this portal.";
    good = is_signed(jws, portal) && check_header(header, portal, nonces, now_s, reason);
out:
    json_decref(jws);
    json_decref(header);
    json_decref(payload);
    return good;
}
