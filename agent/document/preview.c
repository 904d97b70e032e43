#include "agent/document/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/document/limits.h"

#define DEADLINE_MS 20000
#define CHUNK (64 * 1024)
#define NOT_STARTED 127
#define NUMBER_SIZE sizeof "4294967295"

/* What is rendered, as pdftoppm wants it told. */
struct view {
    char page[NUMBER_SIZE];
    const char *scale; /* the option that says what `size` is of; the other side is in proportion */
    char size[NUMBER_SIZE];
    unsigned side_max; /* pixels */
    unsigned width;    /* pixels, or 0 for any */
};

/* Never returns. The document is standard input: pdftoppm's "-". */
static void run_renderer(const struct view *view, int document, int output)
{
    const char *const argv[] = {
        "pdftoppm", "-png",        "-singlefile", "-cropbox",  "-f",       view->page, "-l",
        view->page, "-scale-to-y", "-1",          view->scale, view->size, "-",        NULL,
    };
    static char *const environment[] = {NULL};
    int silence = open("/dev/null", O_WRONLY);
    if (silence >= 0 && dup2(document, 0) == 0 && dup2(output, 1) == 1 && dup2(silence, 2) == 2 &&
        close_range(3, ~0U, 0) == 0 && limit_renderer()) {
        execve(PIRADI_PDFTOPPM, (char *const *)(uintptr_t)argv, environment);
    }
    _exit(NOT_STARTED);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until its end of file. False when that does not come in time, or is too far. */
static bool collect(int output, struct buffer *image)
{
    int64_t deadline = now_ms() + DEADLINE_MS;
    for (;;) {
        int64_t left = deadline - now_ms();
        struct pollfd ready = {.fd = output, .events = POLLIN};
        uint8_t chunk[CHUNK];
        if (left <= 0) {
            return false;
        }
        int count = poll(&ready, 1, (int)left);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count <= 0) {
            continue;
        }
        ssize_t got = read(output, chunk, sizeof chunk);
        if (got == 0) {
            return true;
        }
        if (got < 0 || !put_bytes(image, chunk, (size_t)got)) {
            return false;
        }
    }
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Signature, length and type of the first chunk, then its width and height (PNG, ISO/IEC 15948,
 * 5.2 and 11.2.2). */
static bool is_picture(const struct buffer *image, const struct view *view)
{
    static const uint8_t begin[] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A,
                                    0,    0,   0,   13,  'I',  'H',  'D',  'R'};
    struct reader reader = reader_of(image->bytes, image->size);
    const uint8_t *found;
    uint32_t width;
    uint32_t height;
    return get_bytes_direct(&reader, sizeof begin, &found) &&
           memcmp(found, begin, sizeof begin) == 0 && get_u32(&reader, &width) &&
           get_u32(&reader, &height) && width > 0 && width <= view->side_max && height > 0 &&
           height <= view->side_max && (view->width == 0 || width == view->width);
}

/* Its own, read-only descriptor with its own offset: the renderer must not change the file. */
static int reopen_for_reading(int document)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", document);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static enum status render(int document, const struct view *view, struct buffer *image,
                          struct detail *detail)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return refuse(detail, STATUS_INTERNAL, "no pipe to the renderer");
    }
    pid_t child = fork();
    if (child == 0) {
        run_renderer(view, document, ends[1]);
    }
    close(ends[1]);
    bool collected = child > 0 && collect(ends[0], image);
    close(ends[0]);
    if (child < 0) {
        return refuse(detail, STATUS_INTERNAL, "the renderer cannot be started");
    }
    if (!collected) {
        kill(child, SIGKILL);
    }
    int code = wait_for(child);
    if (code == NOT_STARTED) {
        return refuse(detail, STATUS_INTERNAL, "the renderer cannot be started");
    }
    if (!collected || code != 0 || !is_picture(image, view)) {
        return refuse(detail, STATUS_DOCUMENT_DAMAGED, "page %s cannot be shown", view->page);
    }
    return STATUS_OK;
}

static enum status show(int document, const struct view *view, struct buffer *image,
                        struct detail *detail)
{
    int readable = reopen_for_reading(document);
    if (readable < 0) {
        return refuse(detail, STATUS_INTERNAL, "the prepared document cannot be opened");
    }
    enum status status = render(readable, view, image, detail);
    close(readable);
    return status;
}

enum status preview_first_page(int document, struct buffer *image, struct detail *detail)
{
    struct view view = {.page = "1", .scale = "-scale-to", .side_max = PREVIEW_SIDE_MAX};
    snprintf(view.size, sizeof view.size, "%d", PREVIEW_SIDE_MAX);
    return show(document, &view, image, detail);
}

enum status preview_page(int document, unsigned number, unsigned width, struct buffer *image,
                         struct detail *detail)
{
    struct view view = {.scale = "-scale-to-x", .side_max = PREVIEW_PAGE_SIDE_MAX, .width = width};
    snprintf(view.page, sizeof view.page, "%u", number);
    snprintf(view.size, sizeof view.size, "%u", width);
    return show(document, &view, image, detail);
}
