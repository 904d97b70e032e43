#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portal/letter.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static void store_draft(struct fixture *fixture, const char *id, int64_t composed,
                        enum status expected)
{
    struct letter letter = test_letter(id, composed);
    struct buffer pdf;
    buffer_init(&pdf, 64);
    assert_true(put_bytes(&pdf, "%PDF draft", 10));
    assert_int_equal(letter_insert(fixture->store, &letter, &pdf), expected);
    buffer_free(&pdf);
    letter_clear(&letter);
}

static void a_draft_comes_back_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct letter found;
    store_draft(fixture, "a1", TEST_NOW, STATUS_OK);
    fixture_reopen(fixture);
    assert_int_equal(letter_find(fixture->store, &test_citizen, "a1", &found), STATUS_OK);
    assert_string_equal(found.sender.name, test_citizen.name);
    assert_string_equal(found.body.name_ka, "ნიმუშის სამსახური");
    assert_string_equal(found.subject, "მოთხოვნა საჯარო ინფორმაციის შესახებ");
    assert_non_null(strstr(found.text, "\n\nპატივისცემით"));
    assert_int_equal(found.composed, TEST_NOW);
    assert_int_equal(found.sent, 0);
    letter_clear(&found);
    assert_int_equal(letter_find(fixture->store, &test_citizen, "a2", &found),
                     STATUS_OPERATION_UNKNOWN);
}

