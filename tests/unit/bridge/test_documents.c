#include "browser-bridge/documents.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static const struct portal one = {.origin = "https://one.piradi.test"};
static const struct portal other = {.origin = "https://other.piradi.test"};

static uv_loop_t loop;
static struct documents *documents;

static int begin(void **state)
{
    (void)state;
    documents = uv_loop_init(&loop) == 0 ? documents_new(&loop) : NULL;
    return documents == NULL;
}

static int finish(void **state)
{
    (void)state;
    documents_free(&documents);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static struct document *begun(const struct portal *portal, uint64_t size)
{
    struct document *document = NULL;
    unsigned retry_after_s = 0;
    assert_int_equal(documents_begin(documents, portal, size, &document, &retry_after_s),
                     STATUS_OK);
    assert_non_null(document);
    return document;
}

static void assert_full(const struct portal *portal, uint64_t size)
{
    struct document *document = NULL;
    unsigned retry_after_s = 0;
    assert_int_equal(documents_begin(documents, portal, size, &document, &retry_after_s),
                     STATUS_TOO_MANY_REQUESTS);
    assert_null(document);
    assert_true(retry_after_s > 0);
}

static const char *keep(const char *text)
{
    struct document *document = begun(&one, strlen(text));
    assert_int_equal(document_append(document, (const uint8_t *)text, strlen(text)), STATUS_OK);
    assert_int_equal(document_keep(document), STATUS_OK);
    return document_id(document);
}

static void test_keeps_the_bytes(void **state)
{
    static const char sha256_of_abc[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char content[4] = "";
    (void)state;
    struct document *taken = documents_take(documents, keep("abc"), &one);
    assert_non_null(taken);
    assert_int_equal(document_size(taken), 3);
    assert_string_equal(document_sha256(taken), sha256_of_abc);
    assert_int_equal(pread(document_fd(taken), content, sizeof content, 0), 3);
    assert_memory_equal(content, "abc", 3);
    document_free(&taken);
}

static void test_b20_bound_to_its_portal_and_used_once(void **state)
{
    char id[DOCUMENT_ID_LENGTH + 1];
    (void)state;
    memcpy(id, keep("abc"), sizeof id);
    assert_int_equal(strlen(id), DOCUMENT_ID_LENGTH);
    assert_null(documents_take(documents, id, &other));
    assert_null(documents_take(documents, "", &one));
    struct document *taken = documents_take(documents, id, &one);
    assert_non_null(taken);
    assert_null(documents_take(documents, id, &one));
    document_free(&taken);
    assert_null(documents_take(documents, id, &one));
}

static void test_an_unfinished_one_is_none(void **state)
{
    (void)state;
    struct document *document = begun(&one, 4);
    assert_int_equal(document_append(document, (const uint8_t *)"abc", 3), STATUS_OK);
    assert_null(documents_take(documents, document_id(document), &one));
    assert_int_equal(document_keep(document), STATUS_INTERNAL);
    assert_int_equal(document_append(document, (const uint8_t *)"de", 2),
                     STATUS_DOCUMENT_TOO_LARGE);
    document_free(&document);
}

static void test_number_is_bounded(void **state)
{
    struct document *held[DOCUMENTS_PER_PORTAL_MAX];
    (void)state;
    for (size_t i = 0; i < DOCUMENTS_PER_PORTAL_MAX; i++) {
        held[i] = begun(&one, 1);
    }
    assert_full(&one, 1);
    struct document *others = begun(&other, 1);
    document_free(&held[0]);
    held[0] = begun(&one, 1);
    for (size_t i = 0; i < DOCUMENTS_PER_PORTAL_MAX; i++) {
        document_free(&held[i]);
    }
    document_free(&others);
}

static void test_size_is_bounded(void **state)
{
    (void)state;
    struct document *large = begun(&one, DOCUMENTS_PER_PORTAL_BYTES_MAX - 1);
    assert_full(&one, 2);
    struct document *small = begun(&one, 1);
    struct document *others = begun(&other, DOCUMENTS_PER_PORTAL_BYTES_MAX);
    static const struct portal third = {.origin = "https://third.piradi.test"};
    assert_full(&third, 1);
    assert_full(&third, UINT64_MAX);
    document_free(&large);
    document_free(&small);
    document_free(&others);
}

static void test_expires(void **state)
{
    char id[DOCUMENT_ID_LENGTH + 1];
    (void)state;
    memcpy(id, keep("abc"), sizeof id);
    /* The loop's only clock is the system's: what expires is seen by the timer that is set for it.
     */
    assert_int_equal(uv_loop_alive(&loop), 1);
    struct document *taken = documents_take(documents, id, &one);
    assert_non_null(taken);
    assert_int_equal(uv_loop_alive(&loop), 0);
    document_free(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps_the_bytes, begin, finish),
        cmocka_unit_test_setup_teardown(test_b20_bound_to_its_portal_and_used_once, begin, finish),
        cmocka_unit_test_setup_teardown(test_an_unfinished_one_is_none, begin, finish),
        cmocka_unit_test_setup_teardown(test_number_is_bounded, begin, finish),
        cmocka_unit_test_setup_teardown(test_size_is_bounded, begin, finish),
        cmocka_unit_test_setup_teardown(test_expires, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
