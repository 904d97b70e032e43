#include "browser-bridge/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

#define PORTAL "https://portal.piradi.test"
#define LOGIN_ONLY "https://login.piradi.test:8443"

static struct portals *portals;

static void write_portal(const char *folder, const char *name, const char *origin, const char *may)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "[portal]\norigin = %s\nname.ka = ა\nname.en = a\nmay = %s\n", origin, may);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void remove_portal(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    assert_int_equal(unlink(path), 0);
}

static int load(void **state)
{
    char folder[] = "/tmp/piradi-request-XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_portal(folder, "portal", PORTAL, "authenticate sign");
    write_portal(folder, "login", LOGIN_ONLY, "authenticate");
    portals = portals_load(folder);
    remove_portal(folder, "portal");
    remove_portal(folder, "login");
    return portals == NULL || rmdir(folder) != 0;
}

static int unload(void **state)
{
    (void)state;
    portals_free(&portals);
    return 0;
}

/* Requests, built from a good one */

static void add(struct request *request, const char *name, const char *value)
{
    assert_true(request->header_count < REQUEST_HEADERS_MAX);
    request->headers[request->header_count++] = (struct request_header){name, value};
}

static void set(struct request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            request->headers[i].value = value;
            return;
        }
    }
    add(request, name, value);
}

static void drop(struct request *request, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) != 0) {
            request->headers[kept++] = request->headers[i];
        }
    }
    request->header_count = kept;
}

static struct request get(const char *path)
{
    struct request request = {.method = "GET", .target = path, .version = "HTTP/1.1"};
    add(&request, "Host", "127.0.0.1:27310");
    add(&request, "Origin", PORTAL);
    add(&request, "Sec-Fetch-Site", "cross-site");
    add(&request, "Sec-Fetch-Mode", "cors");
    add(&request, "Sec-Fetch-Dest", "empty");
    return request;
}

static struct request post(const char *path, const char *type, const char *length)
{
    struct request request = get(path);
    request.method = "POST";
    add(&request, "Content-Type", type);
    add(&request, "Content-Length", length);
    return request;
}

static struct request options(const char *path, const char *method)
{
    struct request request = get(path);
    request.method = "OPTIONS";
    add(&request, "Access-Control-Request-Method", method);
    return request;
}

/* The size of the head as browsers write it. */
static size_t written_size(const struct request *request)
{
    char line[16 * 1024];
    size_t size = (size_t)snprintf(line, sizeof line, "%s %s %s\r\n\r\n", request->method,
                                   request->target, request->version);
    for (size_t i = 0; i < request->header_count; i++) {
        size += (size_t)snprintf(line, sizeof line, "%s: %s\r\n", request->headers[i].name,
                                 request->headers[i].value);
    }
    return size;
}

/* Decides on the request as written plainly, unless the test has given it a size. */
static struct decision decide(const struct request *request)
{
    struct request sized = *request;
    if (sized.header_bytes == 0 && sized.header_count <= REQUEST_HEADERS_MAX) {
        sized.header_bytes = written_size(&sized);
    }
    return request_decide(&sized, portals);
}

static void assert_served(const struct request *request, enum route_id route, uint64_t body_size)
{
    struct decision decision = decide(request);
    assert_int_equal(decision.verdict, VERDICT_SERVE);
    assert_non_null(decision.route);
    assert_int_equal(decision.route_id, route);
    assert_int_equal(decision.body_size, body_size);
    assert_non_null(decision.portal);
}

static void assert_refused(const struct request *request, int http, enum status status)
{
    struct decision decision = decide(request);
    assert_int_equal(decision.verdict, VERDICT_REFUSE);
    assert_int_equal(decision.http, http);
    assert_int_equal(decision.status, status);
    assert_non_null(decision.detail);
}

/* As a stranger is: nothing of the decision depends on what exists. */
static void assert_stranger(const struct request *request)
{
    struct request unknown = get("/v1/no-such-thing");
    struct decision decision = decide(request);
    struct decision other = decide(&unknown);
    assert_refused(request, 403, STATUS_ORIGIN_NOT_ALLOWED);
    assert_ptr_equal(decision.detail, other.detail);
    assert_null(decision.route);
    assert_null(other.route);
}

