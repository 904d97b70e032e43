#include "tests/card/file.h"

#include <stdlib.h>
#include <string.h>

struct file *file_new(enum file_kind kind, uint16_t id)
{
    struct file *file = calloc(1, sizeof *file);
    if (file != NULL) {
        file->kind = kind;
        file->id = id;
        file->read = kind == FILE_INTERNAL ? FILE_ACCESS_NEVER : FILE_ACCESS_ALWAYS;
    }
    return file;
}

void file_free(struct file **file)
{
    if (file == NULL || *file == NULL) {
        return;
    }
    struct file *child = (*file)->first_child;
    while (child != NULL) {
        struct file *next = child->next;
        file_free(&child);
        child = next;
    }
    free((*file)->content);
    free((*file)->settled);
    free(*file);
    *file = NULL;
}

bool file_add(struct file *directory, struct file *child)
{
    struct file **end = &directory->first_child;
    for (; *end != NULL; end = &(*end)->next) {
        if ((*end)->id == child->id || (child->sfi != 0 && (*end)->sfi == child->sfi)) {
            return false;
        }
    }
    child->parent = directory;
    *end = child;
    return true;
}

struct file *file_child(const struct file *directory, uint16_t id)
{
    struct file *child = directory->first_child;
    while (child != NULL && child->id != id) {
        child = child->next;
    }
    return child;
}

const struct file *file_child_by_sfi(const struct file *directory, uint8_t sfi)
{
    const struct file *child = directory->first_child;
    while (child != NULL && (sfi == 0 || child->sfi != sfi)) {
        child = child->next;
    }
    return child;
}

const struct file *file_by_path(const struct file *start, const uint8_t *path, size_t path_size)
{
    struct reader left = reader_of(path, path_size);
    const struct file *file = start;
    while (file != NULL && left.left > 0) {
        uint16_t id;
        if (!get_u16(&left, &id)) {
            return NULL;
        }
        file = file_child(file, id);
    }
    return file;
}

const struct file *file_by_name(const struct file *root, const uint8_t *name, size_t name_size)
{
    if (root->name_size >= name_size && memcmp(root->name, name, name_size) == 0) {
        return root;
    }
    for (const struct file *child = root->first_child; child != NULL; child = child->next) {
        const struct file *found =
            child->kind == FILE_DIRECTORY ? file_by_name(child, name, name_size) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const struct file *file_by_id(const struct file *current, uint16_t id)
{
    const struct file *child = file_child(current, id);
    if (child != NULL) {
        return child;
    }
    const struct file *parent = current->parent;
    if (current->id == id) {
        return current;
    }
    if (parent == NULL) {
        return NULL;
    }
    if (parent->id == id) {
        return parent;
    }
    const struct file *brother = file_child(parent, id);
    return brother != NULL && brother->kind == FILE_DIRECTORY ? brother : NULL;
}

void file_settle(struct file *file)
{
    if (file->settled != NULL) {
        free(file->content);
        file->content = file->settled;
        file->settled = NULL;
    }
}

bool file_is_within(const struct file *file, const struct file *directory)
{
    while (file != NULL && file != directory) {
        file = file->parent;
    }
    return file != NULL;
}

/* File descriptor byte, 7816-4 table 12. */
static uint8_t descriptor(const struct file *file)
{
    switch (file->kind) {
    case FILE_DIRECTORY:
        return 0x38;
    case FILE_INTERNAL:
        return 0x09;
    case FILE_TRANSPARENT:
        break;
    }
    return 0x01;
}

bool file_put_control(const struct file *file, uint8_t template_tag, struct buffer *out)
{
    uint8_t bytes[4 + 3 + 4 + 2 + FILE_NAME_MAX + 3 + 3];
    size_t n = 0;
    if (file->kind != FILE_DIRECTORY) {
        bytes[n++] = 0x80;
        bytes[n++] = 2;
        bytes[n++] = (uint8_t)(file->size >> 8);
        bytes[n++] = (uint8_t)file->size;
    }
    bytes[n++] = 0x82;
    bytes[n++] = 1;
    bytes[n++] = descriptor(file);
    bytes[n++] = 0x83;
    bytes[n++] = 2;
    bytes[n++] = (uint8_t)(file->id >> 8);
    bytes[n++] = (uint8_t)file->id;
    if (file->name_size > 0) {
        bytes[n++] = 0x84;
        bytes[n++] = (uint8_t)file->name_size;
        memcpy(bytes + n, file->name, file->name_size);
        n += file->name_size;
    }
    if (file->sfi != 0) {
        bytes[n++] = 0x88;
        bytes[n++] = 1;
        bytes[n++] = (uint8_t)(file->sfi << 3);
    }
    bytes[n++] = 0x8A; /* life cycle: operational, activated */
    bytes[n++] = 1;
    bytes[n++] = 0x05;
    return put_u8(out, template_tag) && put_u8(out, (uint8_t)n) && put_bytes(out, bytes, n);
}
