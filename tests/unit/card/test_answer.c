/* What needs no PC/SC: a card in memory, command in, response out. tests/card/conformance.py asks
 * the rest through a reader. */
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/card/card.h"
#include "tests/card/hex.h"
#include "tests/unit/cmocka_all.h"

#define COMMAND_MAX 1024

static int make(void **state)
{
    static struct card card;
    card_init(&card);
    card.root = file_new(FILE_DIRECTORY, FILE_MASTER);
    assert_non_null(card.root);
    struct file *locked = file_new(FILE_TRANSPARENT, 0x0001);
    assert_non_null(locked);
    locked->read = FILE_ACCESS_PIN;
    locked->read_pin = 0x86;
    locked->content = malloc(300);
    assert_non_null(locked->content);
    memset(locked->content, 0x5A, 300);
    locked->size = 300;
    assert_true(file_add(card.root, locked));
    card.pins.count = 1;
    card.pins.list[0] = (struct pin){.reference = 0x86,
                                     .directory = card.root,
                                     .value = "1234",
                                     .size = 4,
                                     .minimum = 4,
                                     .maximum = 4,
                                     .tries = 3,
                                     .left = 3};
    card.keys.count = 1;
    card.keys.list[0] = (struct key){.reference = 0x81,
                                     .directory = card.root,
                                     .algorithm = 2,
                                     .signs = true,
                                     .pin = &card.pins.list[0],
                                     .private_key = EVP_RSA_gen(2048)};
    assert_non_null(card.keys.list[0].private_key);
    card_reset(&card);
    *state = &card;
    return 0;
}

static int destroy(void **state)
{
    card_free(*state);
    return 0;
}

/* The response of the command, which is given in hexadecimal; the caller frees. */
static struct buffer ask(struct card *card, const char *command)
{
    uint8_t bytes[COMMAND_MAX];
    size_t size;
    struct buffer response;
    buffer_init(&response, CARD_RESPONSE_MAX);
    assert_true(hex_decode(command, bytes, sizeof bytes, &size));
    card_answer(card, bytes, size, &response);
    assert_true(response.size >= 2);
    return response;
}

static void expect(struct card *card, const char *command, unsigned status, size_t data_size)
{
    struct buffer response = ask(card, command);
    const uint8_t *end = response.bytes + response.size;
    assert_int_equal(end[-2] << 8 | end[-1], status);
    assert_int_equal(response.size - 2, data_size);
    buffer_free(&response);
}

static void test_a_file_behind_a_pin(void **state)
{
    struct card *card = *state;
    expect(card, "00A4000C020001", 0x9000, 0);
    expect(card, "00B0000000", 0x6982, 0);
    expect(card, "002000860431323334", 0x9000, 0);
    expect(card, "00B0000000", 0x9000, 256);
    expect(card, "00B00000000000", 0x9000, 300);
    expect(card, "00B0000000012D", 0x6282, 300);
    card_reset(card);
    expect(card, "00B0000000", 0x6986, 0);
    expect(card, "00A4000C020001", 0x9000, 0);
    expect(card, "00B0000000", 0x6982, 0);
}

static void test_the_rest_of_an_answer_waits_for_one_command(void **state)
{
    struct card *card = *state;
    expect(card, "002000860431323334", 0x9000, 0);
    expect(card, "002241B606800102840181", 0x9000, 0);
    expect(card, "002A9E9A023005F0", 0x6110, 240);
    expect(card, "00C0000010", 0x9000, 16);
    expect(card, "002A9E9A023005F0", 0x6110, 240);
    expect(card, "0020008600", 0x6700, 0);
    expect(card, "00C0000010", 0x6985, 0);
    assert_int_equal(card->signatures, 2);
}

static int make_with_ec_key(void **state)
{
    make(state);
    struct card *card = *state;
    EVP_PKEY_free(card->keys.list[0].private_key);
    card->keys.list[0].private_key = EVP_EC_gen("P-384");
    assert_non_null(card->keys.list[0].private_key);
    card->pins.list[0].verified = true;
    return 0;
}

