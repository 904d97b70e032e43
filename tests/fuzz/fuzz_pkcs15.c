/* The directory files of PKCS #15, and a certificate: the first byte says which. */
#include <string.h>

#include "pkcs11/pkcs15.h"
#include "tests/fuzz/fuzz.h"

enum kind { ODF, TOKEN_INFO, PINS, KEYS, CERTIFICATES, DIRECTORY, KINDS };

static void parse_pins(const uint8_t *bytes, size_t size)
{
    struct pkcs15_pins pins = {.count = 0};
    pkcs15_add_pins(bytes, size, &pins);
    for (size_t i = 0; i < pins.count; i++) {
        (void)pkcs15_find_pin(&pins, &pins.list[i].common.auth_id);
        (void)pkcs15_path_is_absolute(&pins.list[i].path);
    }
}

static void parse_keys(const uint8_t *bytes, size_t size)
{
    struct pkcs15_keys keys = {.count = 0};
    pkcs15_add_keys(bytes, size, &keys);
    for (size_t i = 0; i < keys.count; i++) {
        struct pkcs15_path parent = pkcs15_parent(&keys.list[i].path);
        (void)pkcs15_path_equal(&parent, &keys.list[i].path);
        (void)strnlen(keys.list[i].common.label, PKCS15_LABEL_SIZE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pkcs15_odf odf;
    struct pkcs15_token_info info;
    struct pkcs15_certificates certificates = {.count = 0};
    struct pkcs15_path path;
    bool parsed = false;
    if (size == 0) {
        return 0;
    }
    switch ((enum kind)(bytes[0] % KINDS)) {
    case ODF:
        parsed = pkcs15_parse_odf(bytes + 1, size - 1, &odf);
        break;
    case TOKEN_INFO:
        parsed = pkcs15_parse_token_info(bytes + 1, size - 1, &info);
        break;
    case PINS:
        parse_pins(bytes + 1, size - 1);
        break;
    case KEYS:
        parse_keys(bytes + 1, size - 1);
        break;
    case CERTIFICATES:
        pkcs15_add_certificates(bytes + 1, size - 1, &certificates);
        break;
    case DIRECTORY:
        parsed = pkcs15_find_application(bytes + 1, size - 1, &path);
        break;
    case KINDS:
        break;
    }
    (void)parsed;
    return 0;
}
