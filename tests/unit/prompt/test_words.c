/* What a person reads: both languages, every failure, and text of others made safe. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prompt/language.h"
#include "agent/prompt/sentences.h"
#include "agent/prompt/text.h"
#include "tests/unit/cmocka_all.h"

static void use(const char *code)
{
    for (size_t i = 0; i < language_count(); i++) {
        if (strcmp(language_code(i), code) == 0) {
            language_use(i);
            return;
        }
    }
    fail_msg("no language %s", code);
}

static bool is_georgian(const char *text)
{
    for (; *text != '\0'; text = g_utf8_find_next_char(text, NULL)) {
        if (g_unichar_get_script(g_utf8_get_char(text)) == G_UNICODE_SCRIPT_GEORGIAN) {
            return true;
        }
    }
    return false;
}

static void every_failure_has_its_sentence_in_both_languages(void **state)
{
    (void)state;
    for (int i = STATUS_OK + 1; i <= STATUS_INTERNAL; i++) {
        const struct sentence *sentence = sentence_of((enum status)i);
        if (i != STATUS_INTERNAL) {
            assert_ptr_not_equal(sentence, sentence_of(STATUS_INTERNAL));
        }
        use("en");
        assert_string_equal(_(sentence->what_happened), sentence->what_happened);
        assert_false(is_georgian(_(sentence->what_to_do)));
        use("ka");
        assert_true(is_georgian(_(sentence->what_happened)));
        assert_true(is_georgian(_(sentence->what_to_do)));
    }
}

static void every_failure_is_told_apart(void **state)
{
    (void)state;
    use("ka");
    for (int i = STATUS_OK + 1; i <= STATUS_INTERNAL; i++) {
        for (int j = i + 1; j <= STATUS_INTERNAL; j++) {
            assert_string_not_equal(_(sentence_of((enum status)i)->what_happened),
                                    _(sentence_of((enum status)j)->what_happened));
        }
    }
}

static void no_failure_has_no_words(void **state)
{
    (void)state;
    assert_ptr_equal(sentence_of(STATUS_OK), sentence_of(STATUS_INTERNAL));
    assert_ptr_equal(sentence_of((enum status)(STATUS_INTERNAL + 1)), sentence_of(STATUS_INTERNAL));
}

static void languages_name_themselves(void **state)
{
    (void)state;
    assert_int_equal(language_count(), 2);
    assert_string_equal(language_own_name(0), "ქართული");
    assert_string_equal(language_own_name(1), "English");
}

static void language_comes_from_the_environment(void **state)
{
    (void)state;
    /* main has set LANGUAGE before the first use. */
    assert_string_equal(language_code(language_current()), "ka");
}

static void assert_shown_as(const char *text, const char *shown)
{
    char *got = text_for_display(text);
    assert_string_equal(got, shown);
    g_free(got);
}

static void text_of_others_is_made_safe(void **state)
{
    (void)state;
    assert_shown_as("ნინო ნიმუში", "ნინო ნიმუში");
    assert_shown_as("a\nb\tc\x1b[1m", "a\uFFFDb\uFFFDc\uFFFD[1m");
    assert_shown_as("fdp.\u202Eexe\u2066\u200B", "fdp.\uFFFDexe\uFFFD\uFFFD");
    assert_shown_as("\u2028\u2029\uE000", "\uFFFD\uFFFD\uFFFD");
}

static void a_letter_keeps_its_lines(void **state)
{
    (void)state;
    char *shown = text_of_lines("ა\nb\r\n\nc\rd\x1b[1m\u202E");
    assert_string_equal(shown, "ა\nb\n\nc\uFFFDd\uFFFD[1m\uFFFD");
    g_free(shown);
}

static void long_text_is_cut(void **state)
{
    (void)state;
    char name[3 * (TEXT_SHOWN_MAX + 1) + 1] = "";
    for (size_t i = 0; i <= TEXT_SHOWN_MAX; i++) {
        memcpy(name + 3 * i, "ა", 4);
    }
    char *shown = text_for_display(name);
    assert_int_equal(g_utf8_strlen(shown, -1), TEXT_SHOWN_MAX + 1);
    assert_true(g_str_has_suffix(shown, "ა…"));
    g_free(shown);
    name[3 * (size_t)TEXT_SHOWN_MAX] = '\0';
    assert_shown_as(name, name);
}

static void assert_text(char *got, const char *expected)
{
    assert_string_equal(got, expected);
    g_free(got);
}

static void dates_and_sizes_are_as_the_language_writes_them(void **state)
{
    (void)state;
    const struct date date = {2028, 5, 1};
    use("en");
    assert_text(text_of_date(&date), "2028-05-01");
    assert_text(text_of_size(0), "0 bytes");
    assert_text(text_of_size(84213), "84.2 kB");
    assert_text(text_of_size(5000000000), "5000.0 MB");
    use("ka");
    assert_text(text_of_date(&date), "01.05.2028");
    assert_text(text_of_size(999), "999 ბაიტი");
    assert_text(text_of_size(1500000), "1.5 მბ");
    assert_text(text_of_digest("0123abcd"), "0123 abcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(language_comes_from_the_environment),
        cmocka_unit_test(languages_name_themselves),
        cmocka_unit_test(every_failure_has_its_sentence_in_both_languages),
        cmocka_unit_test(every_failure_is_told_apart),
        cmocka_unit_test(no_failure_has_no_words),
        cmocka_unit_test(text_of_others_is_made_safe),
        cmocka_unit_test(a_letter_keeps_its_lines),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(dates_and_sizes_are_as_the_language_writes_them),
    };
    setenv("LANGUAGE", "fr:ka_GE:en", 1);
    language_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
