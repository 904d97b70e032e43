#include "portal/pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

struct pages {
    size_t count;
    struct page list[PAGES_MAX];
};

static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    {".css", "text/css; charset=utf-8"},       {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    const char *suffix = strrchr(name, '.');
    for (size_t i = 0; suffix != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(suffix, types[i].suffix) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

static bool read_whole(int fd, struct page *page)
{
    struct stat found;
    if (fstat(fd, &found) != 0) {
        return false;
    }
    if (!S_ISREG(found.st_mode) || found.st_size > PAGE_SIZE_MAX) {
        errno = EFBIG;
        return false;
    }
    page->size = (size_t)found.st_size;
    page->bytes = malloc(page->size + 1);
    if (page->bytes == NULL) {
        return false;
    }
    ssize_t got = read(fd, page->bytes, page->size);
    if (got < 0) {
        return false;
    }
    if ((size_t)got != page->size) {
        errno = EIO; /* a regular file is read whole, unless it has just shrunk */
        return false;
    }
    return true;
}

static void set_etag(struct page *page)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256(page->bytes, page->size, hash);
    page->etag[0] = '"';
    for (size_t i = 0; i < sizeof hash; i++) {
        snprintf(page->etag + 1 + 2 * i, 3, "%02x", hash[i]);
    }
    page->etag[65] = '"';
    page->etag[66] = '\0';
}

static bool set_path(struct page *page, const char *name)
{
    static const char html[] = ".html";
    int length = snprintf(page->path, sizeof page->path, "/%s", name);
    if (length < 0 || (size_t)length >= sizeof page->path) {
        return false;
    }
    if (strcmp(name, "index.html") == 0) {
        page->path[1] = '\0';
    } else if (length > (int)sizeof html && strcmp(page->path + length - strlen(html), html) == 0) {
        page->path[(size_t)length - strlen(html)] = '\0';
    }
    return true;
}

static bool add(struct pages *pages, const char *folder, const char *name)
{
    char file[4096];
    struct page *page = &pages->list[pages->count];
    const char *type = type_of(name);
    if (pages->count == PAGES_MAX || type == NULL || !set_path(page, name) ||
        pages_find(pages, page->path) != NULL) {
        log_error("%s/%s: not a page: its type is not known, or there are too many", folder, name);
        return false;
    }
    int length = snprintf(file, sizeof file, "%s/%s", folder, name);
    int fd = length > 0 && (size_t)length < sizeof file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && read_whole(fd, page);
    if (!ok) {
        log_error("%s/%s: %s", folder, name, strerror(errno));
        free(page->bytes);
        page->bytes = NULL;
    } else {
        page->type = type;
        set_etag(page);
        pages->count++;
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool add_folder(struct pages *pages, const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        log_error("%s: %s", path, strerror(errno));
        return false;
    }
    bool ok = true;
    for (struct dirent *entry = readdir(folder); ok && entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            ok = add(pages, path, entry->d_name);
        }
    }
    closedir(folder);
    return ok;
}

struct pages *pages_load(const char *folder, const char *javascript_folder)
{
    struct pages *pages = calloc(1, sizeof *pages);
    if (pages != NULL &&
        !(add_folder(pages, folder) && add(pages, javascript_folder, "piradi.js"))) {
        pages_free(&pages);
    }
    return pages;
}

void pages_free(struct pages **pages)
{
    if (pages == NULL || *pages == NULL) {
        return;
    }
    for (size_t i = 0; i < (*pages)->count; i++) {
        free((*pages)->list[i].bytes);
    }
    free(*pages);
    *pages = NULL;
}

const struct page *pages_find(const struct pages *pages, const char *path)
{
    for (size_t i = 0; i < pages->count; i++) {
        if (strcmp(pages->list[i].path, path) == 0) {
            return &pages->list[i];
        }
    }
    return NULL;
}
