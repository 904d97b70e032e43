#include <pthread.h>

#include "pkcs11/link.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/pkcs11/fake_pcsc.h"

#define SOON_MS 50
#define LONG_MS 60000
#define FOREVER_MS 86400000

static const uint8_t ask[] = {0x00, 0x84, 0x00, 0x00, 0x08};

static int64_t in_ms(int64_t duration)
{
    return now_ms() + duration;
}

static struct link *begin(void)
{
    fake_begin();
    struct link *link = link_new(FAKE_READER);
    assert_non_null(link);
    return link;
}

static enum status take(struct link *link, enum link_use use, int64_t duration)
{
    struct link_state state;
    return link_take(link, use, in_ms(duration), &state);
}

static enum status transmit(struct link *link, int64_t duration)
{
    const uint8_t *response = NULL;
    size_t size = 0;
    enum status status = link_transmit(link, ask, sizeof ask, in_ms(duration), &response, &size);
    if (status == STATUS_OK) {
        assert_int_equal(size, 10);
    }
    return status;
}

static void carries_a_command(void **state)
{
    struct link *link = begin();
    (void)state;
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_OK);
    assert_int_equal(transmit(link, LONG_MS), STATUS_OK);
    link_done(link, in_ms(LONG_MS));
    fake_wait_until_released();
    assert_int_equal(fake_resets(), 0);
    link_free(&link);
    assert_null(link);
}

static void a_hold_ends_by_itself_with_a_reset(void **state)
{
    struct link *link = begin();
    (void)state;
    assert_int_equal(take(link, LINK_HOLD, LONG_MS), STATUS_OK);
    assert_int_equal(transmit(link, LONG_MS), STATUS_OK);
    assert_true(fake_is_taken());
    link_keep(link, SOON_MS);
    fake_wait_until_released();
    assert_int_equal(fake_resets(), 1);
    assert_int_equal(transmit(link, LONG_MS), STATUS_INTERNAL);
    link_free(&link);
}

static void a_hold_stays_during_an_operation(void **state)
{
    struct link_state first;
    struct link_state second;
    struct link *link = begin();
    (void)state;
    assert_int_equal(link_take(link, LINK_HOLD, in_ms(LONG_MS), &first), STATUS_OK);
    link_keep(link, LONG_MS);
    assert_int_equal(link_take(link, LINK_READ, in_ms(LONG_MS), &second), STATUS_OK);
    assert_int_equal(first.epoch, second.epoch);
    link_done(link, in_ms(LONG_MS));
    assert_true(link_is_held(link));
    link_release(link, in_ms(LONG_MS));
    assert_false(link_is_held(link));
    assert_false(fake_is_taken());
    assert_int_equal(fake_resets(), 1);
    link_free(&link);
}

static void an_exclusive_card_is_let_go_soon(void **state)
{
    struct link *link = begin();
    (void)state;
    assert_int_equal(take(link, LINK_HOLD, LONG_MS), STATUS_OK);
    link_release_soon(link, in_ms(LONG_MS));
    assert_int_equal(take(link, LINK_HOLD, LONG_MS), STATUS_OK);
    assert_int_equal(fake_resets(), 1);
    link_release_soon(link, in_ms(LONG_MS));
    fake_wait_until_released();
    assert_int_equal(fake_resets(), 2);
    assert_int_equal(transmit(link, LONG_MS), STATUS_INTERNAL);
    link_free(&link);
}

static void a_kept_pin_is_wiped_when_its_time_is_over(void **state)
{
    struct link *link = begin();
    struct secret *pin = secret_new();
    (void)state;
    assert_non_null(pin);
    assert_true(secret_set(pin, (const uint8_t *)"246813", 6));
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_OK);
    assert_true(link_keep_pin(link, 1, pin, LONG_MS));
    secret_clear(pin);
    assert_false(link_copy_pin(link, 0, pin));
    assert_true(link_copy_pin(link, 1, pin));
    assert_memory_equal(secret_bytes_direct(pin), "246813", 6);
    link_drop_pin(link, 1);
    assert_false(link_copy_pin(link, 1, pin));
    assert_true(link_keep_pin(link, 1, pin, 0));
    assert_false(link_copy_pin(link, 1, pin));
    assert_true(link_keep_pin(link, 1, pin, LONG_MS));
    link_disconnect(link, in_ms(LONG_MS));
    assert_false(link_copy_pin(link, 1, pin));
    secret_free(&pin);
    link_free(&link);
}

