#include <string.h>

#include "portal/head.h"
#include "portal/route.h"
#include "tests/unit/cmocka_all.h"

#define ORIGIN "https://portal.piradi.test"
#define AUTHORITY "portal.piradi.test"

static struct head head_of(const char *method, const char *origin)
{
    struct head head = {.method = method, .path = "/", .version = "HTTP/1.1"};
    head_note(&head, "hOST", AUTHORITY);
    if (origin != NULL) {
        head_note(&head, "Origin", origin);
    }
    return head;
}

static unsigned judged(const struct head *head)
{
    struct refusal refusal = {200, STATUS_OK, NULL};
    bool allowed = head_is_allowed(head, ORIGIN, AUTHORITY, &refusal);
    assert_true(allowed == (refusal.http == 200));
    return refusal.http;
}

static void the_origin_may_be_absent_only_when_reading(void **state)
{
    (void)state;
    const struct {
        const char *method;
        const char *origin;
        unsigned http;
    } rows[] = {
        {"GET", NULL, 200},
        {"HEAD", NULL, 200},
        {"POST", NULL, 403},
        {"DELETE", NULL, 403},
        {"FROB", NULL, 403},
        {"GET", ORIGIN, 200},
        {"POST", ORIGIN, 200},
        {"GET", "null", 403},
        {"POST", "null", 403},
        {"POST", ORIGIN "/", 403},
        {"POST", ORIGIN ":443", 403},
        {"POST", "https://Portal.piradi.test", 403},
        {"POST", "", 403},
        {"POST", "http://portal.piradi.test", 403},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head head = head_of(rows[i].method, rows[i].origin);
        assert_int_equal(judged(&head), rows[i].http);
    }
    struct head twice = head_of("POST", ORIGIN);
    head_note(&twice, "origin", ORIGIN);
    assert_int_equal(judged(&twice), 403);
}

static void the_site_is_the_same(void **state)
{
    (void)state;
    static const char *const others[] = {"cross-site", "same-site", "none", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct head head = head_of("POST", ORIGIN);
        head_note(&head, "sec-fetch-site", others[i]);
        assert_int_equal(judged(&head), 403);
        struct head reading = head_of("GET", NULL); /* a link from elsewhere may lead here */
        head_note(&reading, "sec-fetch-site", others[i]);
        assert_int_equal(judged(&reading), 200);
    }
    struct head head = head_of("POST", ORIGIN);
    head_note(&head, "Sec-Fetch-Site", "same-origin");
    assert_int_equal(judged(&head), 200);
}

static void the_host_is_one_and_ours(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         "portal.piradi.test:443",
                                         "Portal.piradi.test",
                                         "portal.piradi.test.",
                                         "127.0.0.1",
                                         "evil.test"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct head head = {.method = "GET", .path = "/", .version = "HTTP/1.1"};
        head_note(&head, "Host", others[i]);
        assert_int_equal(judged(&head), 421);
    }
    struct head none = {.method = "GET", .path = "/", .version = "HTTP/1.1"};
    assert_int_equal(judged(&none), 400);
    struct head two = head_of("GET", NULL);
    head_note(&two, "Host", AUTHORITY);
    assert_int_equal(judged(&two), 400);
    struct head empty = {.method = "GET", .path = "/", .version = "HTTP/1.1"};
    head_note(&empty, "Host", NULL);
    assert_int_equal(judged(&empty), 421);
}

static void the_form_is_unambiguous(void **state)
{
    (void)state;
    struct head head = head_of("GET", NULL);
    head.version = "HTTP/1.0";
    assert_int_equal(judged(&head), 505);
    head = head_of("GET", NULL);
    head.path = "https://portal.piradi.test/";
    assert_int_equal(judged(&head), 400);
    head = head_of("POST", ORIGIN);
    head_note(&head, "Transfer-Encoding", "chunked");
    assert_int_equal(judged(&head), 400);
    head = head_of("POST", ORIGIN);
    head_note(&head, "Content-Length", "1");
    head_note(&head, "Content-Length", "1");
    assert_int_equal(judged(&head), 400);
}

static unsigned body_judged(const char *length, const char *content_type, const char *type,
                            size_t size_max)
{
    struct refusal refusal = {200, STATUS_OK, NULL};
    struct head head = head_of("POST", ORIGIN);
    if (length != NULL) {
        head_note(&head, "Content-Length", length);
    }
    if (content_type != NULL) {
        head_note(&head, "Content-Type", content_type);
    }
    bool allowed = head_body_is_allowed(&head, type, size_max, &refusal);
    assert_true(allowed == (refusal.http == 200));
    return refusal.http;
}

static void a_body_is_of_its_type_and_size(void **state)
{
    (void)state;
    static const char json[] = "application/json";
    assert_int_equal(body_judged("10", json, json, 10), 200);
    assert_int_equal(body_judged("0", json, json, 10), 200);
    assert_int_equal(body_judged("11", json, json, 10), 413);
    assert_int_equal(body_judged("18446744073709551616", json, json, 10), 400);
    assert_int_equal(body_judged("+1", json, json, 10), 400);
    assert_int_equal(body_judged(" 1", json, json, 10), 400);
    assert_int_equal(body_judged("1,1", json, json, 10), 400);
    assert_int_equal(body_judged("", json, json, 10), 400);
    assert_int_equal(body_judged(NULL, json, json, 10), 411);
    assert_int_equal(body_judged("1", NULL, json, 10), 415);
    assert_int_equal(body_judged("1", "application/json; charset=utf-8", json, 10), 415);
    assert_int_equal(body_judged(NULL, NULL, NULL, 0), 200);
    assert_int_equal(body_judged("0", NULL, NULL, 0), 200);
    assert_int_equal(body_judged("1", NULL, NULL, 0), 400);
}

static void a_route_is_found_by_its_segments(void **state)
{
    (void)state;
    char methods[ROUTE_METHODS_SIZE];
    struct request request = {0};
    const struct route *route = route_find("GET", "/api/letters/ab/pages/2", &request, methods);
    assert_non_null(route);
    assert_string_equal(route->path, "/api/letters/*/pages/*");
    assert_string_equal(request.arguments[0], "ab");
    assert_string_equal(request.arguments[1], "2");
    assert_non_null(route_find("HEAD", "/api/letters", &request, methods));
    assert_null(route_find("PUT", "/api/letters", &request, methods));
    assert_string_equal(methods, "GET, POST");
    assert_null(route_find("get", "/api/letters", &request, methods));

    char longest[sizeof "/api/letters/" + ROUTE_ARGUMENT_SIZE] = "/api/letters/";
    memset(longest + strlen(longest), 'a', ROUTE_ARGUMENT_SIZE);
    const char *const absent[] = {"/api",
                                  "/api/",
                                  "/api/letters/",
                                  "/api//letters",
                                  "/api/letter",
                                  "/api/letters/a/",
                                  "/api/letters//pages/1",
                                  "/api/letters/a/pages/1/2",
                                  "/api/lettersx",
                                  "/",
                                  "",
                                  longest};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        assert_null(route_find("GET", absent[i], &request, methods));
        assert_string_equal(methods, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_origin_may_be_absent_only_when_reading),
        cmocka_unit_test(the_site_is_the_same),
        cmocka_unit_test(the_host_is_one_and_ours),
        cmocka_unit_test(the_form_is_unambiguous),
        cmocka_unit_test(a_body_is_of_its_type_and_size),
        cmocka_unit_test(a_route_is_found_by_its_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
