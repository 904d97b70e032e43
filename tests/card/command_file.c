/* SELECT and READ BINARY, ISO/IEC 7816-4:2013, 11.2.2 and 11.3.3. */
#include "tests/card/command.h"
#include "tests/card/iso7816.h"

#define TEMPLATE_FCP 0x62
#define TEMPLATE_FCI 0x6F

enum {
    SELECT_BY_ID = 0x00,
    SELECT_CHILD_DIRECTORY = 0x01,
    SELECT_CHILD_FILE = 0x02,
    SELECT_PARENT = 0x03,
    SELECT_BY_NAME = 0x04,
    SELECT_PATH_FROM_MASTER = 0x08,
    SELECT_PATH_FROM_CURRENT = 0x09,
};

enum { ANSWER_FCI = 0x00, ANSWER_FCP = 0x04, ANSWER_NOTHING = 0x0C };

static const struct file *master(const struct card *card)
{
    return card_has_master(card) ? card->root : NULL;
}

static const struct file *by_id(const struct card *card, const struct apdu *apdu)
{
    if (apdu->data_size == 0) {
        return master(card);
    }
    uint16_t id = (uint16_t)(apdu->data[0] << 8 | apdu->data[1]);
    if (apdu->p1 == SELECT_BY_ID && id == FILE_MASTER) {
        return master(card);
    }
    if (card->directory == NULL) {
        return NULL;
    }
    if (apdu->p1 == SELECT_BY_ID) {
        return file_by_id(card->directory, id);
    }
    const struct file *child = file_child(card->directory, id);
    bool directory = child != NULL && child->kind == FILE_DIRECTORY;
    return directory == (apdu->p1 == SELECT_CHILD_DIRECTORY) ? child : NULL;
}

/* On a card without MF only by its whole name: what generation A's historical bytes say. */
static const struct file *by_name(const struct card *card, const struct apdu *apdu)
{
    const struct file *found = file_by_name(card->root, apdu->data, apdu->data_size);
    bool whole = found != NULL && found->name_size == apdu->data_size;
    return whole || card_has_master(card) ? found : NULL;
}

static const struct file *by_path(const struct card *card, const struct apdu *apdu)
{
    const struct file *start = apdu->p1 == SELECT_PATH_FROM_MASTER ? master(card) : card->directory;
    return start != NULL ? file_by_path(start, apdu->data, apdu->data_size) : NULL;
}

/* *found is NULL for a file that is not there. Returns 9000 when the question was well formed. */
static uint16_t find(const struct card *card, const struct apdu *apdu, const struct file **found)
{
    size_t size = apdu->data_size;
    *found = NULL;
    switch (apdu->p1) {
    case SELECT_BY_ID:
    case SELECT_CHILD_DIRECTORY:
    case SELECT_CHILD_FILE:
        if (size != 2 && !(size == 0 && apdu->p1 == SELECT_BY_ID)) {
            return SW_WRONG_LENGTH;
        }
        *found = by_id(card, apdu);
        return SW_OK;
    case SELECT_PARENT:
        *found = card->directory != NULL ? card->directory->parent : NULL;
        return size == 0 ? SW_OK : SW_WRONG_LENGTH;
    case SELECT_BY_NAME:
        if (size == 0 || size > FILE_NAME_MAX) {
            return SW_WRONG_LENGTH;
        }
        *found = by_name(card, apdu);
        return SW_OK;
    case SELECT_PATH_FROM_MASTER:
    case SELECT_PATH_FROM_CURRENT:
        if (size == 0 || size % 2 != 0) {
            return SW_WRONG_LENGTH;
        }
        *found = by_path(card, apdu);
        return SW_OK;
    default:
        return SW_WRONG_P1P2;
    }
}

/*
 * P2 asks for a template and Le must make room for it, or P2 asks for nothing and there is no Le:
 * this card takes no other pairing (facts/georgian-id-card.md names the habit of such cards).
 */
uint16_t command_select(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    if (apdu->p2 != ANSWER_FCI && apdu->p2 != ANSWER_FCP && apdu->p2 != ANSWER_NOTHING) {
        return SW_WRONG_P1P2;
    }
    if ((apdu->p2 == ANSWER_NOTHING) != (apdu->ne == 0)) {
        return SW_WRONG_LENGTH;
    }
    const struct file *file;
    uint16_t status = find(card, apdu, &file);
    if (status != SW_OK) {
        return status;
    }
    if (file == NULL) {
        return SW_NOT_FOUND;
    }
    if (apdu->p2 != ANSWER_NOTHING &&
        !file_put_control(file, apdu->p2 == ANSWER_FCP ? TEMPLATE_FCP : TEMPLATE_FCI, out)) {
        return SW_INTERNAL;
    }
    if (apdu->p1 == SELECT_BY_NAME) {
        card_start_application(card, file);
    } else if (file->kind == FILE_DIRECTORY) {
        card_enter(card, file);
    } else {
        card_enter(card, file->parent);
        card->file = file;
    }
    return SW_OK;
}

static bool may_read(struct card *card, const struct file *file)
{
    switch (file->read) {
    case FILE_ACCESS_ALWAYS:
        return true;
    case FILE_ACCESS_NEVER:
        return false;
    case FILE_ACCESS_PIN:
        break;
    }
    const struct pin *pin = pins_find(&card->pins, file->parent, file->read_pin);
    return pin != NULL && pin->verified;
}

/* P1 and P2: a short identifier and an offset below 256, or an offset into the current EF. */
static uint16_t locate(struct card *card, const struct apdu *apdu, size_t *offset)
{
    if ((apdu->p1 & 0x80) == 0) {
        *offset = (size_t)apdu->p1 << 8 | apdu->p2;
        return card->file != NULL ? SW_OK : SW_NO_CURRENT_EF;
    }
    uint8_t sfi = apdu->p1 & 0x1F;
    if ((apdu->p1 & 0x60) != 0 || sfi > FILE_SFI_MAX) {
        return SW_WRONG_P1P2;
    }
    *offset = apdu->p2;
    if (sfi == 0) {
        return card->file != NULL ? SW_OK : SW_NO_CURRENT_EF;
    }
    const struct file *file = file_child_by_sfi(card->directory, sfi);
    if (file == NULL) {
        return SW_NOT_FOUND;
    }
    card->file = file;
    return SW_OK;
}

uint16_t command_read_binary(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    size_t offset;
    if (apdu->data_size > 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    uint16_t status = locate(card, apdu, &offset);
    if (status != SW_OK) {
        return status;
    }
    const struct file *file = card->file;
    if (!may_read(card, file)) {
        return SW_SECURITY_STATUS;
    }
    if (offset > 0 && offset >= file->size) {
        return SW_WRONG_OFFSET;
    }
    size_t rest = file->size - offset;
    size_t size = rest < apdu->ne ? rest : apdu->ne;
    if (!put_bytes(out, file->content + offset, size)) {
        return SW_INTERNAL;
    }
    return size < apdu->ne && !apdu->ne_is_maximum ? SW_END_OF_FILE : SW_OK;
}
