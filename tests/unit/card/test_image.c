#include "tests/card/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

#define HEAD "{\"format\": \"piradi-card-image-1\", \"atr\": \"3B00\", \"life_cycle\": \"\", "
#define MASTER                                                                                     \
    "\"master\": {\"id\": \"3F00\", \"children\": [{\"id\": \"2F00\", \"sfi\": 30, "               \
    "\"content\": \"0102\", \"read\": \"always\"}, {\"id\": \"0DF5\", \"children\": []}]}"
#define PIN                                                                                        \
    "{\"reference\": \"92\", \"directory\": \"3F000DF5\", \"value\": \"123456\", "                 \
    "\"minimum\": 6, \"maximum\": 6, \"tries\": 3, \"left\": 2"

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
    assert_ptr_equal(card.directory, card.master);
    const struct file *dir = file_child(card.master, 0x2F00);
    assert_non_null(dir);
    assert_int_equal(dir->sfi, 30);
    assert_memory_equal(dir->content, "\x01\x02", 2);
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
        cmocka_unit_test(test_bad_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
