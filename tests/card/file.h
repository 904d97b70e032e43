/*
 * The card's file system: a tree of dedicated files (DF) and transparent elementary files (EF)
 * under the master file 3F00 or, on a card without one, under its one application, and the ways to
 * a file that SELECT and READ BINARY know. ISO/IEC 7816-4:2013, 7.1 and 11.2.
 */
#ifndef PIRADI_TESTS_CARD_FILE_H
#define PIRADI_TESTS_CARD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"

#define FILE_MASTER 0x3F00
#define FILE_NAME_MAX 16
#define FILE_SIZE_MAX 0x7FFF /* READ BINARY with an even INS reaches no further */
#define FILE_SFI_MAX 30

enum file_kind {
    FILE_DIRECTORY,
    FILE_TRANSPARENT,
    FILE_INTERNAL, /* holds a key: can be selected, never read */
};

enum file_access { FILE_ACCESS_ALWAYS, FILE_ACCESS_NEVER, FILE_ACCESS_PIN };

struct file {
    enum file_kind kind;
    uint16_t id;
    uint8_t sfi;                 /* short identifier 1..30; 0: none */
    uint8_t name[FILE_NAME_MAX]; /* DF name (AID) */
    size_t name_size;
    uint8_t *content; /* owned */
    size_t size;
    uint8_t *settled; /* owned: what file_settle makes of content, as long; NULL: the same */
    enum file_access read;
    uint8_t read_pin; /* the reference that FILE_ACCESS_PIN asks for */
    struct file *parent;
    struct file *first_child; /* owned */
    struct file *next;        /* owned by the parent's list */
};

/* An empty file; the caller fills it. NULL when memory is out. */
struct file *file_new(enum file_kind kind, uint16_t id) MUST_USE;

/* Frees the file and everything below it. Accepts NULL and a pointer to NULL. */
void file_free(struct file **file);

/* Hands child over to directory, behind its brothers. False (child stays the caller's) when a
 * brother has the same identifier or short identifier. */
bool file_add(struct file *directory, struct file *child) MUST_USE;

/* NULL, each of these, when there is no such file. */
struct file *file_child(const struct file *directory, uint16_t id);
const struct file *file_child_by_sfi(const struct file *directory, uint8_t sfi);
/* path: identifiers of two bytes each, below start (which is not among them). */
const struct file *file_by_path(const struct file *start, const uint8_t *path, size_t path_size);
/* A DF anywhere below root whose name begins with these bytes. */
const struct file *file_by_name(const struct file *root, const uint8_t *name, size_t name_size);
/* SELECT with P1 00: below the current DF, then the DF itself, its parent, its brothers. */
const struct file *file_by_id(const struct file *current, uint16_t id);

/* Some fact that the content tells has changed for good (a PIN has been set): it now tells that. */
void file_settle(struct file *file);

/* Whether file is directory or lies below it. */
bool file_is_within(const struct file *file, const struct file *directory);

/* Appends the file's control parameters (7816-4, table 10) in a template of that tag, 62 or 6F. */
bool file_put_control(const struct file *file, uint8_t template_tag, struct buffer *out) MUST_USE;

#endif