static bool verifies(EVP_PKEY *key, const uint8_t *hash, size_t hash_size, const uint8_t *signature)
{
    uint8_t der[128];
    uint8_t *end = der;
    ECDSA_SIG *parsed = ECDSA_SIG_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    assert_non_null(parsed);
    assert_true(EVP_PKEY_verify_init(context) > 0);
    assert_int_equal(
        ECDSA_SIG_set0(parsed, BN_bin2bn(signature, 48, NULL), BN_bin2bn(signature + 48, 48, NULL)),
        1);
    assert_true(i2d_ECDSA_SIG(parsed, &end) > 0);
    bool verified = EVP_PKEY_verify(context, der, (size_t)(end - der), hash, hash_size) == 1;
    EVP_PKEY_CTX_free(context);
    ECDSA_SIG_free(parsed);
    return verified;
}

/* Often enough that an r or s with a leading zero byte is among them. */
static void test_an_ec_signature_is_always_r_and_s(void **state)
{
    struct card *card = *state;
    static const uint8_t hash[] = {0x5A, 0xA5};
    expect(card, "002241B606800102840181", 0x9000, 0);
    for (unsigned i = 0; i < 300; i++) {
        struct buffer response = ask(card, "002A9E9A025AA500");
        assert_int_equal(response.size, 96 + 2);
        assert_true(verifies(card->keys.list[0].private_key, hash, sizeof hash, response.bytes));
        buffer_free(&response);
    }
    assert_int_equal(card->signatures, 300);
}

static void test_an_ec_signature_in_der(void **state)
{
    struct card *card = *state;
    card->keys.list[0].signs_in_der = true;
    expect(card, "002241B606800102840181", 0x9000, 0);
    struct buffer response = ask(card, "002A9E9A025AA500");
    const uint8_t *next = response.bytes;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &next, (long)response.size - 2);
    assert_non_null(parsed);
    assert_ptr_equal(next, response.bytes + response.size - 2);
    ECDSA_SIG_free(parsed);
    buffer_free(&response);
}

static void test_a_key_that_is_chosen_by_its_file(void **state)
{
    struct card *card = *state;
    card->keys.list[0].file = 0x4B01;
    expect(card, "002241B606800102840181", 0x6A88, 0);
    expect(card, "002241B60A80010281024B02840181", 0x6A88, 0);
    expect(card, "002241B60A80010281024B01840182", 0x6A88, 0);
    expect(card, "002241B60A80010281020000840181", 0x6A80, 0);
    expect(card, "002241B60781034B0100840181", 0x6700, 0);
    expect(card, "002241B60881034B0100840181", 0x6A80, 0);
    expect(card, "002241B60B81024B0181024B01840181", 0x6A80, 0);
    expect(card, "002241B60781024B01840181", 0x9000, 0);
    card->keys.list[0].file = 0;
    expect(card, "002241B60781024B01840181", 0x6A88, 0);
}

/* Input of the modulus' length: zero is smaller than it, all ones are not. */
static void test_input_that_the_terminal_padded(void **state)
{
    struct card *card = *state;
    card->keys.list[0].takes_padded = true;
    card->keys.list[0].padded_algorithm = 0;
    expect(card, "002000860431323334", 0x9000, 0);
    expect(card, "002241B606800100840181", 0x9000, 0);
    expect(card, "002A9E9A023005F0", 0x6700, 0);
    for (unsigned ones = 0; ones < 2; ones++) {
        char input[2 * 256 + 1] = "";
        char whole[2 * (7 + 256 + 2) + 1];
        memset(input, ones ? 'F' : '0', sizeof input - 1);
        snprintf(whole, sizeof whole, "002A9E9A000100%s0000", input);
        expect(card, whole, ones ? 0x6A80 : 0x9000, ones ? 0 : 256);
    }
    expect(card, "002241B606800102840181", 0x9000, 0);
    expect(card, "002A9E9A023005F0", 0x6110, 240);
    expect(card, "002241B606800103840181", 0x6A80, 0);
}

static void test_log_out(void **state)
{
    struct card *card = *state;
    expect(card, "002000860431323334", 0x9000, 0);
    expect(card, "002E0000", 0x6D00, 0);
    expect(card, "00200086", 0x9000, 0);
    card->logs_out = true;
    expect(card, "002E0001", 0x6A86, 0);
    expect(card, "002E000000", 0x6700, 0);
    expect(card, "00200086", 0x9000, 0);
    expect(card, "002E0000", 0x9000, 0);
    expect(card, "00200086", 0x63C3, 0);
}

