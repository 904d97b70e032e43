#include <string.h>

#include "pkcs11/pkcs15.h"
#include "tests/unit/cmocka_all.h"

/* An ODF with an unknown entry, an empty one, and the certificates' directories in an odd order. */
static const uint8_t odf_file[] = {
    0xA5, 0x08, 0x30, 0x06, 0x04, 0x04, 0x50, 0x15, 0x44, 0x05, /* trusted certificates */
    0xA7, 0x08, 0x30, 0x06, 0x04, 0x04, 0x50, 0x15, 0x44, 0x07, /* data objects */
    0xA1, 0x00,                                                 /* public keys: nothing */
    0xA4, 0x06, 0x30, 0x04, 0x04, 0x02, 0x44, 0x04,             /* certificates */
    0xA0, 0x08, 0x30, 0x06, 0x04, 0x04, 0x3F, 0x00, 0x44, 0x00, /* private keys */
    0xA8, 0x08, 0x30, 0x06, 0x04, 0x04, 0x3F, 0x00, 0x44, 0x08, /* authentication objects */
    0x00, 0x00, 0x00,                                           /* padding */
};

static void reads_an_odf(void **state)
{
    struct pkcs15_odf odf;
    (void)state;
    assert_true(pkcs15_parse_odf(odf_file, sizeof odf_file, &odf));
    assert_int_equal(odf.private_keys.count, 1);
    assert_int_equal(odf.authentication_objects.count, 1);
    assert_int_equal(odf.certificates.count, 2);
    assert_int_equal(odf.certificates.list[0].path.size, 2);
    assert_int_equal(odf.certificates.list[1].path.size, 4);
}

static void refuses_every_odf_that_is_cut_short(void **state)
{
    struct pkcs15_odf odf;
    (void)state;
    for (size_t size = 0; size < sizeof odf_file - 3; size++) {
        assert_false(pkcs15_parse_odf(odf_file, size, &odf));
    }
}

/* The values of a PIN as facts give them: reference 92, six digits, local to 0DF5. */
static const uint8_t pin_file[] = {
    0x30, 0x34, 0x30, 0x0D, 0x0C, 0x05, 'S',  'i',  'g',  'n',  '!',  0x03, 0x01, 0x00,
    0x04, 0x01, 0x93, 0x30, 0x03, 0x04, 0x01, 0x92, 0xA1, 0x1E, 0x30, 0x1C, 0x03, 0x02,
    0x03, 0x48, 0x0A, 0x01, 0x01, 0x02, 0x01, 0x06, 0x02, 0x01, 0x06, 0x02, 0x01, 0x06,
    0x80, 0x02, 0x00, 0x92, 0x30, 0x06, 0x04, 0x04, 0x3F, 0x00, 0x0D, 0xF5,
};

static void reads_a_pin(void **state)
{
    struct pkcs15_pins pins = {.count = 0};
    (void)state;
    pkcs15_add_pins(pin_file, pin_file[1] + 2U, &pins);
    assert_int_equal(pins.count, 1);
    const struct pkcs15_pin *pin = &pins.list[0];
    assert_string_equal(pin->common.label, "Sign!");
    assert_int_equal(pin->flags, PKCS15_PIN_LOCAL | PKCS15_PIN_INITIALIZED);
    assert_int_equal(pin->type, PKCS15_PIN_ASCII_NUMERIC);
    assert_int_equal(pin->min_size, 6);
    assert_int_equal(pin->max_size, 6);
    assert_int_equal(pin->reference, 0x92);
    assert_int_equal(pin->path.size, 4);
    assert_ptr_equal(pkcs15_find_pin(&pins, &(struct pkcs15_id){.bytes = {0x92}, .size = 1}), pin);
    assert_null(pkcs15_find_pin(&pins, &(struct pkcs15_id){.bytes = {0x91}, .size = 1}));
    assert_null(pkcs15_find_pin(&pins, &(struct pkcs15_id){.size = 0}));
}

static void takes_nothing_from_damaged_bytes(void **state)
{
    struct pkcs15_pins pins = {.count = 0};
    struct pkcs15_keys keys = {.count = 0};
    struct pkcs15_certificates certificates = {.count = 0};
    (void)state;
    for (size_t size = 0; size < sizeof pin_file - 1; size++) {
        pkcs15_add_pins(pin_file, size, &pins);
    }
    assert_int_equal(pins.count, 0);
    pkcs15_add_keys(pin_file, sizeof pin_file, &keys);
    assert_int_equal(keys.count, 0);
    pkcs15_add_certificates(pin_file, sizeof pin_file, &certificates);
    assert_int_equal(certificates.count, 0);
}

/* No bit that turns over may lead outside of the bytes (the sanitizers watch), or to a PIN that
 * could not be sent. */
