#include "tests/unit/portal/support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

const struct citizen test_citizen = {"ნიმუში ნიმუშაძე", "01001012345"};
const struct citizen test_other = {"სხვა სხვაძე", "01001054321"};

int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/piradi-portal-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->database, sizeof fixture->database, "%s/portal.db", fixture->folder);
    fixture->store = store_open(fixture->database);
    assert_non_null(fixture->store);
    *state = fixture;
    return 0;
}

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

int fixture_remove(void **state)
{
    struct fixture *fixture = *state;
    store_close(&fixture->store);
    assert_int_equal(nftw(fixture->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(fixture);
    return 0;
}

void fixture_reopen(struct fixture *fixture)
{
    store_close(&fixture->store);
    fixture->store = store_open(fixture->database);
    assert_non_null(fixture->store);
}

struct letter test_letter(const char *id, int64_t composed)
{
    struct letter letter = {
        .sender = test_citizen,
        .body = {"specimen", "ნიმუშის სამსახური", "Specimen Office"},
        .pages = 1,
        .composed = composed,
    };
    const char *detail = NULL;
    snprintf(letter.id, sizeof letter.id, "%s", id);
    assert_int_equal(letter_write(&letter, "მოთხოვნა საჯარო ინფორმაციის შესახებ",
                                  "გთხოვთ, მომაწოდოთ ინფორმაცია.\n\nპატივისცემით", &detail),
                     STATUS_OK);
    return letter;
}

char *fixture_write(const struct fixture *fixture, const char *name, const void *bytes, size_t size)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", fixture->folder, name) > 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}
