#include "certs/subject.h"

#include <string.h>

#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"

static void check_safe(const char *given, const char *expected)
{
    char text[64];
    subject_safe_text(given, strlen(given), text, sizeof text);
    assert_string_equal(text, expected);
}

static void reads_a_citizen(void **state)
{
    (void)state;
    struct wish ca = pki_root_wish;
    struct identity issuer = pki_issue(&ca, NULL);
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    struct identity citizen = pki_issue(&wish, &issuer);
    struct subject subject;
    assert_true(subject_read(citizen.certificate, &subject));
    assert_string_equal(subject.name, "ნინო ბერიძე");
    assert_string_equal(subject.given_name, "ნინო");
    assert_string_equal(subject.surname, "ბერიძე");
    assert_string_equal(subject.personal_number, "01001012345");
    assert_string_equal(subject.country, "GE");
    assert_string_equal(subject.issuer, "SPECIMEN GEO Root CA");
    assert_int_equal(subject.valid_until, PKI_NOW + 900 * PKI_DAY);
    assert_string_equal(subject.valid_until_date, "2029-05-11");
    pki_free(&citizen);
    pki_free(&issuer);
}

static void personal_number_has_eleven_digits(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0100101234", "010010123456", "01001-12345", "PNOEE-1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct wish wish = pki_sign_wish;
        wish.key = "P-256";
        wish.serial_number = wrong[i][0] != '\0' ? wrong[i] : NULL;
        struct identity citizen = pki_issue(&wish, NULL);
        struct subject subject;
        assert_true(subject_read(citizen.certificate, &subject));
        assert_string_equal(subject.personal_number, "");
        pki_free(&citizen);
    }
}

static void a_repeated_or_missing_name_is_refused(void **state)
{
    (void)state;
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    struct identity citizen = pki_issue(&wish, NULL);
    struct subject subject = {.country = "XX"};
    X509_NAME *name = X509_get_subject_name(citizen.certificate);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)"other", -1, -1, 0),
                     1);
    assert_false(subject_read(citizen.certificate, &subject));
    assert_string_equal(subject.country, "XX");
    pki_free(&citizen);
    wish.common_name = NULL;
    citizen = pki_issue(&wish, NULL);
    assert_false(subject_read(citizen.certificate, &subject));
    pki_free(&citizen);
}

static void dangerous_characters_are_replaced(void **state)
{
    (void)state;
    check_safe("ნინო ბერიძე", "ნინო ბერიძე");
    check_safe("a\nb\x7f", "a\xEF\xBF\xBD"
                           "b\xEF\xBF\xBD");
    check_safe("x\xE2\x80\xAEy", "x\xEF\xBF\xBDy");         /* right-to-left override */
    check_safe("x\xD8\x9Cy", "x\xEF\xBF\xBDy");             /* Arabic letter mark */
    check_safe("x\xE2\x81\xA6y", "x\xEF\xBF\xBDy");         /* isolate */
    check_safe("x\xF3\xA0\x81\x81y", "x\xEF\xBF\xBDy");     /* tag */
    check_safe("\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD");     /* overlong */
    check_safe("\xED\xA0\x80", "\xEF\xBF\xBD");             /* surrogate */
    check_safe("\xF4\x90\x80\x80", "\xEF\xBF\xBD");         /* beyond Unicode */
    check_safe("ab\xE1\x83", "ab\xEF\xBF\xBD\xEF\xBF\xBD"); /* cut off */
    check_safe("\xFF", "\xEF\xBF\xBD");
}

static void a_long_text_ends_in_an_ellipsis(void **state)
{
    (void)state;
    char text[8];
    subject_safe_text("1234567", 7, text, sizeof text);
    assert_string_equal(text, "1234567");
    subject_safe_text("12345678", 8, text, sizeof text);
    assert_string_equal(text, "1234\xE2\x80\xA6");
    subject_safe_text("\xE1\x83\x90\xE1\x83\x90\xE1\x83\x90", 9, text, sizeof text);
    assert_string_equal(text, "\xE1\x83\x90\xE2\x80\xA6");
    char least[4];
    subject_safe_text("abcdef", 6, least, sizeof least);
    assert_string_equal(least, "\xE2\x80\xA6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_citizen),
        cmocka_unit_test(personal_number_has_eleven_digits),
        cmocka_unit_test(a_repeated_or_missing_name_is_refused),
        cmocka_unit_test(dangerous_characters_are_replaced),
        cmocka_unit_test(a_long_text_ends_in_an_ellipsis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
