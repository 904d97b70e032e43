/* What the portal's unit tests share: a private folder with a database in it. */
#ifndef PIRADI_TESTS_PORTAL_SUPPORT_H
#define PIRADI_TESTS_PORTAL_SUPPORT_H

#include "portal/citizen.h"
#include "portal/letter.h"
#include "portal/store.h"

#define TEST_NOW 1795474800 /* 2026-11-23T23:00:00Z */

struct fixture {
    char folder[64];
    char database[96];
    struct store *store;
};

extern const struct citizen test_citizen;
extern const struct citizen test_other;

/* Group or test fixtures of cmocka. */
int fixture_make(void **state);
int fixture_remove(void **state);

/* Closes the database and opens it again, as a new process would. */
void fixture_reopen(struct fixture *fixture);

/* A letter of test_citizen's that can be stored; clear it. */
struct letter test_letter(const char *id, int64_t composed);

/* Writes text to a file NAME in the fixture's folder and gives its path, for free(). */
char *fixture_write(const struct fixture *fixture, const char *name, const void *bytes,
                    size_t size);

#endif
