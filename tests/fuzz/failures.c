/*
 * The module when every request to the operating system, and every call to the reader, fails in
 * turn: no crash, nothing kept, no PIN left verified, the right code, and all is well again after.
 */
#include <p11-kit/pkcs11.h>

#include "base/ckr.h"
#include "tests/fuzz/application.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/hostile_pcsc.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/pkcs11/fake_card.h"

#define SEEDS 60
#define PER_MILLION 500
/* How often a good run follows one with failures. */
#define WELL_EVERY 8
/* They are thousands. */
#define OPENSSL_STEP 5

/* OpenSSL makes on its first use what it keeps for ever. */
static int warm_up(void **state)
{
    (void)state;
    hostile_begin(NULL, 0);
    return application_run() == CKR_OK && application_run() == CKR_OK ? 0 : -1;
}

static void nothing_is_kept(long held)
{
    faults_refuse_at(FAULTS_OF_OURS, FAULTS_NEVER);
    hostile_fail_at(HOSTILE_NEVER, STATUS_OK);
    assert_int_equal(faults_held(), held);
    assert_false(fake_card_is_verified());
}

static void all_is_well(long held)
{
    static unsigned times;
    nothing_is_kept(held);
    if (times++ % WELL_EVERY != 0) {
        return;
    }
    hostile_begin(NULL, 0);
    assert_int_equal(application_run(), CKR_OK);
    assert_int_equal(faults_held(), held);
}

static bool is_one_of(CK_RV rv, const CK_RV *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == rv) {
            return true;
        }
    }
    return false;
}

/* Every step-th of them. Gives how many there were. */
static unsigned long refuse_in_turn(enum faults_of whose, unsigned long step, const CK_RV *codes,
                                    size_t count)
{
    unsigned long nth = 1;
    bool reached = true;
    while (reached) {
        long held = faults_held();
        hostile_begin(NULL, 0);
        faults_refuse_at(whose, nth);
        CK_RV rv = application_run();
        reached = faults_refused() > 0;
        if (!is_one_of(rv, codes, count)) {
            print_error("request %lu refused: 0x%lX\n", nth, rv);
            fail();
        }
        nothing_is_kept(held);
        if (whose == FAULTS_OF_OURS) {
            all_is_well(held);
        }
        nth += step;
    }
    return nth - step - 1;
}

static void every_request_of_ours_is_refused_in_turn(void **state)
{
    static const CK_RV codes[] = {CKR_OK, CKR_HOST_MEMORY, CKR_GENERAL_ERROR};
    (void)state;
    assert_true(refuse_in_turn(FAULTS_OF_OURS, 1, codes, sizeof codes / sizeof *codes) > 0);
}

/* OpenSSL tells a lack of memory from a bad certificate or signature only in its error queue. */
static void requests_of_openssl_are_refused_in_turn(void **state)
{
    static const CK_RV codes[] = {CKR_OK,
                                  CKR_HOST_MEMORY,
                                  CKR_GENERAL_ERROR,
                                  CKR_OBJECT_HANDLE_INVALID,
                                  CKR_SIGNATURE_INVALID,
                                  CKR_SIGNATURE_LEN_RANGE};
    (void)state;
    assert_true(
        refuse_in_turn(FAULTS_OF_OPENSSL, OPENSSL_STEP, codes, sizeof codes / sizeof *codes) > 0);
}

static void every_reader_call_fails_in_turn(void **state)
{
    static const enum status ways[] = {STATUS_CARD_REMOVED, STATUS_CARD_MUTE,
                                       STATUS_PCSC_UNAVAILABLE, STATUS_NO_READER, STATUS_INTERNAL};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        unsigned nth = 0;
        unsigned calls = 1;
        while (nth < calls) {
            long held = faults_held();
            hostile_begin(NULL, 0);
            hostile_fail_at(++nth, ways[i]);
            CK_RV rv = application_run();
            calls = hostile_calls();
            /* After a card could not be let go, whatever is in the reader is a new card. */
            const CK_RV codes[] = {CKR_OK, ckr_from_status(ways[i]), CKR_DEVICE_REMOVED};
            if (!is_one_of(rv, codes, sizeof codes / sizeof *codes)) {
                print_error("call %u: %s: 0x%lX\n", nth, status_code(ways[i]), rv);
                fail();
            }
            all_is_well(held);
        }
        assert_true(nth > 1);
    }
}

static void many_requests_are_refused(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        long held = faults_held();
        hostile_begin(NULL, 0);
        faults_refuse_some(PER_MILLION, seed);
        (void)application_run();
        all_is_well(held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_of_ours_is_refused_in_turn),
        cmocka_unit_test(requests_of_openssl_are_refused_in_turn),
        cmocka_unit_test(every_reader_call_fails_in_turn),
        cmocka_unit_test(many_requests_are_refused),
    };
    if (!faults_begin()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
