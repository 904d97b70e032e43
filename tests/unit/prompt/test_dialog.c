/* The prompt's state machine: each message in each state. */
#include <string.h>

#include "agent/prompt/dialog.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/prompt/messages.h"

static bool take(struct dialog *dialog, const char *text)
{
    struct frame frame = {FRAME_JSON, (const uint8_t *)text, strlen(text)};
    return dialog_take_frame(dialog, &frame);
}

static bool take_data(struct dialog *dialog, size_t size)
{
    static const uint8_t bytes[64];
    struct frame frame = {FRAME_DATA, bytes, size};
    return dialog_take_frame(dialog, &frame);
}

static int set_up(void **state)
{
    static struct dialog dialog;
    dialog_init(&dialog);
    *state = &dialog;
    return 0;
}

static int tear_down(void **state)
{
    dialog_free(*state);
    return 0;
}

static void goes_from_waiting_to_working(void **state)
{
    struct dialog *dialog = *state;
    assert_int_equal(dialog->state, DIALOG_STARTING);
    assert_true(take(dialog, WAIT_CARD));
    assert_int_equal(dialog->state, DIALOG_WAITING);
    assert_false(dialog_accepts_pin(dialog, 6));
    assert_true(take(dialog, ASK_LOGIN));
    assert_int_equal(dialog->state, DIALOG_ASKING);
    assert_false(dialog_accepts_pin(dialog, 5));
    assert_true(dialog_accepts_pin(dialog, 6));
    assert_false(dialog_accepts_pin(dialog, 7));
    dialog_pin_entered(dialog);
    assert_int_equal(dialog->state, DIALOG_WORKING);
    assert_false(dialog_accepts_pin(dialog, 6));
}

static void wrong_pin_asks_again_and_warns_of_the_last_try(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_LOGIN));
    assert_false(dialog_is_last_try(dialog));
    dialog_pin_entered(dialog);
    assert_true(take(dialog, PIN_WRONG));
    assert_int_equal(dialog->state, DIALOG_ASKING);
    assert_true(dialog->pin_was_wrong);
    assert_int_equal(dialog->tries_left, 1);
    assert_true(dialog_is_last_try(dialog));
    assert_true(dialog_accepts_pin(dialog, 6));
}

static void a_new_ask_forgets_the_wrong_pin(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_LOGIN));
    dialog_pin_entered(dialog);
    assert_true(take(dialog, PIN_WRONG));
    assert_true(take(dialog, ASK_LOGIN));
    assert_false(dialog->pin_was_wrong);
    assert_int_equal(dialog->tries_left, 3);
}

static void wrong_pin_comes_only_while_working(void **state)
{
    struct dialog *dialog = *state;
    assert_false(take(dialog, PIN_WRONG));
    assert_true(take(dialog, WAIT_CARD));
    assert_false(take(dialog, PIN_WRONG));
    assert_true(take(dialog, ASK_LOGIN));
    assert_false(take(dialog, PIN_WRONG));
    assert_int_equal(dialog->state, DIALOG_ASKING);
}

static void nothing_is_confirmed_before_the_page_is_whole(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_SIGN));
    assert_int_equal(dialog->state, DIALOG_RECEIVING);
    assert_false(dialog_accepts_pin(dialog, 6));
    assert_true(take_data(dialog, 9));
    assert_false(dialog_accepts_pin(dialog, 6));
    assert_true(take_data(dialog, 1));
    assert_int_equal(dialog->state, DIALOG_ASKING);
    assert_int_equal(dialog->image.size, 10);
    assert_true(dialog_accepts_pin(dialog, 6));
    assert_true(dialog_accepts_pin(dialog, 8));
}