static void others_make_it_busy_not_late(void **state)
{
    struct link *link = begin();
    (void)state;
    fake_hold_elsewhere(true);
    assert_int_equal(take(link, LINK_READ, SOON_MS), STATUS_CARD_BUSY);
    assert_int_equal(take(link, LINK_READ, SOON_MS), STATUS_CARD_BUSY);
    assert_false(fake_is_taken());
    fake_hold_elsewhere(false);
    fake_wait_until_released();
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_OK);
    link_free(&link);
    assert_false(fake_is_taken());
}

static void *let_go_once_waited_for(void *unused)
{
    fake_wait_for_waiter();
    fake_hold_exclusively_elsewhere(false);
    return unused;
}

static void the_end_of_an_exclusive_hold_is_noticed(void **state)
{
    struct link *link = begin();
    pthread_t other;
    (void)state;
    fake_hold_exclusively_elsewhere(true);
    assert_int_equal(pthread_create(&other, NULL, let_go_once_waited_for, NULL), 0);
    assert_int_equal(take(link, LINK_HOLD, FOREVER_MS), STATUS_OK);
    pthread_join(other, NULL);
    fake_hold_exclusively_elsewhere(true);
    link_disconnect(link, in_ms(LONG_MS));
    assert_int_equal(take(link, LINK_HOLD, SOON_MS), STATUS_CARD_BUSY);
    link_free(&link);
}

static void a_lock_that_comes_late_is_let_go_with_a_reset(void **state)
{
    struct link *link = begin();
    (void)state;
    fake_hold_elsewhere(true);
    assert_int_equal(take(link, LINK_HOLD, SOON_MS), STATUS_CARD_BUSY);
    fake_hold_elsewhere(false);
    /* The next call finds the thread back, after what it had to undo. */
    while (take(link, LINK_READ, LONG_MS) == STATUS_CARD_BUSY) {
    }
    assert_int_equal(fake_resets(), 1);
    link_free(&link);
}

static void a_mute_card_costs_its_own_link_only(void **state)
{
    struct link *link = begin();
    struct link *other = link_new(FAKE_READER);
    (void)state;
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_OK);
    fake_mute(true);
    assert_int_equal(transmit(link, SOON_MS), STATUS_CARD_TIMEOUT);
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_CARD_TIMEOUT);
    assert_int_equal(take(other, LINK_READ, LONG_MS), STATUS_OK);
    fake_remove();
    while (take(link, LINK_READ, LONG_MS) == STATUS_CARD_TIMEOUT) {
    }
    fake_mute(false);
    fake_insert();
    assert_int_equal(take(link, LINK_READ, LONG_MS), STATUS_OK);
    assert_int_equal(transmit(link, LONG_MS), STATUS_OK);
    link_free(&link);
    link_free(&other);
}

static void a_thread_that_does_not_come_back_is_left_behind(void **state)
{
    struct link *link = begin();
    (void)state;
    assert_int_equal(take(link, LINK_HOLD, LONG_MS), STATUS_OK);
    fake_mute(true);
    assert_int_equal(transmit(link, SOON_MS), STATUS_CARD_TIMEOUT);
    link_free(&link);
    assert_true(fake_is_taken());
    fake_mute(false);
    fake_wait_until_released();
    assert_int_equal(fake_resets(), 1);
}

static void another_card_is_another_connection(void **state)
{
    struct link_state first;
    struct link_state second;
    struct link *link = begin();
    (void)state;
    assert_int_equal(link_take(link, LINK_READ, in_ms(LONG_MS), &first), STATUS_OK);
    link_done(link, in_ms(LONG_MS));
    assert_int_equal(link_take(link, LINK_HOLD, in_ms(LONG_MS), &second), STATUS_OK);
    link_release(link, in_ms(LONG_MS));
    assert_int_equal(first.connection, second.connection);
    assert_int_not_equal(first.epoch, second.epoch);
    fake_remove();
    fake_insert();
    assert_int_equal(link_take(link, LINK_HOLD, in_ms(LONG_MS), &second), STATUS_OK);
    assert_int_not_equal(first.connection, second.connection);
    link_free(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_a_command),
        cmocka_unit_test(a_hold_ends_by_itself_with_a_reset),
        cmocka_unit_test(an_exclusive_card_is_let_go_soon),
        cmocka_unit_test(a_hold_stays_during_an_operation),
        cmocka_unit_test(a_kept_pin_is_wiped_when_its_time_is_over),
        cmocka_unit_test(others_make_it_busy_not_late),
        cmocka_unit_test(the_end_of_an_exclusive_hold_is_noticed),
        cmocka_unit_test(a_lock_that_comes_late_is_let_go_with_a_reset),
        cmocka_unit_test(a_mute_card_costs_its_own_link_only),
        cmocka_unit_test(a_thread_that_does_not_come_back_is_left_behind),
        cmocka_unit_test(another_card_is_another_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
