#include "tests/card/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

#define HEAD "{\"format\": \"piradi-card-image-1\", \"atr\": \"3B00\", \"logs_out\": false, "
#define MASTER                                                                                     \
    "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F00\", \"sfi\": 30, "               \
    "\"content\": \"0102\", \"read\": \"always\"}, {\"id\": \"0DF5\", \"children\": []}]}"
#define PIN                                                                                        \
    "{\"reference\": \"92\", \"directory\": \"3F000DF5\", \"value\": \"123456\", "                 \
    "\"minimum\": 6, \"maximum\": 6, \"tries\": 3, \"left\": 2"

#define APPLICATION                                                                                \
    "\"application\": {\"id\": \"5015\", \"name\": \"A0\", \"children\": [{\"id\": \"4408\", "     \
    "\"content\": \"01\", \"settled\": \"02\", \"read\": \"always\"}, {\"id\": \"4409\", "         \
    "\"content\": \"01\", \"read\": \"always\"}]}"
#define TRANSPORT_PIN                                                                              \
    "{\"reference\": \"82\", \"directory\": \"\", \"value\": \"12345\", \"minimum\": 6, "          \
    "\"maximum\": 6, \"tries\": 3, \"left\": 3, \"transport\": true, \"announced_in\": \"4408\""

static bool load(const char *text, struct card *card)
{
    char path[] = "/tmp/piradi-image-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    size_t size = strlen(text);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
    card_init(card);
    bool loaded = image_load(path, card);
    unlink(path);
    return loaded;
}

static void test_a_good_one(void **state)
{
    struct card card;
    (void)state;
    assert_true(load(HEAD MASTER ", \"pins\": [" PIN "}], \"keys\": []}", &card));
    assert_int_equal(card.atr_size, 2);
    assert_int_equal(card.pins.count, 1);
    assert_int_equal(card.pins.list[0].left, 2);
    assert_int_equal(card.pins.list[0].directory->id, 0x0DF5);
    assert_ptr_equal(card.directory, card.root);
    const struct file *dir = file_child(card.root, 0x2F00);
    assert_non_null(dir);
    assert_int_equal(dir->sfi, 30);
    assert_memory_equal(dir->content, "\x01\x02", 2);
    card_free(&card);
}

static void test_a_card_without_master_file(void **state)
{
    struct card card;
    (void)state;
    assert_true(load(HEAD APPLICATION ", \"data_objects\": [{\"class\": \"80\", \"tag\": \"9F7F\", "
                                      "\"value\": \"AB\"}], \"pins\": [" TRANSPORT_PIN "}]}",
                     &card));
    assert_false(card_has_master(&card));
    assert_null(card.directory);
    assert_int_equal(card.data_object_count, 1);
    assert_int_equal(card.data_objects[0].tag, 0x9F7F);
    assert_true(card.pins.list[0].transport);
    struct file *announced = file_child(card.root, 0x4408);
    assert_non_null(announced);
    assert_ptr_equal(card.pins.list[0].announced_in, announced);
    file_settle(announced);
    assert_memory_equal(announced->content, "\x02", 1);
    file_settle(announced);
    assert_memory_equal(announced->content, "\x02", 1);
    card_free(&card);
}

static void test_bad_ones(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"format\": \"piradi-card-image-2\"}",
        HEAD "\"pins\": []}",
        HEAD "\"master\": {\"id\": \"3F01\", \"children\": []}}",
        HEAD "\"master\": {\"id\": \"3F00\", \"content\": \"\", \"read\": \"always\"}}",
        HEAD "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F00\"}]}}",
        HEAD "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F\", \"content\": \"\", "
             "\"read\": \"always\"}]}}",
        HEAD "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F00\", \"sfi\": 31, "
             "\"content\": \"\", \"read\": \"always\"}]}}",
        HEAD "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F00\", "
             "\"children\": []}, {\"id\": \"2F00\", \"children\": []}]}}",
        HEAD "\"application\": {\"id\": \"5015\", \"children\": []}}",
        HEAD "\"application\": {\"id\": \"3F00\", \"name\": \"A0\", \"children\": []}}",
        HEAD
        "\"application\": {\"id\": \"5015\", \"name\": \"A0\", \"children\": [{\"id\": \"4408\", "
        "\"content\": \"01\", \"settled\": \"0203\", \"read\": \"always\"}]}}",
        HEAD APPLICATION ", \"pins\": [{\"reference\": \"82\", \"directory\": \"\", \"value\": "
                         "\"12345\", \"minimum\": 6, \"maximum\": 6, \"tries\": 3, \"left\": 3}]}",
        HEAD APPLICATION ", \"pins\": [{\"reference\": \"82\", \"directory\": \"\", \"value\": "
                         "\"12345\", \"minimum\": 6, \"maximum\": 5, \"tries\": 3, \"left\": 3, "
                         "\"transport\": true}]}",
        HEAD APPLICATION ", \"pins\": [{\"reference\": \"82\", \"directory\": \"\", \"value\": "
                         "\"12345\", \"minimum\": 6, \"maximum\": 6, \"tries\": 3, \"left\": 3, "
                         "\"transport\": true, \"announced_in\": \"4409\"}]}",
        HEAD APPLICATION ", \"pins\": [" TRANSPORT_PIN ", \"unblocked_by\": \"83\"}]}",
        HEAD MASTER ", \"data_objects\": [{\"class\": \"80\", \"tag\": \"9F\", \"value\": \"\"}]}",
        HEAD MASTER ", \"pins\": [{}]}",
        HEAD MASTER ", \"pins\": [" PIN ", \"unblocked_by\": \"93\"}]}",
        HEAD MASTER ", \"pins\": [{\"reference\": \"92\", \"directory\": \"3F002F00\", "
                    "\"value\": \"123456\", \"minimum\": 6, \"maximum\": 6, \"tries\": 3, "
                    "\"left\": 2}]}",
        HEAD MASTER ", \"pins\": [{\"reference\": \"92\", \"directory\": \"3F00\", "
                    "\"value\": \"12345678901234567\", \"minimum\": 1, \"maximum\": 16, "
                    "\"tries\": 3, \"left\": 2}]}",
        HEAD MASTER ", \"pins\": [{\"reference\": \"92\", \"directory\": \"3F00\", "
                    "\"value\": \"123456\", \"minimum\": 6, \"maximum\": 6, \"tries\": 16, "
                    "\"left\": 2}]}",
        HEAD MASTER ", \"pins\": [" PIN "}], \"keys\": [{\"reference\": \"96\", "
                    "\"directory\": \"3F000DF5\", \"algorithm\": \"02\", \"pin\": \"92\", "
                    "\"signs\": true, \"authenticates\": false, \"spends_pin\": true, "
                    "\"signs_in_der\": false, "
                    "\"private\": \"no key\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct card card;
        print_message("%s\n", bad[i]);
        assert_false(load(bad[i], &card));
        card_free(&card);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_one),
        cmocka_unit_test(test_a_card_without_master_file),
        cmocka_unit_test(test_bad_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