static void test_serves(void **state)
{
    (void)state;
    struct request status = get("/v1/status");
    struct request events = get("/v1/events");
    struct request login = post("/v1/authenticate", "application/json", "60");
    struct request upload = post("/v1/documents", "application/pdf", "1073741824");
    struct request sign = post("/v1/sign", "application/json", "16384");
    assert_served(&status, ROUTE_STATUS, 0);
    assert_served(&events, ROUTE_EVENTS, 0);
    assert_served(&login, ROUTE_AUTHENTICATE, 60);
    assert_served(&upload, ROUTE_DOCUMENTS, UINT64_C(1) << 30);
    assert_served(&sign, ROUTE_SIGN, 16384);
    set(&status, "Host", "[::1]:27310");
    assert_served(&status, ROUTE_STATUS, 0);
    set(&status, "Sec-Fetch-Site", "same-site");
    assert_served(&status, ROUTE_STATUS, 0);
}

static struct request popup_get(const char *path)
{
    struct request request = {.method = "GET", .target = path, .version = "HTTP/1.1"};
    add(&request, "Host", "127.0.0.1:27310");
    add(&request, "Piradi-Portal", PORTAL);
    add(&request, "Sec-Fetch-Site", "same-origin");
    add(&request, "Sec-Fetch-Mode", "cors");
    add(&request, "Sec-Fetch-Dest", "empty");
    return request;
}

static struct request popup_post(const char *path)
{
    struct request request = popup_get(path);
    request.method = "POST";
    add(&request, "Origin", "http://127.0.0.1:27310");
    add(&request, "Content-Type", "application/json");
    add(&request, "Content-Length", "60");
    return request;
}

static struct request window(void)
{
    struct request request = {.method = "GET", .target = "/popup", .version = "HTTP/1.1"};
    add(&request, "Host", "127.0.0.1:27310");
    add(&request, "Sec-Fetch-Site", "cross-site");
    add(&request, "Sec-Fetch-Mode", "navigate");
    add(&request, "Sec-Fetch-Dest", "document");
    return request;
}

static void test_b3_popup(void **state)
{
    (void)state;
    struct request status = popup_get("/v1/status");
    struct request begin = popup_post("/v1/operations/authenticate");
    assert_served(&status, ROUTE_STATUS, 0);
    assert_served(&begin, ROUTE_OPERATIONS_AUTHENTICATE, 60);
    assert_int_equal(decide(&begin).caller, CALLER_POPUP);
    assert_string_equal(decide(&begin).portal->origin, PORTAL);
    set(&begin, "Host", "[::1]:27310");
    assert_stranger(&begin);
    set(&begin, "Origin", "http://[::1]:27310");
    assert_served(&begin, ROUTE_OPERATIONS_AUTHENTICATE, 60);
    add(&begin, "Origin", "http://[::1]:27310");
    assert_stranger(&begin);
    drop(&begin, "Origin");
    assert_stranger(&begin);
    add(&status, "Piradi-Portal", PORTAL);
    assert_stranger(&status);
    struct request sync = popup_post("/v1/authenticate");
    assert_stranger(&sync);
    struct request events = popup_get("/v1/events");
    assert_stranger(&events);
    struct request preflight = popup_get("/v1/status");
    preflight.method = "OPTIONS";
    add(&preflight, "Origin", "http://127.0.0.1:27310");
    add(&preflight, "Access-Control-Request-Method", "GET");
    assert_stranger(&preflight);
}

static void test_a5_forged_report(void **state)
{
    (void)state;
    struct request request = get("/v1/status");
    add(&request, "Piradi-Portal", LOGIN_ONLY);
    assert_stranger(&request);
}

