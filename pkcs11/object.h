/*
 * The objects of a token and their attributes (PKCS #11 2.40, section 4): each key as a private key
 * object and, if its certificate is on the card, a public one; its certificate; and in both tokens
 * the certificates that belong to no key, those of the authorities. The table is in
 * piradi-pkcs11(7).
 *
 * An object is a view of what the device holds, nothing is stored for it. Done between device_enter
 * and device_leave.
 */
#ifndef PIRADI_PKCS11_OBJECT_H
#define PIRADI_PKCS11_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "pkcs11/certificate.h"
#include "pkcs11/pkcs15.h"
#include "pkcs11/token.h"

#define OBJECTS_MAX (2 * PKCS15_KEYS_MAX + PKCS15_CERTIFICATES_MAX)
#define OBJECT_ATTRIBUTE_MAX 0x10000 /* bytes of a value */

struct object {
    struct token *token; /* lent */
    CK_OBJECT_CLASS class;
    const struct pkcs15_key *key;    /* of a key */
    struct certificate *certificate; /* of a certificate; of a key, its own, if listed */
};

/* False for a handle that is not, or no longer, an object of this token. */
bool object_from_handle(struct token *token, CK_OBJECT_HANDLE handle,
                        struct object *object) MUST_USE;

/* Private keys can be seen while the holder is logged in (CKA_PRIVATE, 4.4). */
bool object_is_visible(const struct object *object);

/* The objects of the token that can be seen and match all attributes of the template. */
CK_RV object_search(struct token *token, const CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE handles[OBJECTS_MAX], size_t *found) MUST_USE;

/* Appends the attribute's value. CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE, and what the
 * card says. */
CK_RV object_get_attribute(const struct object *object, CK_ATTRIBUTE_TYPE type,
                           struct buffer *out) MUST_USE;

/* The certificate that belongs to the object, read and parsed. CKR_OBJECT_HANDLE_INVALID if it has
 * none. */
CK_RV object_certificate(const struct object *object, struct certificate **certificate) MUST_USE;

#endif