static void survives_every_bit_flip(void **state)
{
    uint8_t bytes[sizeof pin_file];
    (void)state;
    for (size_t bit = 0; bit < sizeof pin_file * 8; bit++) {
        struct pkcs15_pins pins = {.count = 0};
        memcpy(bytes, pin_file, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        pkcs15_add_pins(bytes, sizeof bytes, &pins);
        for (size_t i = 0; i < pins.count; i++) {
            assert_true(pins.list[i].max_size <= PKCS15_PIN_SIZE_MAX);
            assert_true(pins.list[i].stored_size <= PKCS15_PIN_SIZE_MAX);
            assert_true(pins.list[i].min_size <= pins.list[i].max_size);
        }
    }
}

static void stops_at_the_maximum(void **state)
{
    struct pkcs15_pins pins = {.count = 0};
    (void)state;
    for (size_t i = 0; i < PKCS15_PINS_MAX + 3U; i++) {
        pkcs15_add_pins(pin_file, pin_file[1] + 2U, &pins);
    }
    assert_int_equal(pins.count, PKCS15_PINS_MAX);
}

static void cuts_labels_at_a_character(void **state)
{
    static const char letter[] = "\u10D0"; /* three bytes */
    struct pkcs15_token_info info;
    uint8_t bytes[300] = {0x30, 0x82, 0x01, 0x08, 0x02, 0x01, 0x00, 0x04, 0x01, 0x55, 0x0C, 0x81};
    size_t size = 13;
    bytes[12] = 252;
    (void)state;
    for (int i = 0; i < 84; i++) {
        memcpy(bytes + size, letter, 3);
        size += 3;
    }
    bytes[3] = (uint8_t)(size - 4);
    bytes[2] = (uint8_t)((size - 4) >> 8);
    assert_true(pkcs15_parse_token_info(bytes, size, &info));
    assert_int_equal(strlen(info.manufacturer), 126);
    assert_int_equal(info.serial_size, 1);
}

static void reads_how_the_card_signs(void **state)
{
    static const uint8_t file[] = {
        0x30, 0x42, 0x02, 0x01, 0x00, 0x04, 0x01, 0x55, 0x80, 0x01, 'x',
        0x03, 0x02, 0x05, 0x60, 0xA2, 0x33, /* three algorithms: the second does not sign, the last
                                               is raw RSA */
        0x30, 0x10, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x03,
        0x02, 0x06, 0x40, 0x02, 0x02, 0x00, 0x82,                         /* reference 82 */
        0x30, 0x0D, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03, 0x05, 0x00, 0x03, /* decipher */
        0x02, 0x03, 0x08, 0x00, 0x30, 0x10, 0x02, 0x01, 0x02, 0x02, 0x01,
        0x03, 0x05, 0x00, 0x03, 0x02, 0x06, 0x40, 0x02, 0x02, 0x00, 0x8A};
    struct pkcs15_token_info info;
    struct pkcs15_key key = {.algorithm_count = 0};
    (void)state;
    uint8_t bytes[sizeof file];
    memcpy(bytes, file, sizeof file);
    bytes[1] = sizeof file - 2;
    bytes[16] = sizeof file - 17;
    assert_true(pkcs15_parse_token_info(bytes, sizeof bytes, &info));
    assert_int_equal(info.algorithm_count, 2);
    const struct pkcs15_algorithm *raw = pkcs15_find_algorithm(&info, &key, 3);
    assert_non_null(raw);
    assert_int_equal(raw->in_card, 0x8A);
    key.algorithms[key.algorithm_count++] = 1;
    assert_null(pkcs15_find_algorithm(&info, &key, 3));
    key.algorithms[key.algorithm_count++] = 2;
    assert_ptr_equal(pkcs15_find_algorithm(&info, &key, 3), raw);
    for (size_t size = 0; size < sizeof bytes; size++) {
        assert_false(pkcs15_parse_token_info(bytes, size, &info));
    }
}

static void finds_the_application_in_the_directory_file(void **state)
{
    static const uint8_t file[] = {
        0x61, 0x06, 0x4F, 0x04, 0xA0, 0x00, 0x00, 0x01, /* another application */
        0x61, 0x14, 0x51, 0x04, 0x3F, 0x00, 0x50, 0x15, 0x4F, 0x0C, 0xA0,
        0x00, 0x00, 0x00, 0x63, 'P',  'K',  'C',  'S',  '-',  '1',  '5',
    };
    struct pkcs15_path path;
    (void)state;
    assert_true(pkcs15_find_application(file, sizeof file, &path));
    assert_int_equal(path.size, 4);
    assert_true(pkcs15_path_is_absolute(&path));
    for (size_t size = 0; size < sizeof file; size++) {
        assert_false(pkcs15_find_application(file, size, &path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_odf),
        cmocka_unit_test(refuses_every_odf_that_is_cut_short),
        cmocka_unit_test(reads_a_pin),
        cmocka_unit_test(takes_nothing_from_damaged_bytes),
        cmocka_unit_test(survives_every_bit_flip),
        cmocka_unit_test(stops_at_the_maximum),
        cmocka_unit_test(cuts_labels_at_a_character),
        cmocka_unit_test(reads_how_the_card_signs),
        cmocka_unit_test(finds_the_application_in_the_directory_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