static void another_citizens_letter_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    struct letter found;
    struct buffer pdf;
    buffer_init(&pdf, 1024);
    store_draft(fixture, "a1", TEST_NOW, STATUS_OK);
    assert_int_equal(letter_find(fixture->store, &test_other, "a1", &found),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(letter_pdf(fixture->store, &test_other, "a1", LETTER_DRAFT, &pdf),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(letter_send(fixture->store, &test_other, "a1", "s", 1, TEST_NOW),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(letter_discard(fixture->store, &test_other, "a1"), STATUS_OPERATION_UNKNOWN);
    assert_int_equal(letter_find(fixture->store, &test_citizen, "a1", &found), STATUS_OK);
    letter_clear(&found);
    buffer_free(&pdf);
}

static void a_letter_is_sent_once_and_stays(void **state)
{
    struct fixture *fixture = *state;
    struct letter found;
    struct buffer pdf;
    buffer_init(&pdf, 1024);
    store_draft(fixture, "a1", TEST_NOW, STATUS_OK);
    assert_int_equal(letter_pdf(fixture->store, &test_citizen, "a1", LETTER_SIGNED, &pdf),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(
        letter_send(fixture->store, &test_citizen, "a1", "%PDF signed", 11, TEST_NOW + 60),
        STATUS_OK);
    assert_int_equal(letter_send(fixture->store, &test_citizen, "a1", "again", 5, TEST_NOW + 61),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(letter_discard(fixture->store, &test_citizen, "a1"), STATUS_OPERATION_UNKNOWN);
    fixture_reopen(fixture);
    assert_int_equal(letter_find(fixture->store, &test_citizen, "a1", &found), STATUS_OK);
    assert_int_equal(found.sent, TEST_NOW + 60);
    letter_clear(&found);
    assert_int_equal(letter_pdf(fixture->store, &test_citizen, "a1", LETTER_SIGNED, &pdf),
                     STATUS_OK);
    assert_int_equal(pdf.size, 11);
    assert_memory_equal(pdf.bytes, "%PDF signed", 11);
    assert_int_equal(letter_pdf(fixture->store, &test_citizen, "a1", LETTER_DRAFT, &pdf),
                     STATUS_OK);
    assert_memory_equal(pdf.bytes + 11, "%PDF draft", 10);
    buffer_free(&pdf);
}

static bool note_id(void *user, const struct letter *letter)
{
    char *ids = user;
    assert_null(letter->text);
    memcpy(ids + strlen(ids), letter->id, strlen(letter->id) + 1);
    return true;
}

static bool refuse(void *user, const struct letter *letter)
{
    (void)letter;
    return --*(int *)user > 0;
}

static void the_latest_is_listed_first(void **state)
{
    struct fixture *fixture = *state;
    char ids[32] = "";
    int visits = 2;
    store_draft(fixture, "a1", TEST_NOW, STATUS_OK);
    store_draft(fixture, "a2", TEST_NOW + 2, STATUS_OK);
    store_draft(fixture, "a3", TEST_NOW + 1, STATUS_OK);
    assert_int_equal(letter_send(fixture->store, &test_citizen, "a1", "s", 1, TEST_NOW + 9),
                     STATUS_OK);
    assert_int_equal(letter_list(fixture->store, &test_citizen, note_id, ids), STATUS_OK);
    assert_string_equal(ids, "a1a2a3");
    assert_int_equal(letter_list(fixture->store, &test_citizen, refuse, &visits), STATUS_INTERNAL);
    assert_int_equal(visits, 0);
    ids[0] = '\0';
    assert_int_equal(letter_list(fixture->store, &test_other, note_id, ids), STATUS_OK);
    assert_string_equal(ids, "");
}

static void drafts_are_counted(void **state)
{
    struct fixture *fixture = *state;
    char id[16];
    for (int i = 0; i < LETTER_DRAFTS_MAX; i++) {
        snprintf(id, sizeof id, "d%d", i);
        store_draft(fixture, id, TEST_NOW, STATUS_OK);
    }
    store_draft(fixture, "more", TEST_NOW, STATUS_TOO_MANY_REQUESTS);
    assert_int_equal(letter_discard(fixture->store, &test_citizen, "d0"), STATUS_OK);
    store_draft(fixture, "more", TEST_NOW, STATUS_OK);
    assert_int_equal(letter_send(fixture->store, &test_citizen, "d1", "s", 1, TEST_NOW), STATUS_OK);
    store_draft(fixture, "again", TEST_NOW, STATUS_OK);
}

static void what_is_written_is_tidied(void **state)
{
    (void)state;
    struct letter letter = {0};
    const char *detail = NULL;
    assert_int_equal(letter_write(&letter, "  თემა\t ", "\r\n ერთი\r\nორი\rსამი\n\n", &detail),
                     STATUS_OK);
    assert_string_equal(letter.subject, "თემა");
    assert_string_equal(letter.text, "ერთი\nორი\nსამი");
    letter_clear(&letter);
}

static char *repeated(const char *unit, size_t times)
{
    size_t size = strlen(unit);
    char *text = calloc(size, times + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++) {
        memcpy(text + i * size, unit, size);
    }
    text[size * times] = '\0';
    return text;
}

static void what_could_deceive_is_refused(void **state)
{
    (void)state;
    char *long_subject = repeated("ა", LETTER_SUBJECT_CHARACTERS_MAX + 1);
    char *long_text = repeated("ა", LETTER_TEXT_CHARACTERS_MAX + 1);
    const struct {
        const char *subject;
        const char *text;
    } wrong[] = {
        {"", "ტექსტი"},
        {" \n", "ტექსტი"},
        {"თემა", ""},
        {"თემა", "\r\n\t "},
        {"თე\nმა", "ტექსტი"},
        {"თემა", "\xe2\x80\xae txet"},    /* right-to-left override */
        {"\xe2\x81\xa6თემა", "ტექსტი"},   /* isolate */
        {"თემა", "ზარი\a"},               /* control */
        {"თემა", "\xe2\x80\x8b უხილავი"}, /* zero-width space */
        {"თემა", "\xe2\x80\xa8 ხაზი"},    /* line separator */
        {"თემა", "\xee\x80\x80 კერძო"},   /* private use */
        {"თემა", "\xff"},                 /* not UTF-8 */
        {long_subject, "ტექსტი"},
        {"თემა", long_text},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct letter letter = {0};
        const char *detail = NULL;
        assert_int_equal(letter_write(&letter, wrong[i].subject, wrong[i].text, &detail),
                         STATUS_BAD_REQUEST);
        assert_non_null(detail);
        assert_null(letter.subject);
    }
    free(long_subject);
    free(long_text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_draft_comes_back_as_it_was),
        TEST(another_citizens_letter_is_not_there),
        TEST(a_letter_is_sent_once_and_stays),
        TEST(the_latest_is_listed_first),
        TEST(drafts_are_counted),
        cmocka_unit_test(what_is_written_is_tidied),
        cmocka_unit_test(what_could_deceive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