static void test_b8_window(void **state)
{
    (void)state;
    struct request request = window();
    struct decision decision = decide(&request);
    assert_int_equal(decision.verdict, VERDICT_SERVE);
    assert_int_equal(decision.route_id, ROUTE_POPUP);
    assert_int_equal(decision.caller, CALLER_WINDOW);
    assert_null(decision.portal);
    request.target = "/v1/status";
    assert_stranger(&request);
    request = window();
    set(&request, "Sec-Fetch-Dest", "iframe");
    assert_stranger(&request);
    request = window();
    add(&request, "Origin", "null");
    assert_stranger(&request);
    request = window();
    add(&request, "Sec-Fetch-Dest", "document");
    assert_stranger(&request);
    request = window();
    set(&request, "Host", "rebound.example:27310");
    assert_refused(&request, 421, STATUS_BAD_REQUEST);
}

static void test_b2_host(void **state)
{
    static const char *const wrong[] = {
        "",
        "localhost:27310",
        "LOCALHOST:27310",
        "127.0.0.1",
        "[::1]",
        "127.0.0.1:27311",
        "127.0.0.1.:27310",
        "127.0.0.1:27310.",
        "127.1:27310",
        "rebound.example:27310",
        "[::1%lo]:27310",
        "[0:0:0:0:0:0:0:1]:27310",
        "127.0.0.1:27310 ",
        "[::FFFF:127.0.0.1]:27310",
    };
    (void)state;
    struct request request = get("/v1/status");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set(&request, "Host", wrong[i]);
        assert_refused(&request, 421, STATUS_BAD_REQUEST);
    }
    drop(&request, "Host");
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    add(&request, "Host", "127.0.0.1:27310");
    add(&request, "hOST", "127.0.0.1:27310");
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
}

static void test_b2_version(void **state)
{
    static const char *const wrong[] = {"HTTP/1.0", "HTTP/0.9", "HTTP/1.2",
                                        "HTTP/2.0", "",         "http/1.1"};
    (void)state;
    struct request request = get("/v1/status");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request.version = wrong[i];
        assert_refused(&request, 400, STATUS_BAD_REQUEST);
    }
}

static void test_b3_origin(void **state)
{
    static const char *const wrong[] = {
        "",
        "null",
        "https://portal.piradi.test.evil.example",
        "https://evilportal.piradi.test",
        "https://portal.piradi.test:443",
        "https://portal.piradi.test:8443",
        "http://portal.piradi.test",
        "HTTPS://portal.piradi.test",
        "https://Portal.piradi.test",
        "https://portal.piradi.test/",
        "https://portal.piradi.test https://evil.example",
        "https://portal.piradi.tes",
        "http://127.0.0.1:27310",
    };
    (void)state;
    struct request request = get("/v1/status");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set(&request, "Origin", wrong[i]);
        assert_stranger(&request);
    }
    drop(&request, "Origin");
    assert_stranger(&request);
}

static void test_b3_two_origins(void **state)
{
    (void)state;
    struct request request = get("/v1/status");
    add(&request, "Origin", "https://evil.example");
    assert_stranger(&request);
    set(&request, "Origin", "https://evil.example");
    drop(&request, "Origin");
    add(&request, "Origin", "https://evil.example");
    add(&request, "origin", PORTAL);
    assert_stranger(&request);
    drop(&request, "Origin");
    add(&request, "Origin", PORTAL);
    assert_stranger(&request);
}

static void test_b6_content_type(void **state)
{
    static const char *const wrong[] = {
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/pdf",
        "application/jsonp",
    };
    (void)state;
    struct request request = post("/v1/authenticate", "application/json", "60");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set(&request, "Content-Type", wrong[i]);
        assert_refused(&request, 415, STATUS_BAD_REQUEST);
    }
    drop(&request, "Content-Type");
    assert_refused(&request, 415, STATUS_BAD_REQUEST);
    add(&request, "Content-Type", "application/json");
    add(&request, "content-type", "application/json");
    assert_refused(&request, 415, STATUS_BAD_REQUEST);
    struct request upload = post("/v1/documents", "application/json", "60");
    assert_refused(&upload, 415, STATUS_BAD_REQUEST);
}

