#include <fcntl.h>
#include <pango/pangocairo.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "portal/compose.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static struct buffer composed(const struct letter *letter, unsigned *pages)
{
    struct buffer pdf;
    const char *detail = NULL;
    buffer_init(&pdf, LETTER_PDF_MAX);
    assert_int_equal(compose_pdf(letter, &pdf, pages, &detail), STATUS_OK);
    return pdf;
}

static char pdftotext[] = "pdftotext"; /* not const, because posix_spawnp's arguments are not */
static char pdffonts[] = "pdffonts";
static char as_laid_out[] = "-layout";
static char as_drawn[] = "-raw";
static char to_output[] = "-";

/* Runs one of poppler's programs on a PDF, its output into a file; arguments end with NULL. */
static void run(char *const arguments[], const char *output)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int status = 0;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output,
                                                      O_WRONLY | O_CREAT | O_TRUNC, 0600),
                     0);
    assert_int_equal(posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    posix_spawn_file_actions_destroy(&actions);
}

/* What the program says about the PDF; for free(). option may be NULL. */
static char *asked(const struct fixture *fixture, const struct buffer *pdf, char *program,
                   char *option)
{
    char *path = fixture_write(fixture, "letter.pdf", pdf->bytes, pdf->size);
    char *output = fixture_write(fixture, "said.txt", "", 0);
    char *to = program == pdftotext ? to_output : NULL;
    char *const with[] = {program, option, path, to, NULL};
    char *const without[] = {program, path, to, NULL};
    run(option != NULL ? with : without, output);
    FILE *file = fopen(output, "r");
    assert_non_null(file);
    char *said = calloc(1, 65536);
    assert_non_null(said);
    assert_true(fread(said, 1, 65535, file) > 0);
    fclose(file);
    free(output);
    free(path);
    return said;
}

static void the_pdf_holds_the_georgian_text(void **state)
{
    struct letter letter = test_letter("0123456789abcdef0123456789abcdef", TEST_NOW);
    unsigned pages = 0;
    struct buffer pdf = composed(&letter, &pages);
    assert_int_equal(pages, 1);
    char *text = asked(*state, &pdf, pdftotext, as_laid_out);
    static const char *const expected[] = {
        "ნიმუშის სამსახური",
        "ნიმუში ნიმუშაძე",
        "01001012345",
        "2026 წლის 24 ნოემბერი", /* 03:00 in Georgia */
        "მოთხოვნა საჯარო ინფორმაციის შესახებ",
        "გთხოვთ, მომაწოდოთ ინფორმაცია.",
        "პატივისცემით",
        "გვერდი 1 / 1",
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_non_null(strstr(text, expected[i]));
    }
    free(text);
    buffer_free(&pdf);
    letter_clear(&letter);
}

static void every_font_is_embedded(void **state)
{
    struct letter letter = test_letter("0123456789abcdef0123456789abcdef", TEST_NOW);
    unsigned pages = 0;
    struct buffer pdf = composed(&letter, &pages);
    char *fonts = asked(*state, &pdf, pdffonts, NULL);
    size_t count = 0;
    /* Two lines of heading; then "emb sub uni" follow the encoding's column. */
    char *line = strchr(strchr(fonts, '\n') + 1, '\n') + 1;
    for (char *end = strchr(line, '\n'); end != NULL; line = end + 1, end = strchr(line, '\n')) {
        *end = '\0';
        assert_non_null(strstr(line, " yes yes yes "));
        count++;
    }
    assert_true(count >= 2);
    free(fonts);
    buffer_free(&pdf);
    letter_clear(&letter);
}

static void the_same_letter_gives_the_same_bytes(void **state)
{
    (void)state;
    struct letter letter = test_letter("0123456789abcdef0123456789abcdef", TEST_NOW);
    unsigned pages = 0;
    struct buffer first = composed(&letter, &pages);
    struct buffer second = composed(&letter, &pages);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes, second.bytes, first.size);
    buffer_free(&first);
    buffer_free(&second);
    letter_clear(&letter);
}

