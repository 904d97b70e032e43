/* The agent's messages: what is taken, and that nothing else is. */
#include <stdlib.h>
#include <string.h>

#include "agent/prompt/message.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/prompt/messages.h"

static bool parses(const char *text)
{
    struct message message = {0};
    struct frame frame = {FRAME_JSON, (const uint8_t *)text, strlen(text)};
    bool parsed = message_parse(&frame, &message);
    message_free(&message);
    return parsed;
}

/* The text with each occurrence of one part replaced; freed by the next call. */
static const char *with(const char *text, const char *part, const char *other)
{
    static char changed[8192];
    const char *at = strstr(text, part);
    assert_non_null(at);
    int written = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, other,
                           at + strlen(part));
    assert_true(written > 0 && (size_t)written < sizeof changed);
    return changed;
}

static void wait_is_taken(void **state)
{
    (void)state;
    struct message message;
    struct frame frame = {FRAME_JSON, (const uint8_t *)WAIT_CARD, strlen(WAIT_CARD)};
    assert_true(message_parse(&frame, &message));
    assert_int_equal(message.kind, MESSAGE_WAIT);
    assert_int_equal(message.request.purpose, PURPOSE_LOGIN);
    assert_int_equal(message.request.waiting_for, WAITING_FOR_CARD);
    assert_string_equal(site_host(&message.request.site), "portal.example.ge");
    message_free(&message);
}

static void ask_is_taken(void **state)
{
    (void)state;
    struct message message;
    struct frame frame = {FRAME_JSON, (const uint8_t *)ASK_SIGN, strlen(ASK_SIGN)};
    assert_true(message_parse(&frame, &message));
    assert_int_equal(message.kind, MESSAGE_ASK);
    assert_int_equal(message.request.purpose, PURPOSE_SIGN);
    assert_string_equal(message.request.card.holder.name, "ნინო ნიმუში");
    assert_int_equal(message.request.card.holder.valid_until.year, 2028);
    assert_int_equal(message.request.card.holder.valid_until.month, 5);
    assert_int_equal(message.request.card.holder.valid_until.day, 1);
    assert_int_equal(message.request.pin.min, 6);
    assert_int_equal(message.request.pin.max, 8);
    assert_int_equal(message.request.pin.tries_left, 3);
    assert_int_equal(message.request.document.size_bytes, 5000000000);
    assert_int_equal(message.request.document.pages, 2);
    assert_int_equal(json_array_size(message.request.document.not_shown), 1);
    assert_int_equal(message.request.document.image_size, 10);
    message_free(&message);
}

static void fail_keeps_what_it_says(void **state)
{
    (void)state;
    static const char text[] =
        "{\"command\":\"fail\",\"status\":\"CARD_BUSY\",\"holder\":\"firefox\","
        "\"detail\":\"x\",\"tries_left\":0}";
    struct message message;
    struct frame frame = {FRAME_JSON, (const uint8_t *)text, strlen(text)};
    assert_true(message_parse(&frame, &message));
    assert_int_equal(message.kind, MESSAGE_FAIL);
    assert_int_equal(message.failure.status, STATUS_CARD_BUSY);
    assert_string_equal(message.failure.holder, "firefox");
    message_free(&message);
}

static void every_failure_is_taken(void **state)
{
    (void)state;
#define CHECK(code, http)                                                                          \
    assert_true(STATUS_##code == STATUS_OK ||                                                      \
                parses("{\"command\":\"fail\",\"status\":\"" #code "\"}"));
    STATUS_LIST (CHECK)
#undef CHECK
}

static void wrong_messages_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"command\":\"die\"}",
        "{\"command\":1}",
        "{\"command\":\"fail\"}",
        "{\"command\":\"fail\",\"status\":\"OK\"}",
        "{\"command\":\"fail\",\"status\":\"NO_SUCH\"}",
        "{\"command\":\"fail\",\"status\":\"NO_CARD\",\"more\":1}",
        "{\"command\":\"fail\",\"status\":\"NO_CARD\",\"status\":\"NO_CARD\"}",
        "{\"event\":\"pin\",\"status\":\"PIN_WRONG\"}",
        "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":0}",
        "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":16}",
        "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":4294967297}",
        "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":\"2\"}",
        "{\"event\":\"pin\",\"status\":\"PIN_BLOCKED\",\"tries_left\":1}",
        "{\"event\":\"other\",\"status\":\"PIN_WRONG\",\"tries_left\":1}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(parses(wrong[i]));
    }
}