static void test_b7_preflight_is_exact(void **state)
{
    static const struct {
        const char *path;
        const char *method;
        const char *headers; /* NULL: none */
        bool allowed;
    } rows[] = {
        {"/v1/status", "GET", NULL, true},
        {"/v1/events", "GET", NULL, true},
        {"/v1/authenticate", "POST", "content-type", true},
        {"/v1/documents", "POST", "content-type", true},
        {"/v1/sign", "POST", "content-type", true},
        {"/v1/sign", "POST", NULL, true},
        {"/v1/status", "GET", "content-type", false},
        {"/v1/status", "POST", NULL, false},
        {"/v1/sign", "GET", NULL, false},
        {"/v1/sign", "post", NULL, false},
        {"/v1/sign", "POST, GET", NULL, false},
        {"/v1/sign", "POST", "content-type,x-secret", false},
        {"/v1/sign", "POST", "authorization", false},
        {"/v1/sign", "POST", "", false},
        {"/v1/other", "GET", NULL, false},
        {"*", "GET", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request request = options(rows[i].path, rows[i].method);
        if (rows[i].headers != NULL) {
            add(&request, "Access-Control-Request-Headers", rows[i].headers);
        }
        struct decision decision = decide(&request);
        assert_int_equal(decision.verdict == VERDICT_PREFLIGHT, rows[i].allowed);
        assert_int_equal(decision.route != NULL, rows[i].allowed);
        set(&request, "Origin", "https://evil.example");
        assert_int_equal(decide(&request).verdict, VERDICT_REFUSE);
    }
    struct request bare = options("/v1/sign", "POST");
    drop(&bare, "Access-Control-Request-Method");
    assert_stranger(&bare);
}

static void test_b8_only_scripts(void **state)
{
    static const char *const wrong[][3] = {
        {"cross-site", "navigate", "document"},
        {"cross-site", "no-cors", "empty"},
        {"cross-site", "no-cors", "image"},
        {"cross-site", "navigate", "iframe"},
        {"cross-site", "cors", "script"},
        {"cross-site", "websocket", "empty"},
        {"none", "cors", "empty"},
        {"same-origin", "cors", "empty"},
        {"cross-site", "CORS", "empty"},
        {"", "", ""},
    };
    static const char *const names[] = {"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct request request = get("/v1/status");
        for (size_t j = 0; j < 3; j++) {
            set(&request, names[j], wrong[i][j]);
        }
        assert_stranger(&request);
    }
    for (size_t j = 0; j < 3; j++) {
        struct request absent = get("/v1/status");
        drop(&absent, names[j]);
        assert_stranger(&absent);
        struct request twice = get("/v1/status");
        add(&twice, names[j], "cors");
        assert_stranger(&twice);
    }
}

static void test_b16_sizes(void **state)
{
    (void)state;
    char filler[REQUEST_HEADER_BYTES_MAX] = "";
    struct request request = get("/v1/status");
    add(&request, "X-Filler", filler);
    memset(filler, 'a', REQUEST_HEADER_BYTES_MAX - written_size(&request));
    assert_served(&request, ROUTE_STATUS, 0);
    filler[strlen(filler)] = 'a';
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    drop(&request, "X-Filler");
    request.header_count = REQUEST_HEADERS_MAX + 1;
    assert_refused(&request, 400, STATUS_BAD_REQUEST);

    struct request json = post("/v1/sign", "application/json", "16385");
    assert_refused(&json, 413, STATUS_BAD_REQUEST);
    struct request document = post("/v1/documents", "application/pdf", "1073741825");
    assert_refused(&document, 413, STATUS_DOCUMENT_TOO_LARGE);
    set(&document, "Content-Length", "9999999999999999999");
    assert_refused(&document, 413, STATUS_DOCUMENT_TOO_LARGE);
    struct request body = get("/v1/status");
    add(&body, "Content-Length", "1");
    assert_refused(&body, 400, STATUS_BAD_REQUEST);
    set(&body, "Content-Length", "0");
    assert_served(&body, ROUTE_STATUS, 0);
}

static void test_b19_length(void **state)
{
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        "0x10",
                                        "1 ",
                                        " 1",
                                        "1,1",
                                        "18446744073709551616",
                                        "1e3",
                                        "0",
                                        "99999999999999999999999"};
    (void)state;
    struct request request = post("/v1/sign", "application/json", "60");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set(&request, "Content-Length", wrong[i]);
        assert_refused(&request, 400, STATUS_BAD_REQUEST);
    }
    drop(&request, "Content-Length");
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    add(&request, "Content-Length", "60");
    add(&request, "content-length", "60");
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    struct request both = post("/v1/sign", "application/json", "60");
    add(&both, "transfer-encoding", "chunked");
    assert_refused(&both, 400, STATUS_BAD_REQUEST);
    drop(&both, "Content-Length");
    assert_refused(&both, 400, STATUS_BAD_REQUEST);
}