static void data_comes_only_as_announced(void **state)
{
    struct dialog *dialog = *state;
    assert_false(take_data(dialog, 1));
    assert_true(take(dialog, ASK_LOGIN));
    assert_false(take_data(dialog, 1));
    assert_true(take(dialog, ASK_SIGN));
    assert_false(take_data(dialog, 11));
    assert_false(take_data(dialog, 0));
    assert_false(take(dialog, ASK_LOGIN));
    assert_false(take(dialog, WAIT_CARD));
    assert_true(take_data(dialog, 10));
    assert_false(take_data(dialog, 1));
}

static void a_second_page_replaces_the_first(void **state)
{
    struct dialog *dialog = *state;
    for (unsigned i = 1; i <= 2; i++) {
        assert_true(take(dialog, ASK_SIGN));
        assert_true(take_data(dialog, 10));
        assert_int_equal(dialog->image.size, 10);
        assert_int_equal(dialog->requests, i);
    }
}

static void a_card_may_go_at_any_time(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_LOGIN));
    assert_true(take(dialog, WAIT_CARD));
    assert_int_equal(dialog->state, DIALOG_WAITING);
    assert_true(take(dialog, ASK_LOGIN));
    dialog_pin_entered(dialog);
    assert_true(take(dialog, WAIT_CARD));
    assert_int_equal(dialog->state, DIALOG_WAITING);
}

static void after_a_failure_only_another(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, WAIT_CARD));
    assert_string_equal(dialog_closing_event(dialog), "cancelled");
    assert_true(take(dialog, FAIL));
    assert_int_equal(dialog->state, DIALOG_FAILED);
    assert_int_equal(dialog->failure.failure.status, STATUS_CARD_REMOVED);
    assert_string_equal(dialog_closing_event(dialog), "closed");
    assert_false(take(dialog, WAIT_CARD));
    assert_false(take(dialog, ASK_LOGIN));
    assert_false(take(dialog, PIN_WRONG));
    assert_true(take(dialog, FAIL));
}

static void a_failure_may_come_first_or_amid_a_page(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_SIGN));
    assert_true(take(dialog, FAIL));
    assert_int_equal(dialog->state, DIALOG_FAILED);
    assert_false(take_data(dialog, 10));
}

static void a_card_is_chosen_and_another_asked_for(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, CHOOSE));
    assert_int_equal(dialog->state, DIALOG_CHOOSING);
    dialog_answered(dialog);
    assert_int_equal(dialog->state, DIALOG_ANSWERED);
    assert_false(take(dialog, PIN_WRONG));
    assert_true(take(dialog, ASK_LOGIN));
    assert_int_equal(dialog->state, DIALOG_ASKING);
    dialog_answered(dialog);
    assert_true(take(dialog, CHOOSE));
    assert_int_equal(dialog->state, DIALOG_CHOOSING);
}

static void consent_is_a_click(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, CONSENT));
    assert_int_equal(dialog->state, DIALOG_AGREEING);
    assert_false(dialog_accepts_pin(dialog, 6));
    assert_false(dialog_is_last_try(dialog));
    dialog_agreed(dialog);
    assert_int_equal(dialog->state, DIALOG_ANSWERED);
    assert_string_equal(dialog_closing_event(dialog), "cancelled");
}

static void a_pad_asks_for_a_click_each_time(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, "{\"command\":\"ask\",\"purpose\":\"login\"," SITE HOLDER READER
                             ",\"pin\":{\"min\":6,\"max\":6,\"tries_left\":3,\"pad\":true}}"));
    assert_int_equal(dialog->state, DIALOG_AGREEING);
    dialog_agreed(dialog);
    assert_int_equal(dialog->state, DIALOG_WORKING);
    assert_true(take(dialog, PIN_WRONG));
    assert_int_equal(dialog->state, DIALOG_AGREEING);
    assert_true(dialog->pin_was_wrong);
    assert_true(dialog_is_last_try(dialog));
}

