#include "agent/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

#define ORIGIN "https://portal.piradi.test"
#define NONCE_44 "01234567890123456789012345678901234567890123"
#define LOGIN "\"command\":\"authenticate\",\"origin\":\"" ORIGIN "\""
#define SIGN "\"command\":\"sign\",\"origin\":\"" ORIGIN "\",\"media_type\":\"application/pdf\""

static enum status parse(const char *text, struct request *request)
{
    static json_t *object; /* lends the request's texts until the next call */
    char detail[REQUEST_DETAIL_MAX] = "";
    json_decref(object);
    object = json_loads(text, 0, NULL);
    assert_non_null(object);
    enum status status = request_parse(object, request, detail);
    assert_true((status == STATUS_OK) == (detail[0] == '\0'));
    return status;
}

static void test_status_and_watch(void **state)
{
    (void)state;
    struct request request;
    assert_int_equal(parse("{\"command\":\"status\"}", &request), STATUS_OK);
    assert_int_equal(request.kind, REQUEST_STATUS);
    assert_int_equal(parse("{\"command\":\"watch\"}", &request), STATUS_OK);
    assert_int_equal(request.kind, REQUEST_WATCH);
    assert_int_equal(parse("{\"command\":\"examine\"}", &request), STATUS_OK);
    assert_int_equal(request.kind, REQUEST_EXAMINE);
}

static void test_authenticate(void **state)
{
    (void)state;
    struct request request;
    assert_int_equal(parse("{" LOGIN ",\"nonce\":\"" NONCE_44 "\"}", &request), STATUS_OK);
    assert_int_equal(request.kind, REQUEST_OPERATION);
    assert_int_equal(request.purpose, TRUST_LOGIN);
    assert_string_equal(request.origin, ORIGIN);
    assert_string_equal(request.nonce, NONCE_44);
    assert_int_equal(request.size, 0);
}

static void test_nonce_bounds(void **state)
{
    (void)state;
    struct request request;
    char text[512];
    assert_int_equal(
        parse("{" LOGIN ",\"nonce\":\"0123456789012345678901234567890123456789012\"}", &request),
        STATUS_NONCE_TOO_SHORT);
    snprintf(text, sizeof text, "{" LOGIN ",\"nonce\":\"%0128d\"}", 0);
    assert_int_equal(parse(text, &request), STATUS_OK);
    snprintf(text, sizeof text, "{" LOGIN ",\"nonce\":\"%0129d\"}", 0);
    assert_int_equal(parse(text, &request), STATUS_BAD_REQUEST);
}

static void test_sign(void **state)
{
    (void)state;
    struct request request;
    assert_int_equal(parse("{" SIGN ",\"name\":\"წერილი.pdf\",\"size\":209715200}", &request),
                     STATUS_OK);
    assert_int_equal(request.purpose, TRUST_SIGN);
    assert_string_equal(request.name, "წერილი.pdf");
    assert_int_equal(request.size, 200 * 1024 * 1024);
    assert_int_equal(parse("{" SIGN ",\"name\":\"a.pdf\",\"size\":209715201}", &request),
                     STATUS_DOCUMENT_TOO_LARGE);
}

/* Rule A4: what has no origin can have a letter signed, and never logs in. */
static void test_only_a_letter_comes_without_an_origin(void **state)
{
    (void)state;
    struct request request;
    assert_int_equal(parse("{\"command\":\"sign\",\"media_type\":\"application/pdf\","
                           "\"name\":\"a.pdf\",\"size\":1}",
                           &request),
                     STATUS_OK);
    assert_null(request.origin);
    assert_int_equal(request.purpose, TRUST_SIGN);
    assert_int_equal(parse("{\"command\":\"authenticate\",\"nonce\":\"" NONCE_44 "\"}", &request),
                     STATUS_BAD_REQUEST);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"command\":1}",
        "{\"command\":\"Status\"}",
        "{\"command\":\"status\",\"more\":1}",
        "{\"command\":\"watch\",\"more\":1}",
        "{\"command\":\"examine\",\"more\":1}",
        "{" LOGIN "}",
        "{" LOGIN ",\"nonce\":7}",
        "{" LOGIN ",\"nonce\":null}",
        "{" LOGIN ",\"nonce\":\"" NONCE_44 "\",\"pin\":\"1234\"}",
        "{\"command\":\"authenticate\",\"nonce\":\"" NONCE_44 "\"}",
        "{" SIGN ",\"size\":1}",
        "{\"command\":\"sign\",\"origin\":null,\"media_type\":\"application/pdf\",\"name\":\"a\","
        "\"size\":1}",
        "{" SIGN ",\"name\":\"a.pdf\"}",
        "{" SIGN ",\"name\":\"a.pdf\",\"size\":0}",
        "{" SIGN ",\"name\":\"a.pdf\",\"size\":-1}",
        "{" SIGN ",\"name\":\"a.pdf\",\"size\":1.5}",
        "{" SIGN ",\"name\":\"a.pdf\",\"size\":\"1\"}",
        "{" SIGN ",\"name\":\"\",\"size\":1}",
        "{" SIGN ",\"name\":\"../a.pdf\",\"size\":1}",
        "{" SIGN ",\"name\":\"a\\nb.pdf\",\"size\":1}",
        "{" SIGN ",\"name\":\"a\\u007fb.pdf\",\"size\":1}",
        "{\"command\":\"sign\",\"origin\":\"" ORIGIN
        "\",\"media_type\":\"text/html\",\"name\":\"a.pdf\",\"size\":1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct request request = {.origin = "untouched"};
        if (parse(texts[i], &request) != STATUS_BAD_REQUEST) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_string_equal(request.origin, "untouched");
    }
}

static void test_name_of_256_bytes_is_refused(void **state)
{
    (void)state;
    struct request request;
    char text[512];
    snprintf(text, sizeof text, "{" SIGN ",\"name\":\"%0255d\",\"size\":1}", 0);
    assert_int_equal(parse(text, &request), STATUS_OK);
    snprintf(text, sizeof text, "{" SIGN ",\"name\":\"%0256d\",\"size\":1}", 0);
    assert_int_equal(parse(text, &request), STATUS_BAD_REQUEST);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_and_watch),
        cmocka_unit_test(test_authenticate),
        cmocka_unit_test(test_nonce_bounds),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_only_a_letter_comes_without_an_origin),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_name_of_256_bytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
