/* What the doctor makes of a look at PC/SC, and readers on the USB without a driver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/doctor.h"
#include "tests/unit/cmocka_all.h"

static bool has(const struct findings *findings, const char *code)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->list[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void each_service_has_its_own_finding(void **state)
{
    (void)state;
    static const struct {
        enum pcsc_service service;
        const char *code;
    } rows[] = {
        {PCSC_ABSENT, "PCSC_UNAVAILABLE"},
        {PCSC_REFUSED, "PCSC_REFUSED"},
        {PCSC_SILENT, "PCSC_SILENT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct findings findings = {.count = 0};
        const struct pcsc_look look = {.service = rows[i].service};
        assert_false(doctor_check_readers(&findings, &look));
        assert_true(has(&findings, rows[i].code));
        assert_true(findings_have_problem(&findings));
    }
}

static void each_card_has_its_own_finding(void **state)
{
    (void)state;
    static const struct {
        enum pcsc_card card;
        const char *code;
        bool examinable;
    } rows[] = {
        {PCSC_NO_CARD, "NO_CARD", false},
        {PCSC_CARD, "CARD_PRESENT", true},
        {PCSC_CARD_MUTE, "CARD_MUTE", false},
        {PCSC_CARD_EXCLUSIVE, "CARD_BUSY", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct findings findings = {.count = 0};
        struct pcsc_look look = {.service = PCSC_RUNNING, .count = 2};
        look.readers[1].card = rows[i].card;
        assert_int_equal(doctor_check_readers(&findings, &look), rows[i].examinable);
        assert_true(has(&findings, rows[i].code));
        assert_int_equal(findings_have_problem(&findings), !rows[i].examinable);
    }
}

static void no_reader_is_a_problem(void **state)
{
    (void)state;
    struct findings findings = {.count = 0};
    const struct pcsc_look look = {.service = PCSC_RUNNING};
    assert_false(doctor_check_readers(&findings, &look));
    assert_true(has(&findings, "NO_READER") || has(&findings, "READER_WITHOUT_DRIVER"));
}

static void list_is_bounded(void **state)
{
    (void)state;
    struct findings findings = {.count = 0};
    for (size_t i = 0; i < FINDINGS_MAX + 1; i++) {
        findings_add(&findings, "AGENT_RUNNING", "%zu", i);
    }
    findings_add_status(&findings, STATUS_NO_CARD, "%s", "");
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_false(findings_have_problem(&findings));
}

static void write_class(const char *folder, const char *device, const char *class)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, device);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/%s/bInterfaceClass", folder, device);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(class, file);
    fclose(file);
}

static void remove_device(const char *folder, const char *device)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s/bInterfaceClass", folder, device);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s", folder, device);
    rmdir(path);
}

static void readers_on_the_usb_are_counted(void **state)
{
    (void)state;
    char folder[] = "/tmp/usb-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(doctor_count_usb_readers(folder), 0);
    write_class(folder, "1-1:1.0", "0b\n");
    write_class(folder, "1-2:1.0", "03\n");
    write_class(folder, "1-3:1.0", "");
    assert_int_equal(doctor_count_usb_readers(folder), 1);
    remove_device(folder, "1-1:1.0");
    remove_device(folder, "1-2:1.0");
    remove_device(folder, "1-3:1.0");
    rmdir(folder);
    assert_int_equal(doctor_count_usb_readers(folder), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_service_has_its_own_finding),
        cmocka_unit_test(each_card_has_its_own_finding),
        cmocka_unit_test(no_reader_is_a_problem),
        cmocka_unit_test(list_is_bounded),
        cmocka_unit_test(readers_on_the_usb_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