static void test_b19_target(void **state)
{
    static const char *const malformed[] = {"http://127.0.0.1:27310/v1/status",
                                            "*",
                                            "",
                                            "v1/status",
                                            "/v1/status%00",
                                            "/v1/%73tatus",
                                            "/v1\\status",
                                            "/v1/status#a"};
    static const char *const unknown[] = {"/",
                                          "/v1",
                                          "/v1/",
                                          "/v1/status/",
                                          "/V1/status",
                                          "//v1/status",
                                          "/v1/../v1/status",
                                          "/v1/status?a=b",
                                          "/v1/status?",
                                          "/v2",
                                          "/vx/status"};
    (void)state;
    struct request request = get("/");
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        request.target = malformed[i];
        assert_refused(&request, 400, STATUS_BAD_REQUEST);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        request.target = unknown[i];
        assert_stranger(&request);
    }
    request.target = "/v2/status";
    assert_refused(&request, 400, STATUS_VERSION_UNSUPPORTED);
    set(&request, "Origin", "https://evil.example");
    assert_stranger(&request);
}

static void test_b19_plainly_written(void **state)
{
    (void)state;
    struct request request = get("/v1/status");
    size_t size = written_size(&request);
    request.header_bytes = size;
    assert_served(&request, ROUTE_STATUS, 0);
    request.header_bytes = size - 1;
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    request.header_bytes = size + 1;
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
    add(&request, "X-Empty", "");
    size = written_size(&request);
    request.header_bytes = size;
    assert_served(&request, ROUTE_STATUS, 0);
    request.header_bytes = size - 1;
    assert_served(&request, ROUTE_STATUS, 0);
    request.header_bytes = size - 2;
    assert_refused(&request, 400, STATUS_BAD_REQUEST);
}

static void test_b19_method(void **state)
{
    static const char *const wrong[] = {"HEAD",  "POST",    "PUT", "DELETE", "PATCH",
                                        "TRACE", "CONNECT", "get", "",       "PIRADI"};
    (void)state;
    struct request request = get("/v1/status");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request.method = wrong[i];
        assert_refused(&request, 405, STATUS_BAD_REQUEST);
        assert_string_equal(decide(&request).route->method, "GET");
    }
}

static void test_policy(void **state)
{
    (void)state;
    struct request login = post("/v1/authenticate", "application/json", "60");
    struct request sign = post("/v1/sign", "application/json", "60");
    struct request upload = post("/v1/documents", "application/pdf", "60");
    set(&login, "Origin", LOGIN_ONLY);
    set(&sign, "Origin", LOGIN_ONLY);
    set(&upload, "Origin", LOGIN_ONLY);
    assert_served(&login, ROUTE_AUTHENTICATE, 60);
    assert_refused(&sign, 403, STATUS_POLICY_REFUSED);
    assert_refused(&upload, 403, STATUS_POLICY_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serves),
        cmocka_unit_test(test_b3_popup),
        cmocka_unit_test(test_a5_forged_report),
        cmocka_unit_test(test_b8_window),
        cmocka_unit_test(test_b2_host),
        cmocka_unit_test(test_b2_version),
        cmocka_unit_test(test_b3_origin),
        cmocka_unit_test(test_b3_two_origins),
        cmocka_unit_test(test_b6_content_type),
        cmocka_unit_test(test_b7_preflight_is_exact),
        cmocka_unit_test(test_b8_only_scripts),
        cmocka_unit_test(test_b16_sizes),
        cmocka_unit_test(test_b19_length),
        cmocka_unit_test(test_b19_target),
        cmocka_unit_test(test_b19_plainly_written),
        cmocka_unit_test(test_b19_method),
        cmocka_unit_test(test_policy),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
