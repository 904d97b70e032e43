#include "browser-bridge/native-host/command.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

#define NONCE_44 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ORIGIN "https://portal.piradi.test"

static enum status parse(const char *text, struct command *command)
{
    char wrong[COMMAND_WRONG_MAX] = "";
    enum status status = command_parse((const uint8_t *)text, strlen(text), command, wrong);
    assert_int_equal(status == STATUS_OK, wrong[0] == '\0');
    return status;
}

static void assert_kind(const char *text, enum command_kind kind)
{
    struct command command;
    assert_int_equal(parse(text, &command), STATUS_OK);
    assert_int_equal(command.kind, kind);
    command_free(&command);
    assert_null(command.object);
}

static void test_commands(void **state)
{
    (void)state;
    assert_kind("{\"command\":\"status\",\"arguments\":{}}", COMMAND_STATUS);
    assert_kind("{\"command\":\"quit\",\"arguments\":{}}", COMMAND_QUIT);
    assert_kind("{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":\"" ORIGIN
                "\",\"lang\":\"en\"}}",
                COMMAND_GET_SIGNING_CERTIFICATE);
    assert_kind("{\"command\":\"sign\",\"arguments\":{\"origin\":\"" ORIGIN
                "\",\"certificate\":\"MIIB\",\"hash\":\"" HASH "\",\"hashFunction\":\"SHA-256\"}}",
                COMMAND_SIGN);
}

static void test_authenticate(void **state)
{
    struct command command;
    (void)state;
    assert_int_equal(
        parse("{\"command\":\"authenticate\",\"arguments\":{\"challengeNonce\":\"" NONCE_44
              "\",\"origin\":\"" ORIGIN "\",\"lang\":\"ka\"}}",
              &command),
        STATUS_OK);
    assert_int_equal(command.kind, COMMAND_AUTHENTICATE);
    assert_string_equal(command.nonce, NONCE_44);
    assert_string_equal(command.origin, ORIGIN);
    command_free(&command);
}

static void test_nonce_lengths(void **state)
{
    static const struct {
        int length;
        enum status status;
    } cases[] = {
        {0, STATUS_BAD_REQUEST},
        {1, STATUS_NONCE_TOO_SHORT},
        {43, STATUS_NONCE_TOO_SHORT},
        {44, STATUS_OK},
        {128, STATUS_OK},
        {129, STATUS_BAD_REQUEST},
    };
    char text[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command = {0};
        snprintf(text, sizeof text,
                 "{\"command\":\"authenticate\",\"arguments\":{\"challengeNonce\":\"%.*s\","
                 "\"origin\":\"" ORIGIN "\"}}",
                 cases[i].length, NONCE_44 NONCE_44 NONCE_44);
        assert_int_equal(parse(text, &command), cases[i].status);
        command_free(&command);
    }
}

static void test_wrong(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "1",
        "{}",
        "{\"command\":\"status\"}",
        "{\"command\":\"status\",\"arguments\":[]}",
        "{\"command\":\"status\",\"arguments\":{\"origin\":\"" ORIGIN "\"}}",
        "{\"command\":\"status\",\"arguments\":{},\"more\":1}",
        "{\"command\":\"status\",\"command\":\"quit\",\"arguments\":{}}",
        "{\"command\":\"status\",\"arguments\":{\"lang\":1}}",
        "{\"command\":\"about\",\"arguments\":{}}",
        "{\"command\":\"STATUS\",\"arguments\":{}}",
        "{\"command\":1,\"arguments\":{}}",
        "{\"command\":\"status\\u0000\",\"arguments\":{}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":\"\"}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":\"http://a.ge\"}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":\"wss://a.ge\"}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":\"https://a.ge/\"}}",
        "{\"command\":\"get-signing-certificate\",\"arguments\":{\"origin\":[\"https://a.ge\"]}}",
        "{\"command\":\"sign\",\"arguments\":{\"origin\":\"" ORIGIN "\"}}",
        "{\"command\":\"sign\",\"arguments\":{\"origin\":\"" ORIGIN
        "\",\"certificate\":\"MIIB\",\"hash\":\"AAAA\",\"hashFunction\":\"SHA-256\"}}",
        "{\"command\":\"sign\",\"arguments\":{\"origin\":\"" ORIGIN
        "\",\"certificate\":\"MIIB\",\"hash\":\"" HASH "\",\"hashFunction\":\"SHA-224\"}}",
    };
    struct command command;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(parse(wrong[i], &command), STATUS_BAD_REQUEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_authenticate),
        cmocka_unit_test(test_nonce_lengths),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