static void choose_is_taken(void **state)
{
    (void)state;
    struct message message;
    struct frame frame = {FRAME_JSON, (const uint8_t *)CHOOSE, strlen(CHOOSE)};
    assert_true(message_parse(&frame, &message));
    assert_int_equal(message.kind, MESSAGE_CHOOSE);
    assert_int_equal(message.request.cards_count, 2);
    assert_string_equal(message.request.cards[1].holder.name, "გიორგი ნიმუში");
    assert_string_equal(message.request.cards[1].reader, "Virtual PCD 00 01");
    message_free(&message);
    assert_false(parses(with(CHOOSE, "\"cards\":[" CARD_1 "," CARD_2 "]", "\"cards\":[]")));
    assert_false(parses(with(CHOOSE, CARD_1, "{}")));
    assert_false(parses(with(CHOOSE, CARD_1, "1")));
    assert_false(parses(with(CHOOSE, "\"login\"", "\"pin\"")));
}

static void a_list_of_cards_is_bounded(void **state)
{
    (void)state;
    json_t *message = json_loads(CHOOSE, 0, NULL);
    json_t *cards = json_object_get(message, "cards");
    while (json_array_size(cards) <= REQUEST_CARDS_MAX) {
        char *text = json_dumps(message, 0);
        assert_true(parses(text));
        free(text);
        json_array_append(cards, json_array_get(cards, 0));
    }
    char *text = json_dumps(message, 0);
    assert_false(parses(text));
    free(text);
    json_decref(message);
}

static void consent_is_taken(void **state)
{
    (void)state;
    assert_true(parses(CONSENT));
    assert_false(parses(with(CONSENT, "\"certificate\"", "\"login\"")));
    assert_false(parses(with(CONSENT, SITE, "")));
    assert_false(parses(with(CONSENT, SITE, SITE "\"listed\":false,")));
}

static void pin_management_is_taken(void **state)
{
    (void)state;
    struct message message;
    struct frame frame = {FRAME_JSON, (const uint8_t *)MANAGE, strlen(MANAGE)};
    assert_true(message_parse(&frame, &message));
    assert_int_equal(message.kind, MESSAGE_PIN);
    assert_int_equal(message.request.purpose, PURPOSE_PIN);
    assert_int_equal(message.request.task.action, PIN_UNBLOCK);
    assert_int_equal(message.request.task.which, PIN_OF_SIGNATURE);
    assert_int_equal(message.request.task.authorization.min, 8);
    assert_int_equal(message.request.pin.tries_left, 0);
    assert_true(site_is_local(&message.request.site));
    message_free(&message);
    assert_true(parses(with(MANAGE, "unblock", "change")));
    assert_true(parses(with(MANAGE, "unblock", "activate")));
    assert_false(parses(with(MANAGE, "unblock", "wipe")));
    assert_false(parses(with(MANAGE, "\"sign\"", "\"both\"")));
    assert_false(parses(with(MANAGE, "\"tries_left\":10", "\"tries_left\":0")));
    assert_false(parses(with(MANAGE, HOLDER, SITE HOLDER)));
    assert_true(parses("{\"command\":\"wait\",\"purpose\":\"pin\",\"for\":\"card\"}"));
    assert_false(parses(with(WAIT_CARD, "\"login\"", "\"pin\"")));
}

