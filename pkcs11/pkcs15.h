/*
 * What a card says about itself: the directory files of PKCS #15 v1.1 (RSA Laboratories, June
 * 2000; ISO/IEC 7816-15). Pure functions over bytes; the numbers of the sections are those of
 * PKCS #15. Directory entries that we have no use for, or that are damaged, are left out.
 */
#ifndef PIRADI_PKCS11_PKCS15_H
#define PIRADI_PKCS11_PKCS15_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define PKCS15_PATH_MAX 16
#define PKCS15_ID_MAX 32
#define PKCS15_LABEL_SIZE 128 /* UTF-8, with the NUL; cut at a character */
#define PKCS15_SERIAL_MAX 32
#define PKCS15_FILES_MAX 8
#define PKCS15_PINS_MAX 8
#define PKCS15_KEYS_MAX 8
#define PKCS15_CERTIFICATES_MAX 16
#define PKCS15_ALGORITHMS_MAX 8
#define PKCS15_PIN_SIZE_MAX 16 /* two of them and a command's header fit a struct secret */
#define PKCS15_RSA_BITS_MIN 1024
#define PKCS15_RSA_BITS_MAX 4096

/* The application's name and its two fixed file identifiers (6.4, 6.5). */
#define PKCS15_AID "\xA0\x00\x00\x00\x63PKCS-15"
#define PKCS15_AID_SIZE (sizeof PKCS15_AID - 1)
#define PKCS15_FILE_ODF 0x5031
#define PKCS15_FILE_TOKEN_INFO 0x5032

/* File identifiers one after another (6.1.2, Path). From the master file if the first is 3F00,
 * otherwise from the PKCS #15 application. */
struct pkcs15_path {
    uint8_t bytes[PKCS15_PATH_MAX];
    size_t size;
};

/* A path, and which part of the file: size 0 means to its end. */
struct pkcs15_location {
    struct pkcs15_path path;
    size_t offset;
    size_t size;
};

struct pkcs15_id {
    uint8_t bytes[PKCS15_ID_MAX];
    size_t size;
};

/* CommonObjectAttributes (6.1.8). */
struct pkcs15_common {
    char label[PKCS15_LABEL_SIZE];
    struct pkcs15_id auth_id; /* size 0: none */
    uint32_t user_consent;    /* 0: none; n: the PIN is good for n uses */
};

/* PinAttributes (6.8.2), flags and types as there. */
enum pkcs15_pin_flag {
    PKCS15_PIN_LOCAL = 1 << 1,
    PKCS15_PIN_CHANGE_DISABLED = 1 << 2,
    PKCS15_PIN_UNBLOCK_DISABLED = 1 << 3,
    PKCS15_PIN_INITIALIZED = 1 << 4,
    PKCS15_PIN_NEEDS_PADDING = 1 << 5,
    PKCS15_PIN_UNBLOCKING = 1 << 6,
    PKCS15_PIN_SO = 1 << 7,
};
enum pkcs15_pin_type { PKCS15_PIN_BCD = 0, PKCS15_PIN_ASCII_NUMERIC = 1, PKCS15_PIN_UTF8 = 2 };

struct pkcs15_pin {
    struct pkcs15_common common; /* auth_id: what unblocks it */
    struct pkcs15_id id;         /* what keys call it by */
    uint32_t flags;
    uint32_t type;
    size_t min_size;
    size_t max_size;
    size_t stored_size;
    uint8_t reference;
    uint8_t pad;
    struct pkcs15_path path; /* size 0: none */
};

/* KeyUsageFlags (6.1.9). */
enum pkcs15_usage {
    PKCS15_USAGE_DECRYPT = 1 << 1,
    PKCS15_USAGE_SIGN = 1 << 2,
    PKCS15_USAGE_SIGN_RECOVER = 1 << 3,
    PKCS15_USAGE_NON_REPUDIATION = 1 << 9,
};

/* KeyAccessFlags (6.1.9). */
enum pkcs15_access { PKCS15_ACCESS_LOCAL = 1 << 4 };