static void management_asks_in_three_steps(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, MANAGE));
    assert_int_equal(dialog->step, STEP_AUTHORIZATION);
    assert_int_equal(dialog->tries_left, 10);
    assert_true(dialog_accepts_pin(dialog, 8));
    assert_false(dialog_accepts_pin(dialog, 6));
    dialog_step_done(dialog);
    assert_int_equal(dialog->step, STEP_NEW);
    assert_true(dialog_accepts_pin(dialog, 6));
    dialog_step_done(dialog);
    assert_int_equal(dialog->step, STEP_REPEAT);
    dialog_new_pins_differ(dialog);
    assert_int_equal(dialog->step, STEP_NEW);
    assert_true(dialog->new_pins_differ);
    dialog_step_done(dialog);
    assert_false(dialog->new_pins_differ);
    assert_false(take(dialog, DONE));
    dialog_pin_entered(dialog);
    assert_true(take(dialog, PIN_WRONG));
    assert_int_equal(dialog->step, STEP_AUTHORIZATION);
    assert_true(dialog_is_last_try(dialog));
    dialog_step_done(dialog);
    assert_false(dialog_is_last_try(dialog));
}

static void after_a_success_only_a_failure(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, MANAGE));
    dialog_pin_entered(dialog);
    assert_true(take(dialog, DONE));
    assert_int_equal(dialog->state, DIALOG_DONE);
    assert_string_equal(dialog_closing_event(dialog), "closed");
    assert_false(take(dialog, DONE));
    assert_false(take(dialog, ASK_LOGIN));
    assert_true(take(dialog, FAIL));
}

static void pages_come_between_and_change_nothing_else(void **state)
{
    struct dialog *dialog = *state;
    assert_false(take(dialog, PAGE_2));
    assert_true(take(dialog, ASK_LOGIN));
    assert_false(take(dialog, PAGE_2));
    assert_true(take(dialog, ASK_SIGN));
    assert_false(take(dialog, PAGE_2));
    assert_true(take_data(dialog, 10));
    assert_int_equal(dialog->pages_come, 1);
    unsigned changes = dialog->changes;
    assert_true(take(dialog, PAGE_2));
    assert_true(dialog_awaits_image(dialog));
    assert_false(take(dialog, PAGE_2));
    assert_true(take_data(dialog, 4));
    assert_false(take_data(dialog, 2));
    assert_true(take_data(dialog, 1));
    assert_int_equal(dialog->pages_come, 2);
    assert_int_equal(dialog->page.number, 2);
    assert_int_equal(dialog->changes, changes);
    assert_int_equal(dialog->state, DIALOG_ASKING);
    assert_false(take(dialog, "{\"command\":\"page\",\"number\":3,\"image_size\":5}"));
}

static void a_wrong_pin_may_come_amid_a_page(void **state)
{
    struct dialog *dialog = *state;
    assert_true(take(dialog, ASK_SIGN));
    assert_true(take_data(dialog, 10));
    assert_true(take(dialog, PAGE_2));
    dialog_pin_entered(dialog);
    assert_true(take_data(dialog, 3));
    assert_true(take(dialog, PIN_WRONG));
    assert_true(take_data(dialog, 2));
    assert_false(dialog_awaits_image(dialog));
    assert_int_equal(dialog->state, DIALOG_ASKING);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_from_waiting_to_working),
        TEST(wrong_pin_asks_again_and_warns_of_the_last_try),
        TEST(a_new_ask_forgets_the_wrong_pin),
        TEST(wrong_pin_comes_only_while_working),
        TEST(nothing_is_confirmed_before_the_page_is_whole),
        TEST(data_comes_only_as_announced),
        TEST(a_second_page_replaces_the_first),
        TEST(a_card_may_go_at_any_time),
        TEST(after_a_failure_only_another),
        TEST(a_failure_may_come_first_or_amid_a_page),
        TEST(a_card_is_chosen_and_another_asked_for),
        TEST(consent_is_a_click),
        TEST(a_pad_asks_for_a_click_each_time),
        TEST(management_asks_in_three_steps),
        TEST(after_a_success_only_a_failure),
        TEST(pages_come_between_and_change_nothing_else),
        TEST(a_wrong_pin_may_come_amid_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