static void a_hash_is_taken_in_place_of_a_document(void **state)
{
    (void)state;
    static const char hash[] = "\"hash\":{\"function\":\"SHA-256\",\"value\":\"" DIGEST "\"}";
    char *text = strdup(with(ASK_LOGIN, "\"login\"", "\"sign\""));
    char *asked = strdup(with(text, "\"pin\":", "\"hash\":{},\"pin\":"));
    char *good = strdup(with(asked, "\"hash\":{}", hash));
    assert_true(parses(good));
    assert_false(parses(asked));
    assert_false(parses(with(good, "SHA-256", "SHA-384")));
    assert_false(parses(with(good, "SHA-256", "MD5")));
    assert_false(parses(with(good, "\"sign\"", "\"login\"")));
    assert_false(parses(with(ASK_SIGN, "\"document\":", "\"hash\":{},\"document\":")));
    free(good);
    free(asked);
    free(text);
}

static void a_site_may_be_verified_or_not_listed(void **state)
{
    (void)state;
    struct message message;
    const char *text = with(ASK_LOGIN, SITE, SITE "\"verified\":true,");
    struct frame frame = {FRAME_JSON, (const uint8_t *)text, strlen(text)};
    assert_true(message_parse(&frame, &message));
    assert_true(message.request.site.verified);
    assert_false(message.request.site.unlisted);
    message_free(&message);
    assert_true(parses(with(ASK_LOGIN, SITE, SITE "\"listed\":false,")));
    assert_true(
        parses(with(ASK_LOGIN, SITE, "\"origin\":\"https://a.example\",\"listed\":false,")));
    assert_false(parses(with(ASK_LOGIN, SITE, "\"origin\":\"https://a.example\",")));
    assert_false(parses(with(ASK_SIGN, SITE, SITE "\"listed\":false,")));
    assert_false(parses(with(ASK_SIGN, SITE, "\"verified\":true,")));
}

static void a_text_letter_has_no_picture(void **state)
{
    (void)state;
    assert_false(parses(with(ASK_SIGN, "\"pages\"", "\"text\":\"a\",\"pages\"")));
    char *text = strdup(with(ASK_SIGN, "\"image_size\":10", "\"image_size\":0"));
    assert_true(parses(with(text, "\"pages\"", "\"text\":\"a\\nb\",\"pages\"")));
    free(text);
}

static void pages_and_the_end_are_taken(void **state)
{
    (void)state;
    assert_true(parses(PAGE_2));
    assert_false(parses(with(PAGE_2, "\"number\":2", "\"number\":0")));
    assert_false(parses(with(PAGE_2, "\"image_size\":5", "\"image_size\":16777217")));
    assert_true(parses("{\"command\":\"done\"}"));
    assert_false(parses("{\"command\":\"done\",\"status\":\"OK\"}"));
}

static void only_a_letter_comes_without_a_site(void **state)
{
    (void)state;
    struct message message;
    const char *text = with(ASK_SIGN, SITE, "");
    struct frame frame = {FRAME_JSON, (const uint8_t *)text, strlen(text)};
    assert_true(message_parse(&frame, &message));
    assert_true(site_is_local(&message.request.site));
    message_free(&message);
    assert_true(parses("{\"command\":\"wait\",\"purpose\":\"sign\",\"for\":\"card\"}"));
    assert_false(parses(with(WAIT_CARD, SITE, "")));
    assert_false(parses(with(ASK_LOGIN, SITE, "")));
    assert_false(parses(with(ASK_SIGN, "\"origin\":\"https://portal.example.ge\",", "")));
    assert_false(parses(with(ASK_SIGN, "\"portal\":{\"ka\":", "\"other\":{\"ka\":")));
}

static void one_wrong_value_refuses_a_wait(void **state)
{
    (void)state;
    assert_true(parses(WAIT_CARD));
    assert_false(parses(with(WAIT_CARD, "\"card\"", "\"pin\"")));
    assert_false(parses(with(WAIT_CARD, "\"login\"", "\"pay\"")));
    assert_false(parses(with(WAIT_CARD, "https://", "http://")));
    assert_false(parses(with(WAIT_CARD, "portal.example.ge", "")));
    assert_false(parses(with(WAIT_CARD, "portal.example.ge", "Portal.example.ge")));
    assert_false(parses(with(WAIT_CARD, "portal.example.ge", "portal.example.ge/a")));
    assert_false(parses(with(WAIT_CARD, "portal.example.ge", "user@portal.example.ge")));
    assert_false(parses(with(WAIT_CARD, "\"en\":\"Citizen portal\"", "\"ru\":\"x\"")));
    assert_false(parses(with(WAIT_CARD, "\"for\"", "\"x\":1,\"for\"")));
}

