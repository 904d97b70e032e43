/* The real piradi-document, driven as the agent drives it. */
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/frame.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"

extern char **environ;

#define HIGH 50 /* above 3, 4 and 5, so that none is overwritten before it is taken */

struct child {
    pid_t process;
    int socket;
    int upload;
    int prepared;
    struct frame_decoder decoder;
};

static struct pki pki;

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "RSA-2048");
    /* For the children: LeakSanitizer needs to trace a process, which program_begin forbids. */
    return setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

static int tear_down(void **state)
{
    (void)state;
    pki_remove(&pki);
    return 0;
}

/* Takes the upload over. */
static struct child start(int upload)
{
    struct child child = {.upload = upload, .prepared = sample_empty()};
    int ends[2];
    frame_decoder_init(&child.decoder);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    child.socket = ends[0];
    int given[3] = {ends[1], child.upload, child.prepared};
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    for (int i = 0; i < 3; i++) {
        int high = fcntl(given[i], F_DUPFD_CLOEXEC, HIGH);
        assert_true(high >= HIGH);
        assert_int_equal(posix_spawn_file_actions_adddup2(&actions, high, 3 + i), 0);
        given[i] = high;
    }
    char *const argv[] = {(char *)(uintptr_t)PIRADI_DOCUMENT, NULL};
    assert_int_equal(posix_spawn(&child.process, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (int i = 0; i < 3; i++) {
        close(given[i]);
    }
    return child;
}

/* Hangs up and gives the exit code. */
static int stop(struct child *child)
{
    int status;
    close(child->socket);
    assert_int_equal(waitpid(child->process, &status, 0), child->process);
    close(child->upload);
    close(child->prepared);
    frame_decoder_free(&child->decoder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static json_t *next_json(struct child *child)
{
    struct frame frame;
    assert_int_equal(frame_read(child->socket, &child->decoder, &frame), STATUS_OK);
    json_t *object = frame_json(&frame);
    assert_non_null(object);
    return object;
}

/* Consumes the request. */
static json_t *ask(struct child *child, json_t *request)
{
    assert_non_null(request);
    assert_true(frame_write_json(child->socket, request));
    json_decref(request);
    return next_json(child);
}

static json_t *prepare(struct child *child)
{
    return ask(child, json_pack("{s:s, s:s, s:s}", "command", "prepare", "name", "წერილი.pdf",
                                "media_type", "application/pdf"));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void assert_status(json_t *answer, const char *code)
{
    if (strcmp(text_of(answer, "status"), code) != 0) {
        fail_msg("%s, not %s: %s", text_of(answer, "status"), code, text_of(answer, "detail"));
    }
}

/* Consumes the answer, and the upload. */
static void check_refused(int upload, const char *code, const char *word)
{
    struct child child = start(upload);
    json_t *answer = prepare(&child);
    assert_status(answer, code);
    if (strstr(text_of(answer, "detail"), word) == NULL) {
        fail_msg("%s", text_of(answer, "detail"));
    }
    json_decref(answer);
    assert_int_equal(stop(&child), 0);
}

static size_t take_image(struct child *child, const json_t *answer)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
    size_t size = (size_t)json_integer_value(json_object_get(answer, "image_size"));
    size_t taken = 0;
    while (taken < size) {
        struct frame frame;
        assert_int_equal(frame_read(child->socket, &child->decoder, &frame), STATUS_OK);
        assert_int_equal(frame.type, FRAME_DATA);
        assert_true(frame.size >= sizeof png && frame.size <= size - taken);
        assert_true(taken > 0 || memcmp(frame.payload, png, sizeof png) == 0);
        taken += frame.size;
    }
    return taken;
}

static char *der_text(const X509 *certificate)
{
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    assert_true(size > 0);
    char *text = base64_encode(der, (size_t)size);
    OPENSSL_free(der);
    assert_non_null(text);
    return text;
}

static json_t *attributes_request(void)
{
    char *signer = der_text(pki.sign.certificate);
    char *ca = der_text(pki.sign_ca.certificate);
    json_t *request =
        json_pack("{s:s, s:s, s:[s]}", "command", "attributes", "certificate", signer, "chain", ca);
    free(signer);
    free(ca);
    return request;
}

static json_t *finish_request(const json_t *attributes)
{
    size_t size;
    uint8_t signature[1024];
    uint8_t *message = base64_decode(text_of(attributes, "to_be_signed"), &size);
    assert_non_null(message);
    char *text = base64_encode(signature, sample_soft_sign(pki.sign.key, message, size, signature));
    json_t *request = json_pack("{s:s, s:s}", "command", "finish", "signature", text);
    free(message);
    free(text);
    return request;
}

static void verify_signed(const struct child *child)
{
    struct trust *trust = trust_load(pki.folder);
    struct pades_report report;
    struct detail detail;
    assert_non_null(trust);
    assert_int_equal(pades_check_original(child->prepared, child->upload, &detail), STATUS_OK);
    assert_int_equal(pades_verify(child->prepared, trust, PKI_NOW, &report, &detail), STATUS_OK);
    assert_string_equal(report.signatures[0].signer.personal_number, "01001012345");
    trust_free(&trust);
}

static void a_letter_is_prepared_shown_and_signed(void **state)
{
    (void)state;
    struct child child = start(sample_letter(2));
    json_t *prepared = prepare(&child);
    assert_status(prepared, "OK");
    assert_int_equal(json_integer_value(json_object_get(prepared, "pages")), 2);
    assert_int_equal(strlen(text_of(prepared, "sha256")), 64);
    assert_int_equal(strspn(text_of(prepared, "sha256"), "0123456789abcdef"), 64);
    assert_int_equal(json_array_size(json_object_get(prepared, "not_shown")), 0);
    assert_true(take_image(&child, prepared) > 1000);
    json_t *attributes = ask(&child, attributes_request());
    assert_status(attributes, "OK");
    json_t *finished = ask(&child, finish_request(attributes));
    assert_status(finished, "OK");
    assert_int_equal(json_integer_value(json_object_get(finished, "size")),
                     json_integer_value(json_object_get(prepared, "size")));
    assert_int_equal(json_integer_value(json_object_get(finished, "size")),
                     lseek(child.prepared, 0, SEEK_END));
    verify_signed(&child);
    json_decref(finished);
    json_decref(attributes);
    json_decref(prepared);
    assert_int_equal(stop(&child), 0);
}

static void bad_documents_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const encrypted[] = {"--encrypt", "", "owner", "256", "--", NULL};
    int letter = sample_letter(1);
    check_refused(sample_of_bytes("hello", 5), "DOCUMENT_DAMAGED", "not a PDF");
    check_refused(sample_by_qpdf(letter, encrypted), "DOCUMENT_ENCRYPTED", "");
    check_refused(sample_made("/OpenAction << /S /JavaScript /JS (x) >>", "", NULL),
                  "POLICY_REFUSED", "JavaScript");
    close(letter);
}

/* Rule A9. */
static void a_huge_page_is_a_bounded_picture(void **state)
{
    (void)state;
    struct child child =
        start(sample_made("", "/MediaBox [0 0 100000000 100000000] /Contents 4 0 R",
                          (const char *const[]){"<< /Length 23 >>\nstream\n0 0 99999999 999999 re "
                                                "f\nendstream",
                                                NULL}));
    json_t *answer = prepare(&child);
    if (strcmp(text_of(answer, "status"), "OK") == 0) {
        assert_true(take_image(&child, answer) < 1024UL * 1024);
    } else {
        assert_status(answer, "DOCUMENT_DAMAGED");
    }
    json_decref(answer);
    assert_int_equal(stop(&child), 0);
}

/* Rule A9: 2^32 rectangles by nested forms would take hours. */
static void a_page_that_never_ends_is_refused(void **state)
{
    (void)state;
    enum { LEVELS = 8 };
    char bodies[LEVELS][2048];
    const char *objects[LEVELS + 1] = {0};
    for (int i = 0; i < LEVELS; i++) {
        char content[1024] = "";
        size_t length = 0;
        for (int k = 0; k < 64; k++) {
            length += (size_t)snprintf(content + length, sizeof content - length, "%s",
                                       i + 1 < LEVELS ? "/X Do " : "0 0 9 9 re f ");
        }
        snprintf(bodies[i], sizeof bodies[i],
                 "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length %zu /Resources << "
                 "/XObject << /X %d 0 R >> >> >>\nstream\n%s\nendstream",
                 length, i + 1 < LEVELS ? 5 + i : 4 + i, content);
        objects[i] = bodies[i];
    }
    check_refused(
        sample_made("", "/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>", objects),
        "DOCUMENT_DAMAGED", "cannot be shown");
}

static void requests_out_of_turn_are_refused(void **state)
{
    (void)state;
    struct child child = start(sample_letter(1));
    json_t *requests[] = {
        attributes_request(),
        json_pack("{s:s, s:s}", "command", "finish", "signature", "AAAA"),
        json_pack("{s:s}", "command", "prepare"),
        json_pack("{s:s, s:s, s:s, s:b}", "command", "prepare", "name", "a", "media_type",
                  "application/pdf", "extra", 1),
        json_pack("{s:s}", "command", "sign"),
        json_pack("{s:i}", "command", 1),
        json_object(),
        NULL,
    };
    for (size_t i = 0; requests[i] != NULL; i++) {
        json_t *answer = ask(&child, requests[i]);
        assert_status(answer, "BAD_REQUEST");
        json_decref(answer);
    }
    json_t *answer = ask(&child, json_pack("{s:s, s:s, s:s}", "command", "prepare", "name", "a",
                                           "media_type", "text/html"));
    assert_status(answer, "POLICY_REFUSED");
    json_decref(answer);
    answer = prepare(&child);
    assert_status(answer, "OK");
    assert_true(take_image(&child, answer) > 0);
    json_decref(answer);
    answer = prepare(&child);
    assert_status(answer, "BAD_REQUEST");
    json_decref(answer);
    answer = ask(&child, json_pack("{s:s, s:s, s:[]}", "command", "attributes", "certificate",
                                   "AAAA", "chain"));
    assert_status(answer, "BAD_REQUEST");
    json_decref(answer);
    assert_int_equal(stop(&child), 0);
}

/* Rule A6. */
static void a_document_changed_after_it_was_shown_is_refused(void **state)
{
    (void)state;
    struct child child = start(sample_letter(1));
    json_t *prepared = prepare(&child);
    assert_status(prepared, "OK");
    assert_true(take_image(&child, prepared) > 0);
    json_t *attributes = ask(&child, attributes_request());
    assert_status(attributes, "OK");
    assert_int_equal(pwrite(child.prepared, "X", 1, 50), 1);
    json_t *finished = ask(&child, finish_request(attributes));
    assert_status(finished, "DOCUMENT_DAMAGED");
    json_decref(finished);
    json_decref(attributes);
    json_decref(prepared);
    assert_int_equal(stop(&child), 0);
}

static void what_is_no_frame_ends_it(void **state)
{
    (void)state;
    struct child child = start(sample_letter(1));
    assert_int_equal(write(child.socket, "\xFF\xFF\xFF\xFF!", 5), 5);
    struct frame frame;
    assert_int_equal(frame_read(child.socket, &child.decoder, &frame), STATUS_USER_CANCELLED);
    assert_int_equal(stop(&child), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_prepared_shown_and_signed),
        cmocka_unit_test(bad_documents_are_refused_by_name),
        cmocka_unit_test(a_huge_page_is_a_bounded_picture),
        cmocka_unit_test(a_page_that_never_ends_is_refused),
        cmocka_unit_test(requests_out_of_turn_are_refused),
        cmocka_unit_test(a_document_changed_after_it_was_shown_is_refused),
        cmocka_unit_test(what_is_no_frame_ends_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
