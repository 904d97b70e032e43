#include "letters/zip_write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "letters/file_write.h"

#define DIRECTORY_MAX ((size_t)64 * 1024 * 1024)
#define PIECE_SIZE ((size_t)256 * 1024)
#define NAME_SIZE_MAX 1024
#define LOCAL_SIGNATURE 0x04034b50 /* 4.3.7 */
#define ENTRY_SIGNATURE 0x02014b50 /* 4.3.12 */
#define END_SIGNATURE 0x06054b50   /* 4.3.16 */
#define VERSION 20
#define NAME_IS_UTF8 0x0800 /* 4.4.4, bit 11 */
#define LOCAL_SIZE 30

void zip_write_begin(struct zip_write *zip, int fd, time_t at)
{
    struct tm utc = {.tm_year = 80, .tm_mday = 1};
    (void)gmtime_r(&at, &utc);
    *zip = (struct zip_write){
        .fd = fd,
        .date = (uint16_t)((utc.tm_year - 80) << 9 | (utc.tm_mon + 1) << 5 | utc.tm_mday),
        .time = (uint16_t)(utc.tm_hour << 11 | utc.tm_min << 5 | utc.tm_sec / 2),
    };
    buffer_init(&zip->directory, DIRECTORY_MAX);
}

void zip_write_free(struct zip_write *zip)
{
    buffer_free(&zip->directory);
}

static bool put_le16(struct buffer *buffer, uint32_t value)
{
    return put_u8(buffer, (uint8_t)value) && put_u8(buffer, (uint8_t)(value >> 8));
}

static bool put_le32(struct buffer *buffer, uint32_t value)
{
    return put_le16(buffer, value & 0xFFFF) && put_le16(buffer, value >> 16);
}

struct member {
    const char *name;
    uint32_t checksum;
    uint32_t size;
};

/* What a local header and an entry of the directory have in common. */
static bool put_common(const struct zip_write *zip, const struct member *member,
                       struct buffer *buffer)
{
    return put_le16(buffer, VERSION) && put_le16(buffer, NAME_IS_UTF8) && put_le16(buffer, 0) &&
           put_le16(buffer, zip->time) && put_le16(buffer, zip->date) &&
           put_le32(buffer, member->checksum) && put_le32(buffer, member->size) &&
           put_le32(buffer, member->size) && put_le16(buffer, (uint32_t)strlen(member->name)) &&
           put_le16(buffer, 0);
}

static bool put_entry(struct zip_write *zip, const struct member *member, uint32_t offset)
{
    struct buffer *directory = &zip->directory;
    return put_le32(directory, ENTRY_SIGNATURE) && put_le16(directory, VERSION) &&
           put_common(zip, member, directory) && put_le16(directory, 0) && put_le16(directory, 0) &&
           put_le16(directory, 0) && put_le32(directory, 0) && put_le32(directory, offset) &&
           put_bytes(directory, member->name, strlen(member->name));
}

static enum status write_local(const struct zip_write *zip, const struct member *member)
{
    struct buffer header;
    buffer_init(&header, LOCAL_SIZE + NAME_SIZE_MAX);
    enum status status = put_le32(&header, LOCAL_SIGNATURE) && put_common(zip, member, &header) &&
                                 put_bytes(&header, member->name, strlen(member->name))
                             ? file_write_at(zip->fd, zip->at, header.bytes, header.size)
                             : STATUS_INTERNAL;
    buffer_free(&header);
    return status;
}

static bool has_room(const struct zip_write *zip, uint64_t size)
{
    return zip->count < UINT16_MAX && size <= UINT32_MAX &&
           zip->at + size + LOCAL_SIZE + NAME_SIZE_MAX < UINT32_MAX;
}

/* The content is there already, behind room for the header. */
static enum status finish_member(struct zip_write *zip, const struct member *member)
{
    enum status status = write_local(zip, member);
    if (status != STATUS_OK) {
        return status;
    }
    if (!put_entry(zip, member, (uint32_t)zip->at)) {
        return STATUS_INTERNAL;
    }
    zip->at += LOCAL_SIZE + strlen(member->name) + member->size;
    zip->count++;
    return STATUS_OK;
}

enum status zip_write_bytes(struct zip_write *zip, const char *name, const void *bytes, size_t size)
{
    if (!has_room(zip, size)) {
        return STATUS_DOCUMENT_TOO_LARGE;
    }
    const struct member member = {
        .name = name,
        .checksum = (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes, size),
        .size = (uint32_t)size,
    };
    enum status status = file_write_at(zip->fd, zip->at + LOCAL_SIZE + strlen(name), bytes, size);
    return status == STATUS_OK ? finish_member(zip, &member) : status;
}

static enum status copy_piece(struct zip_write *zip, int fd, uint8_t *piece, uint64_t content_at,
                              struct member *member, bool *is_over)
{
    ssize_t got = pread(fd, piece, PIECE_SIZE, (off_t)member->size);
    *is_over = got == 0;
    if (got < 0) {
        return errno == EINTR ? STATUS_OK : STATUS_INTERNAL;
    }
    if (!has_room(zip, (uint64_t)member->size + (uint64_t)got)) {
        return STATUS_DOCUMENT_TOO_LARGE;
    }
    member->checksum = (uint32_t)crc32_z(member->checksum, piece, (size_t)got);
    enum status status = file_write_at(zip->fd, content_at + member->size, piece, (size_t)got);
    member->size += (uint32_t)got;
    return status;
}

enum status zip_write_file(struct zip_write *zip, const char *name, int fd)
{
    struct member member = {.name = name, .checksum = (uint32_t)crc32_z(0, NULL, 0)};
    uint8_t *piece = malloc(PIECE_SIZE);
    bool is_over = false;
    enum status status = piece != NULL ? STATUS_OK : STATUS_INTERNAL;
    while (status == STATUS_OK && !is_over) {
        status = copy_piece(zip, fd, piece, zip->at + LOCAL_SIZE + strlen(name), &member, &is_over);
    }
    free(piece);
    return status == STATUS_OK ? finish_member(zip, &member) : status;
}

enum status zip_write_end(struct zip_write *zip)
{
    struct buffer *directory = &zip->directory;
    size_t size = directory->size;
    bool ok = put_le32(directory, END_SIGNATURE) && put_le16(directory, 0) &&
              put_le16(directory, 0) && put_le16(directory, zip->count) &&
              put_le16(directory, zip->count) && put_le32(directory, (uint32_t)size) &&
              put_le32(directory, (uint32_t)zip->at) && put_le16(directory, 0);
    return ok ? file_write_at(zip->fd, zip->at, directory->bytes, directory->size)
              : STATUS_INTERNAL;
}