static void one_wrong_value_refuses_an_ask(void **state)
{
    (void)state;
    assert_true(parses(ASK_SIGN));
    assert_false(parses(with(ASK_SIGN, "2028-05-01", "2028-02-30")));
    assert_false(parses(with(ASK_SIGN, "2028-05-01", "2028-5-1")));
    assert_false(parses(with(ASK_SIGN, "2028-05-01", "2028-05-011")));
    assert_false(parses(with(ASK_SIGN, "2028-05-01", "0000-05-01")));
    assert_false(parses(with(ASK_SIGN, "\"min\":6", "\"min\":0")));
    assert_false(parses(with(ASK_SIGN, "\"min\":6", "\"min\":9")));
    assert_false(parses(with(ASK_SIGN, "\"max\":8", "\"max\":65")));
    assert_false(parses(with(ASK_SIGN, "\"tries_left\":3", "\"tries_left\":0")));
    assert_false(parses(with(ASK_SIGN, "\"tries_left\":3", "\"tries_left\":true")));
    assert_false(parses(with(ASK_SIGN, "\"issuer\":\"GEO\",", "")));
    assert_false(parses(with(ASK_SIGN, "\"pages\":2", "\"pages\":0")));
    assert_false(parses(with(ASK_SIGN, "\"size\":5000000000", "\"size\":-1")));
    assert_false(parses(with(ASK_SIGN, "\"image_size\":10", "\"image_size\":-1")));
    assert_false(parses(with(ASK_SIGN, "\"image_size\":10", "\"image_size\":16777217")));
    assert_false(parses(with(ASK_SIGN, "[\"plan.xlsx\"]", "[1]")));
    assert_false(parses(with(ASK_SIGN, "[\"plan.xlsx\"]", "\"plan.xlsx\"")));
    assert_false(parses(with(ASK_SIGN, "e3b0", "E3B0")));
    assert_false(parses(with(ASK_SIGN, "e3b0", "")));
}

static void document_belongs_to_signing_alone(void **state)
{
    (void)state;
    assert_true(parses(ASK_LOGIN));
    assert_false(parses(with(ASK_LOGIN, "\"login\"", "\"sign\"")));
    assert_false(parses(with(ASK_SIGN, "\"sign\"", "\"login\"")));
}

static void data_is_no_message(void **state)
{
    (void)state;
    struct message message;
    struct frame frame = {FRAME_DATA, (const uint8_t *)WAIT_CARD, strlen(WAIT_CARD)};
    assert_false(message_parse(&frame, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_is_taken),
        cmocka_unit_test(ask_is_taken),
        cmocka_unit_test(fail_keeps_what_it_says),
        cmocka_unit_test(every_failure_is_taken),
        cmocka_unit_test(wrong_messages_are_refused),
        cmocka_unit_test(choose_is_taken),
        cmocka_unit_test(a_list_of_cards_is_bounded),
        cmocka_unit_test(consent_is_taken),
        cmocka_unit_test(pin_management_is_taken),
        cmocka_unit_test(a_hash_is_taken_in_place_of_a_document),
        cmocka_unit_test(a_site_may_be_verified_or_not_listed),
        cmocka_unit_test(a_text_letter_has_no_picture),
        cmocka_unit_test(pages_and_the_end_are_taken),
        cmocka_unit_test(only_a_letter_comes_without_a_site),
        cmocka_unit_test(one_wrong_value_refuses_a_wait),
        cmocka_unit_test(one_wrong_value_refuses_an_ask),
        cmocka_unit_test(document_belongs_to_signing_alone),
        cmocka_unit_test(data_is_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