/* A letter whose text is this many lines of so many words. */
static struct letter long_letter(size_t lines, const char *line)
{
    struct letter letter = test_letter("0123456789abcdef0123456789abcdef", TEST_NOW);
    char *text = calloc(lines, strlen(line) + 2);
    assert_non_null(text);
    char *to = text;
    for (size_t i = 0; i < lines; i++) {
        to = stpcpy(to, line);
        *to++ = '\n';
    }
    const char *detail = NULL;
    assert_int_equal(letter_write(&letter, "გრძელი", text, &detail), STATUS_OK);
    free(text);
    return letter;
}

static void a_long_letter_goes_on_over_pages(void **state)
{
    struct letter letter = long_letter(150, "კვერი");
    unsigned pages = 0;
    struct buffer pdf = composed(&letter, &pages);
    assert_true(pages >= 3 && pages <= 5);
    char last[64];
    snprintf(last, sizeof last, "გვერდი %u / %u", pages, pages);
    char *text = asked(*state, &pdf, pdftotext, NULL);
    assert_non_null(strstr(text, last));
    size_t words = 0;
    for (const char *at = text; (at = strstr(at, "კვერი")) != NULL; at++) {
        words++;
    }
    assert_int_equal(words, 150);
    free(text);

    struct buffer png;
    buffer_init(&png, LETTER_PDF_MAX);
    assert_int_equal(compose_preview(&letter, pages, &png), STATUS_OK);
    assert_memory_equal(png.bytes, "\x89PNG", 4);
    assert_int_equal(compose_preview(&letter, pages + 1, &png), STATUS_OPERATION_UNKNOWN);
    assert_int_equal(compose_preview(&letter, 0, &png), STATUS_OPERATION_UNKNOWN);
    buffer_free(&png);
    buffer_free(&pdf);
    letter_clear(&letter);
}

static void refuses_what_it_cannot_show(void **state)
{
    (void)state;
    struct buffer pdf;
    unsigned pages = 7;
    const char *detail = NULL;
    buffer_init(&pdf, LETTER_PDF_MAX);
    struct letter letter = long_letter(1, "\xf0\x98\xac\x80"); /* Khitan, in no font of Debian's */
    assert_int_equal(compose_pdf(&letter, &pdf, &pages, &detail), STATUS_BAD_REQUEST);
    assert_string_equal(detail, "subject, text: a character that cannot be shown");
    letter_clear(&letter);
    letter = long_letter(5000, "ა");
    assert_int_equal(compose_pdf(&letter, &pdf, &pages, &detail), STATUS_BAD_REQUEST);
    assert_string_equal(detail, "text: more than 40 pages");
    assert_int_equal(pdf.size, 0);
    assert_int_equal(pages, 7);
    letter_clear(&letter);
    buffer_free(&pdf);
}

static void a_word_without_end_is_broken(void **state)
{
    (void)state;
    char word[3 * 1000 + 1] = "";
    char *to = word;
    for (size_t i = 0; i < 1000; i++) {
        to = stpcpy(to, "ა");
    }
    struct letter letter = long_letter(1, word);
    unsigned pages = 0;
    struct buffer pdf = composed(&letter, &pages);
    char *text = asked(*state, &pdf, pdftotext, as_drawn);
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "აააააააააა")) != NULL; at += 30) {
        count++;
    }
    assert_true(count >= 90);
    free(text);
    buffer_free(&pdf);
    letter_clear(&letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pdf_holds_the_georgian_text),
        cmocka_unit_test(every_font_is_embedded),
        cmocka_unit_test(the_same_letter_gives_the_same_bytes),
        cmocka_unit_test(a_long_letter_goes_on_over_pages),
        cmocka_unit_test(refuses_what_it_cannot_show),
        cmocka_unit_test(a_word_without_end_is_broken),
    };
    int failed = cmocka_run_group_tests(tests, fixture_make, fixture_remove);
    pango_cairo_font_map_set_default(NULL);
    return failed;
}
