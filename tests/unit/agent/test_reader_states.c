#include "agent/reader_states.h"

#include <string.h>

#include "tests/unit/cmocka_all.h"

#define LONG_NAME                                                                                  \
    "A reader with a name that is quite a bit longer than sixty-four characters, 00 00"

static struct reader_states states_of(size_t count, const enum card_state *cards)
{
    struct reader_states states = {.pcsc = true, .count = count};
    for (size_t i = 0; i < count; i++) {
        reader_state_set_name(&states.list[i], i == 0 ? "First" : "Second");
        states.list[i].card = cards[i];
    }
    return states;
}

static enum reader_need need_of(size_t count, enum card_state first, enum card_state second)
{
    const enum card_state cards[] = {first, second};
    struct reader_states states = states_of(count, cards);
    return reader_states_need(&states);
}

static void test_need(void **state)
{
    (void)state;
    struct reader_states nothing = {.pcsc = false};
    assert_int_equal(reader_states_need(&nothing), NEED_PCSC);
    assert_int_equal(need_of(0, CARD_ABSENT, CARD_ABSENT), NEED_READER);
    assert_int_equal(need_of(1, CARD_ABSENT, CARD_ABSENT), NEED_CARD);
    assert_int_equal(need_of(1, CARD_PRESENT, CARD_ABSENT), NEED_NOTHING);
    assert_int_equal(need_of(1, CARD_IN_USE, CARD_ABSENT), NEED_NOTHING);
    assert_int_equal(need_of(2, CARD_ABSENT, CARD_PRESENT), NEED_NOTHING);
    assert_int_equal(need_of(1, CARD_SAYS_NOTHING, CARD_ABSENT), NEED_OTHER_SIDE_UP);
    assert_int_equal(need_of(2, CARD_SAYS_NOTHING, CARD_ABSENT), NEED_OTHER_SIDE_UP);
    assert_int_equal(need_of(2, CARD_SAYS_NOTHING, CARD_PRESENT), NEED_NOTHING);
}

static void test_equal(void **state)
{
    (void)state;
    const enum card_state cards[] = {CARD_PRESENT, CARD_ABSENT};
    struct reader_states one = states_of(2, cards);
    struct reader_states other = states_of(2, cards);
    assert_true(reader_states_equal(&one, &other));
    other.list[1].card = CARD_PRESENT;
    assert_false(reader_states_equal(&one, &other));
    other = states_of(1, cards);
    assert_false(reader_states_equal(&one, &other));
    other = one;
    other.pcsc = false;
    assert_false(reader_states_equal(&one, &other));
    other = one;
    reader_state_set_name(&other.list[0], "Third");
    assert_false(reader_states_equal(&one, &other));
}

static void test_has_card(void **state)
{
    (void)state;
    const enum card_state cards[] = {CARD_PRESENT, CARD_ABSENT};
    struct reader_states states = states_of(2, cards);
    assert_true(reader_states_has_card(&states, "First"));
    assert_false(reader_states_has_card(&states, "Second"));
    assert_false(reader_states_has_card(&states, "Third"));
    assert_false(reader_states_has_card(&states, "Fir"));
}

static void test_a_name_cut_by_pkcs11_is_the_same_reader(void **state)
{
    (void)state;
    const enum card_state cards[] = {CARD_PRESENT};
    struct reader_states states = states_of(1, cards);
    reader_state_set_name(&states.list[0], LONG_NAME);
    char cut[65];
    memcpy(cut, LONG_NAME, 64);
    cut[64] = '\0';
    assert_true(reader_states_has_card(&states, cut));
}

static void test_names_from_outside_are_tamed(void **state)
{
    (void)state;
    struct reader_state reader;
    reader_state_set_name(&reader, "a\nb\x80\x1b[31m");
    assert_string_equal(reader.name, "a?b??[31m");
    char endless[4 * READER_NAME_MAX];
    memset(endless, 'x', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    reader_state_set_name(&reader, endless);
    assert_int_equal(strlen(reader.name), READER_NAME_MAX - 1);
}

static void test_json(void **state)
{
    (void)state;
    const enum card_state cards[] = {CARD_IN_USE, CARD_SAYS_NOTHING};
    struct reader_states states = states_of(2, cards);
    reader_state_set_name(&states.list[1], "ACS ACR1252 [PICC] 01 00");
    json_t *is = reader_states_json(&states);
    json_t *wanted = json_loads(
        "[{\"name\":\"First\",\"card\":\"in-use\",\"contactless\":false},"
        "{\"name\":\"ACS ACR1252 [PICC] 01 00\",\"card\":\"mute\",\"contactless\":true}]",
        0, NULL);
    assert_non_null(wanted);
    assert_true(json_equal(is, wanted));
    json_decref(is);
    json_decref(wanted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_has_card),
        cmocka_unit_test(test_a_name_cut_by_pkcs11_is_the_same_reader),
        cmocka_unit_test(test_names_from_outside_are_tamed),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