enum pkcs15_key_type { PKCS15_KEY_RSA, PKCS15_KEY_EC };

struct pkcs15_key {
    struct pkcs15_common common; /* auth_id: its PIN */
    struct pkcs15_id id;         /* the same as its certificate's */
    enum pkcs15_key_type type;
    uint32_t usage;
    uint32_t access;
    uint8_t reference;
    struct pkcs15_path path;
    size_t modulus_bits;                        /* RSA */
    uint32_t algorithms[PKCS15_ALGORITHMS_MAX]; /* references of TokenInfo's that it can do */
    size_t algorithm_count;                     /* 0: it does not say */
};

struct pkcs15_certificate {
    struct pkcs15_common common;
    struct pkcs15_id id;
    bool authority;
    struct pkcs15_location value;
};

/* ODF (6.2): where the other directories are. The kinds of certificates are kept together. */
struct pkcs15_files {
    struct pkcs15_location list[PKCS15_FILES_MAX];
    size_t count;
};
struct pkcs15_odf {
    struct pkcs15_files private_keys;
    struct pkcs15_files certificates;
    struct pkcs15_files authentication_objects;
};

/* AlgorithmInfo (6.9) of an algorithm that makes signatures. */
struct pkcs15_algorithm {
    uint32_t reference; /* by which keys name it */
    uint32_t mechanism; /* of PKCS #11 */
    uint8_t in_card;    /* how MSE: SET calls it */
};

/* TokenInfo (6.9). */
struct pkcs15_token_info {
    struct pkcs15_algorithm algorithms[PKCS15_ALGORITHMS_MAX];
    size_t algorithm_count;
    uint8_t serial[PKCS15_SERIAL_MAX];
    size_t serial_size;
    char manufacturer[PKCS15_LABEL_SIZE];
    char label[PKCS15_LABEL_SIZE];
};

struct pkcs15_pins {
    struct pkcs15_pin list[PKCS15_PINS_MAX];
    size_t count;
};
struct pkcs15_keys {
    struct pkcs15_key list[PKCS15_KEYS_MAX];
    size_t count;
};
struct pkcs15_certificates {
    struct pkcs15_certificate list[PKCS15_CERTIFICATES_MAX];
    size_t count;
};

/* False for an ODF that names neither private keys nor authentication objects. */
bool pkcs15_parse_odf(const uint8_t *bytes, size_t size, struct pkcs15_odf *odf) MUST_USE;
bool pkcs15_parse_token_info(const uint8_t *bytes, size_t size,
                             struct pkcs15_token_info *info) MUST_USE;

/* Each adds what the file declares to what is there; entries beyond the maximum are left out. */
void pkcs15_add_pins(const uint8_t *bytes, size_t size, struct pkcs15_pins *pins);
void pkcs15_add_keys(const uint8_t *bytes, size_t size, struct pkcs15_keys *keys);
void pkcs15_add_certificates(const uint8_t *bytes, size_t size,
                             struct pkcs15_certificates *certificates);

/* EF.DIR (ISO/IEC 7816-4:2013, 8.2.1.1): the path of the PKCS #15 application. */
bool pkcs15_find_application(const uint8_t *bytes, size_t size, struct pkcs15_path *path) MUST_USE;

/* The algorithm that the card declares for this mechanism and this key; NULL if none. */
const struct pkcs15_algorithm *pkcs15_find_algorithm(const struct pkcs15_token_info *info,
                                                     const struct pkcs15_key *key,
                                                     uint32_t mechanism);

bool pkcs15_id_equal(const struct pkcs15_id *a, const struct pkcs15_id *b);
/* The PIN with this id; NULL if none. */
const struct pkcs15_pin *pkcs15_find_pin(const struct pkcs15_pins *pins,
                                         const struct pkcs15_id *id);
/* The directory that the file of a path lies in. */
struct pkcs15_path pkcs15_parent(const struct pkcs15_path *path);
bool pkcs15_path_equal(const struct pkcs15_path *a, const struct pkcs15_path *b);
/* From the master file, not from the application. */
bool pkcs15_path_is_absolute(const struct pkcs15_path *path);

#endif
