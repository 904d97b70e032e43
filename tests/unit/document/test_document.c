/* The real piradi-document, driven as the agent drives it. */
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buffer.h"
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

/* Takes the upload over; seconds of processor time, or 0 for its own limits. */
static struct child start_limited(int upload, const char *seconds)
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
    const char *const argv[] = {"/bin/sh",       "-c", "ulimit -t $0 && exec $1", seconds,
                                PIRADI_DOCUMENT, NULL};
    char *const *const words = (char *const *)(uintptr_t)argv;
    assert_int_equal(posix_spawn(&child.process, argv[0], &actions, NULL, words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (int i = 0; i < 3; i++) {
        close(given[i]);
    }
    return child;
}

static struct child start(int upload)
{
    return start_limited(upload, "unlimited");
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

static json_t *prepare_request(void)
{
    return json_pack("{s:s, s:s, s:s}", "command", "prepare", "name", "წერილი.pdf", "media_type",
                     "application/pdf");
}

static json_t *prepare(struct child *child)
{
    return ask(child, prepare_request());
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
static void check_refused_by(struct child child, const char *code, const char *word)
{
    json_t *answer = prepare(&child);
    assert_status(answer, code);
    if (strstr(text_of(answer, "detail"), word) == NULL) {
        fail_msg("%s", text_of(answer, "detail"));
    }
    json_decref(answer);
    assert_int_equal(stop(&child), 0);
}

static void check_refused(int upload, const char *code, const char *word)
{
    check_refused_by(start(upload), code, word);
}

struct picture {
    size_t size; /* bytes */
    uint32_t width;
    uint32_t height;
};

/* Takes the picture whole; its width and height are in IHDR (PNG, ISO/IEC 15948, 11.2.2). */
static struct picture take_picture(struct child *child, const json_t *answer)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
    struct picture picture = {0};
    size_t taken = 0;
    picture.size = (size_t)json_integer_value(json_object_get(answer, "image_size"));
    while (taken < picture.size) {
        struct frame frame;
        assert_int_equal(frame_read(child->socket, &child->decoder, &frame), STATUS_OK);
        assert_int_equal(frame.type, FRAME_DATA);
        assert_true(frame.size >= 24 && frame.size <= picture.size - taken);
        if (taken == 0) {
            struct reader header = reader_of(frame.payload + 16, 8);
            assert_memory_equal(frame.payload, png, sizeof png);
            assert_true(get_u32(&header, &picture.width) && get_u32(&header, &picture.height));
        }
        taken += frame.size;
    }
    return picture;
}

static size_t take_image(struct child *child, const json_t *answer)
{
    return take_picture(child, answer).size;
}

static json_t *ask_page(struct child *child, int number, int width)
{
    return ask(child,
               json_pack("{s:s, s:i, s:i}", "command", "page", "number", number, "width", width));
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

static void each_page_is_shown_as_wide_as_asked(void **state)
{
    (void)state;
    struct child child = start(sample_letter(3));
    json_t *prepared = prepare(&child);
    assert_status(prepared, "OK");
    assert_true(take_image(&child, prepared) > 1000);
    size_t narrow = 0;
    for (int width = 100; width <= 1600; width *= 4) {
        json_t *answer = ask_page(&child, 3, width);
        assert_status(answer, "OK");
        struct picture picture = take_picture(&child, answer);
        assert_int_equal(picture.width, width);
        assert_in_range(picture.height, width * 14 / 10, width * 3 / 2); /* A4 */
        assert_true(picture.size > narrow);
        narrow = picture.size;
        json_decref(answer);
    }
    static const int wrong[][2] = {{0, 100}, {4, 100}, {-1, 100}, {1, 0}, {1, 2401}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *answer = ask_page(&child, wrong[i][0], wrong[i][1]);
        assert_status(answer, "BAD_REQUEST");
        json_decref(answer);
    }
    json_decref(prepared);
    assert_int_equal(stop(&child), 0);
}

static void a_page_that_cannot_be_shown_is_empty(void **state)
{
    (void)state;
    struct child child = start(sample_made("", "/CropBox [0 0 2 842]", NULL));
    json_t *prepared = prepare(&child);
    assert_status(prepared, "OK");
    assert_true(take_image(&child, prepared) > 0);
    json_t *answer = ask_page(&child, 1, 1000);
    assert_status(answer, "OK");
    assert_int_equal(json_integer_value(json_object_get(answer, "image_size")), 0);
    json_decref(answer);
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

/* 2^32 rectangles by nested forms would take hours. */
static int endless_letter(void)
{
    enum { LEVELS = 8 };
    static char bodies[LEVELS][2048];
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
    return sample_made("", "/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>", objects);
}

/* Rule A9, with the least processor time that a limit can give. */
static void a_page_that_never_ends_is_refused(void **state)
{
    (void)state;
    check_refused_by(start_limited(endless_letter(), "1"), "DOCUMENT_DAMAGED", "cannot be shown");
}

/* The process's first child, once it has one. */
static pid_t child_of(pid_t process)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)process, (int)process);
    while (child == 0) {
        FILE *children = fopen(path, "r");
        assert_non_null(children);
        if (fscanf(children, "%d", &child) != 1) {
            child = 0;
        }
        fclose(children);
    }
    return child;
}

/* Rule A9: what the limits are when nobody set lower ones. */
static void the_renderer_has_its_own_limits(void **state)
{
    (void)state;
    struct child child = start(endless_letter());
    json_t *request = prepare_request();
    assert_true(frame_write_json(child.socket, request));
    json_decref(request);
    pid_t renderer = child_of(child.process);
    struct rlimit limit = {.rlim_max = 1};
    while (limit.rlim_max != 0) { /* the last that it gives itself */
        assert_int_equal(prlimit(renderer, RLIMIT_FSIZE, NULL, &limit), 0);
    }
    assert_int_equal(prlimit(renderer, RLIMIT_CPU, NULL, &limit), 0);
    assert_int_equal(limit.rlim_max, 10);
    assert_int_equal(prlimit(renderer, RLIMIT_AS, NULL, &limit), 0);
    assert_int_equal(limit.rlim_max, 1024L * 1024 * 1024);
    assert_int_equal(kill(renderer, SIGKILL), 0);
    json_t *answer = next_json(&child);
    assert_status(answer, "DOCUMENT_DAMAGED");
    json_decref(answer);
    assert_int_equal(stop(&child), 0);
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
        json_pack("{s:s, s:i, s:i}", "command", "page", "number", 1, "width", 100),
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
        cmocka_unit_test(each_page_is_shown_as_wide_as_asked),
        cmocka_unit_test(a_page_that_cannot_be_shown_is_empty),
        cmocka_unit_test(bad_documents_are_refused_by_name),
        cmocka_unit_test(a_huge_page_is_a_bounded_picture),
        cmocka_unit_test(a_page_that_never_ends_is_refused),
        cmocka_unit_test(the_renderer_has_its_own_limits),
        cmocka_unit_test(requests_out_of_turn_are_refused),
        cmocka_unit_test(a_document_changed_after_it_was_shown_is_refused),
        cmocka_unit_test(what_is_no_frame_ends_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
