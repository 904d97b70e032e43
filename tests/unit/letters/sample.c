#include "tests/unit/letters/sample.h"

#include <cairo-pdf.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/tool.h"

#define OPTIONS_MAX 8

int sample_empty(void)
{
    int fd = memfd_create("sample", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

int sample_of_bytes(const void *bytes, size_t size)
{
    int fd = sample_empty();
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    return fd;
}

static cairo_status_t write_cairo(void *fd, const unsigned char *bytes, unsigned int size)
{
    return write(*(int *)fd, bytes, size) == (ssize_t)size ? CAIRO_STATUS_SUCCESS
                                                           : CAIRO_STATUS_WRITE_ERROR;
}

int sample_letter(int pages)
{
    int fd = sample_empty();
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_cairo, &fd, 595, 842);
    cairo_t *cairo = cairo_create(surface);
    for (int i = 0; i < pages; i++) {
        cairo_rectangle(cairo, 72, 72, 451, 14.0 * (i + 1)); /* no text: fonts would be leaked */
        cairo_fill(cairo);
        cairo_show_page(cairo);
    }
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    return fd;
}

int sample_by_qpdf(int document, const char *const options[])
{
    char from[TOOL_PATH_MAX];
    char output[TOOL_OUTPUT_MAX];
    const char *argv[OPTIONS_MAX + 4] = {"qpdf", from};
    size_t count = 2;
    for (size_t i = 0; options[i] != NULL; i++) {
        assert_true(i < OPTIONS_MAX);
        argv[count++] = options[i];
    }
    char to[] = "/tmp/piradi-sample-XXXXXX";
    int made = mkostemp(to, O_CLOEXEC);
    assert_true(made >= 0);
    argv[count] = to;
    tool_path(document, from);
    tool_succeeds(argv, output);
    assert_int_equal(close(made), 0);
    made = open(to, O_RDWR | O_CLOEXEC); /* qpdf has put another file there */
    assert_true(made >= 0);
    assert_int_equal(unlink(to), 0);
    return made;
}

struct writing {
    char bytes[65536];
    size_t size;
    size_t offsets[32];
    size_t count;
};

static void put(struct writing *writing, const char *format, ...) PRINTF_LIKE(2, 3);
static void put(struct writing *writing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(writing->bytes + writing->size, sizeof writing->bytes - writing->size,
                           format, arguments);
    va_end(arguments);
    writing->size += (size_t)length;
    assert_true(length >= 0 && writing->size < sizeof writing->bytes);
}

static void begin_object(struct writing *writing)
{
    assert_true(writing->count < sizeof writing->offsets / sizeof *writing->offsets);
    writing->offsets[writing->count++] = writing->size;
    put(writing, "%zu 0 obj\n", writing->count);
}

int sample_made(const char *catalogue, const char *page, const char *const objects[])
{
    static struct writing writing;
    memset(&writing, 0, sizeof writing);
    put(&writing, "%%PDF-1.7\n");
    begin_object(&writing);
    put(&writing, "<< /Type /Catalog /Pages 2 0 R %s >>\nendobj\n", catalogue);
    begin_object(&writing);
    put(&writing, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
    begin_object(&writing);
    put(&writing, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s >>\nendobj\n", page);
    for (size_t i = 0; objects != NULL && objects[i] != NULL; i++) {
        begin_object(&writing);
        put(&writing, "%s\nendobj\n", objects[i]);
    }
    size_t xref = writing.size;
    put(&writing, "xref\n0 %zu\n0000000000 65535 f \n", writing.count + 1);
    for (size_t i = 0; i < writing.count; i++) {
        put(&writing, "%010zu 00000 n \n", writing.offsets[i]);
    }
    put(&writing, "trailer\n<< /Size %zu /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
        writing.count + 1, xref);
    return sample_of_bytes(writing.bytes, writing.size);
}

struct place {
    unsigned long number;
    unsigned long offset;
    char type;
};

/* Appends a change's object, if it has one. */
static struct place put_change(struct writing *writing, size_t base, const char *change)
{
    char *body;
    struct place place = {.number = strtoul(change, &body, 10), .type = 'n'};
    body++;
    if (strcmp(body, "free") == 0) {
        place.type = 'f';
    } else if (body[0] == '@') {
        place.offset = strtoul(body + 1, NULL, 10);
    } else {
        place.offset = base + writing->size;
        put(writing, "%lu 0 obj\n%s\nendobj\n", place.number, body);
    }
    return place;
}

int sample_updated(int document, int root, const char *const changes[])
{
    static struct writing writing;
    memset(&writing, 0, sizeof writing);
    size_t size;
    uint8_t *bytes = sample_bytes(document, &size);
    unsigned long previous = strtoul(sample_after_last(bytes, size, "startxref\n"), NULL, 10);
    unsigned long objects = strtoul(sample_after_last(bytes, size, "/Size "), NULL, 10);
    struct place places[32];
    size_t count = 0;
    for (; changes[count] != NULL; count++) {
        assert_true(count < sizeof places / sizeof *places);
        places[count] = put_change(&writing, size, changes[count]);
        objects = places[count].number >= objects ? places[count].number + 1 : objects;
    }
    size_t xref = size + writing.size;
    put(&writing, "xref\n");
    for (size_t i = 0; i < count; i++) {
        put(&writing, "%lu 1\n%010lu %05d %c \n", places[i].number, places[i].offset,
            places[i].type == 'f', places[i].type);
    }
    put(&writing, "trailer\n<< /Size %lu /Root %d 0 R /Prev %lu >>\nstartxref\n%zu\n%%%%EOF\n",
        objects, root, previous, xref);
    int updated = sample_of_bytes(bytes, size);
    assert_int_equal(write(updated, writing.bytes, writing.size), (ssize_t)writing.size);
    free(bytes);
    return updated;
}

int sample_replaced(int document, const char *old, const char *new)
{
    size_t size;
    uint8_t *bytes = sample_bytes(document, &size);
    size_t length = strlen(old);
    assert_int_equal(length, strlen(new));
    uint8_t *found = memmem(bytes, size, old, length);
    if (found == NULL) {
        fail_msg("no %s", old);
        return -1;
    }
    assert_null(memmem(found + 1, size - (size_t)(found + 1 - bytes), old, length));
    memcpy(found, new, length);
    int replaced = sample_of_bytes(bytes, size);
    free(bytes);
    return replaced;
}

uint8_t *sample_bytes(int document, size_t *size)
{
    struct stat file;
    assert_int_equal(fstat(document, &file), 0);
    *size = (size_t)file.st_size;
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(document, bytes, *size, 0), file.st_size);
    bytes[*size] = '\0';
    return bytes;
}

const char *sample_after_last(const uint8_t *bytes, size_t size, const char *word)
{
    const uint8_t *found = NULL;
    const uint8_t *next = bytes;
    while ((next = memmem(next, size - (size_t)(next - bytes), word, strlen(word))) != NULL) {
        next += strlen(word);
        found = next;
    }
    if (found == NULL) {
        fail_msg("no %s", word);
        return "";
    }
    return (const char *)found;
}

size_t sample_soft_sign(EVP_PKEY *key, const uint8_t *message, size_t size, uint8_t signature[1024])
{
    size_t signature_size = 1024;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &signature_size, message, size), 1);
    EVP_MD_CTX_free(context);
    return signature_size;
}

int sample_signed(int document, const struct identity *signer, const struct identity *ca, time_t at)
{
    int prepared = sample_empty();
    struct pades *pades = NULL;
    struct detail detail;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    enum status status = pades_prepare(document, prepared, at, &pades, &detail);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_code(status), detail.text);
    }
    STACK_OF(X509) *chain = sk_X509_new_null();
    assert_true(sk_X509_push(chain, ca->certificate) > 0);
    status = pades_attributes(pades, signer->certificate, chain, &message, &size, &detail);
    assert_int_equal(status, STATUS_OK);
    size_t signature_size = sample_soft_sign(signer->key, message, size, signature);
    status = pades_finish(pades, signature, signature_size, &detail);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_code(status), detail.text);
    }
    OPENSSL_free(message);
    sk_X509_free(chain);
    pades_free(&pades);
    return prepared;
}