static void test_malformed_commands(void **state)
{
    struct card *card = *state;
    expect(card, "00", 0x6700, 0);
    expect(card, "00A400", 0x6700, 0);
    expect(card, "00A4000C05", 0x6700, 0);
    expect(card, "00A4000C050001", 0x6700, 0);
}

static void test_a_chain_that_grows_too_long(void **state)
{
    struct card *card = *state;
    char command[2 * (5 + 255) + 1];
    memset(command, '0', sizeof command - 1);
    command[sizeof command - 1] = '\0';
    memcpy(command, "102A9E9AFF", 10);
    for (size_t sent = 0; sent + 255 <= 65535; sent += 255) {
        expect(card, command, 0x9000, 0);
    }
    expect(card, command, 0x6700, 0);
    expect(card, "00C0000000", 0x6985, 0);
}

static int make_without_master(void **state)
{
    static struct card card;
    card_init(&card);
    card.root = file_new(FILE_DIRECTORY, 0x5015);
    assert_non_null(card.root);
    memcpy(card.root->name, "ABC", 3);
    card.root->name_size = 3;
    struct file *odf = file_new(FILE_TRANSPARENT, 0x5031);
    assert_non_null(odf);
    assert_true(file_add(card.root, odf));
    card.pins.count = 1;
    card.pins.list[0] = (struct pin){.reference = 0x81,
                                     .directory = card.root,
                                     .value = "1234",
                                     .size = 4,
                                     .minimum = 4,
                                     .maximum = 4,
                                     .tries = 3,
                                     .left = 3};
    card.data_object_count = 1;
    card.data_objects[0] =
        (struct data_object){.cla = 0x80, .tag = 0x9F7F, .value = {1, 2}, .size = 2};
    card_reset(&card);
    *state = &card;
    return 0;
}

static void test_without_master_file(void **state)
{
    struct card *card = *state;
    expect(card, "00200081", 0x6999, 0);
    expect(card, "00A4000C", 0x6A82, 0);
    expect(card, "00A4000C023F00", 0x6A82, 0);
    expect(card, "00A4080C025031", 0x6A82, 0);
    expect(card, "00A4090C025031", 0x6A82, 0);
    expect(card, "00A4020C025031", 0x6A82, 0);
    expect(card, "00A4030C", 0x6A82, 0);
    expect(card, "00A4040C024142", 0x6A82, 0);
    expect(card, "80CA9F7F00", 0x9000, 2);
    expect(card, "00A4040C03414243", 0x9000, 0);
    expect(card, "00200081", 0x63C3, 0);
    expect(card, "00A4000C023F00", 0x6A82, 0);
    expect(card, "00A4020C025031", 0x9000, 0);
    expect(card, "00CA9F7F00", 0x6A88, 0);
    expect(card, "80CA9F7E00", 0x6A88, 0);
}

static void test_an_application_that_is_selected_again_begins_anew(void **state)
{
    struct card *card = *state;
    expect(card, "00A4040C03414243", 0x9000, 0);
    expect(card, "002000810431323334", 0x9000, 0);
    expect(card, "00A4020C025031", 0x9000, 0);
    expect(card, "00200081", 0x9000, 0);
    expect(card, "00A4040C03414243", 0x9000, 0);
    expect(card, "00200081", 0x63C3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_behind_a_pin, make, destroy),
        cmocka_unit_test_setup_teardown(test_the_rest_of_an_answer_waits_for_one_command, make,
                                        destroy),
        cmocka_unit_test_setup_teardown(test_an_ec_signature_is_always_r_and_s, make_with_ec_key,
                                        destroy),
        cmocka_unit_test_setup_teardown(test_an_ec_signature_in_der, make_with_ec_key, destroy),
        cmocka_unit_test_setup_teardown(test_a_key_that_is_chosen_by_its_file, make, destroy),
        cmocka_unit_test_setup_teardown(test_input_that_the_terminal_padded, make, destroy),
        cmocka_unit_test_setup_teardown(test_log_out, make, destroy),
        cmocka_unit_test_setup_teardown(test_malformed_commands, make, destroy),
        cmocka_unit_test_setup_teardown(test_a_chain_that_grows_too_long, make, destroy),
        cmocka_unit_test_setup_teardown(test_without_master_file, make_without_master, destroy),
        cmocka_unit_test_setup_teardown(test_an_application_that_is_selected_again_begins_anew,
                                        make_without_master, destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
