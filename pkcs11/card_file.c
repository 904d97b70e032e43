/* The card's files: SELECT and READ BINARY, ISO/IEC 7816-4:2013, 11.2.2 and 11.3.3. */
#include <string.h>

#include "pkcs11/card_private.h"

enum select_by {
    SELECT_BY_ID = 0x00,
    SELECT_EF_BELOW = 0x02,
    SELECT_BY_NAME = 0x04,
    SELECT_PATH_FROM_MASTER = 0x08,
    SELECT_PATH_FROM_CURRENT = 0x09,
};

/* What cards of this kind want in P2 and Le (facts: "remember the form that worked"). */
static const struct select_form {
    uint8_t p2;
    size_t le;
} select_forms[] = {{0x0C, 0}, {0x00, APDU_LE_SHORT_MAX}, {0x04, APDU_LE_SHORT_MAX}};

#define SELECT_FORMS (sizeof select_forms / sizeof *select_forms)

static bool refuses_form(uint16_t sw)
{
    return sw == SW_WRONG_LENGTH || sw == SW_WRONG_P1P2 || sw == SW_WRONG_OFFSET ||
           sw == SW_UNSUPPORTED;
}

/* In the form that is known to work, or else in each. */
static enum status select_file(struct card *card, enum select_by by, const uint8_t *name,
                               size_t size, uint16_t *sw)
{
    size_t form = card->select_form;
    for (size_t tried = 0; tried < SELECT_FORMS; tried++) {
        struct apdu apdu = {.ins = APDU_SELECT,
                            .p1 = (uint8_t)by,
                            .p2 = select_forms[form].p2,
                            .data = name,
                            .size = size,
                            .le = select_forms[form].le};
        struct apdu_response response;
        enum status status = card_exchange(card, &apdu, &response);
        if (status != STATUS_OK) {
            return status;
        }
        *sw = response.sw;
        if (response.sw == SW_OK) {
            card->select_form = form;
            card->select_form_known = true;
        }
        if (card->select_form_known || !refuses_form(response.sw)) {
            return STATUS_OK;
        }
        form = (form + 1) % SELECT_FORMS;
    }
    return STATUS_OK;
}

bool card_is_in(const struct card *card, const struct pkcs15_path *directory)
{
    return card->directory_known && pkcs15_path_equal(&card->directory, directory);
}

static bool lies_in(const struct pkcs15_path *directory, const struct pkcs15_path *place)
{
    return directory->size >= place->size &&
           memcmp(directory->bytes, place->bytes, place->size) == 0;
}

/* A local PIN lives as long as its directory, or one below it, is current. */
static void now_in(struct card *card, const struct pkcs15_path *directory)
{
    card->directory = *directory;
    card->directory_known = true;
    for (size_t i = 0; i < PKCS15_PINS_MAX; i++) {
        const struct pkcs15_pin *pin = card->verified[i];
        if (pin != NULL && (pin->flags & PKCS15_PIN_LOCAL) != 0 && pin->path.size > 0 &&
            !lies_in(directory, &pin->path)) {
            card->verified[i] = NULL;
        }
    }
}

static enum status select_from_master(struct card *card, const struct pkcs15_path *path,
                                      uint16_t *sw)
{
    if (path->size == 2) {
        return select_file(card, SELECT_BY_ID, path->bytes, path->size, sw);
    }
    return select_file(card, SELECT_PATH_FROM_MASTER, path->bytes + 2, path->size - 2, sw);
}

static enum status select_by_name(struct card *card, uint16_t *sw)
{
    const struct pkcs15_path application = {.size = 0};
    enum status status =
        select_file(card, SELECT_BY_NAME, (const uint8_t *)PKCS15_AID, PKCS15_AID_SIZE, sw);
    if (status == STATUS_OK && *sw == SW_OK) {
        now_in(card, &application);
    }
    return status;
}

/* After a reset, a card whose files belong to an applet may know no path before its SELECT. */
static enum status select_absolute(struct card *card, const struct pkcs15_path *path, uint16_t *sw)
{
    uint16_t name_sw = SW_OK;
    enum status status = STATUS_OK;
    if (card->application_comes_first && !card->directory_known) {
        status = select_by_name(card, &name_sw);
    }
    if (status == STATUS_OK) {
        status = select_from_master(card, path, sw);
    }
    if (status != STATUS_OK || *sw == SW_OK || card->directory_known) {
        return status;
    }
    status = select_by_name(card, &name_sw);
    if (status == STATUS_OK && name_sw == SW_OK) {
        status = select_from_master(card, path, sw);
        card->application_comes_first = status == STATUS_OK && *sw == SW_OK;
    }
    return status;
}

static enum status select_path(struct card *card, const struct pkcs15_path *path, bool is_file)
{
    uint16_t sw = SW_NOT_FOUND;
    enum status status;
    if (path->size < 2) {
        return STATUS_INTERNAL;
    }
    if (pkcs15_path_is_absolute(path)) {
        status = select_absolute(card, path, &sw);
    } else {
        status = card_select_application(card);
        if (status == STATUS_OK) {
            bool is_near = is_file && path->size == 2;
            status = select_file(card, is_near ? SELECT_EF_BELOW : SELECT_PATH_FROM_CURRENT,
                                 path->bytes, path->size, &sw);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (sw != SW_OK) {
        card->directory_known = false;
        return STATUS_CARD_UNKNOWN;
    }
    struct pkcs15_path directory = is_file ? pkcs15_parent(path) : *path;
    now_in(card, &directory);
    return STATUS_OK;
}

/* The size that a DER object of two length bytes gives itself; 0 for anything else. */
static size_t declared_size(const struct buffer *file, size_t start)
{
    if (file->size - start < 4) {
        return 0;
    }
    const uint8_t *bytes = file->bytes + start;
    if (bytes[0] != 0x30 || bytes[1] != 0x82) {
        return 0;
    }
    return 4 + ((size_t)bytes[2] << 8 | bytes[3]);
}

/* READ BINARY of up to `wanted` bytes (0: all there is). */
static struct apdu read_command(const struct card *card, size_t offset, size_t wanted)
{
    size_t most = card->reads_short ? APDU_LE_SHORT_MAX : APDU_LE_EXTENDED_MAX;
    return (struct apdu){.ins = APDU_READ_BINARY,
                         .p1 = (uint8_t)(offset >> 8),
                         .p2 = (uint8_t)offset,
                         .le = wanted > 0 && wanted < most ? wanted : most};
}

/* What came of it. *ended when the card said so. */
static enum status take_part(struct card *card, const struct apdu *apdu,
                             const struct apdu_response *response, size_t wanted,
                             struct buffer *out, bool *ended)
{
    if (response->sw == SW_WRONG_LENGTH && apdu->le > APDU_LE_SHORT_MAX) {
        card->reads_short = true;
        return STATUS_OK;
    }
    if (response->sw != SW_OK && response->sw != SW_END_OF_FILE) {
        *ended = true;
        return response->sw == SW_WRONG_OFFSET ? STATUS_OK : STATUS_CARD_UNKNOWN;
    }
    *ended = response->sw == SW_END_OF_FILE || response->size == 0 ||
             (response->size < apdu->le && apdu->le <= APDU_LE_SHORT_MAX);
    size_t taken = wanted > 0 && response->size > wanted ? wanted : response->size;
    if (taken > out->limit - out->size) {
        return STATUS_CARD_UNKNOWN;
    }
    return put_bytes(out, response->data, taken) ? STATUS_OK : STATUS_INTERNAL;
}

static enum status read_part(struct card *card, size_t offset, size_t wanted, struct buffer *out,
                             bool *ended)
{
    struct apdu_response response;
    struct apdu apdu = read_command(card, offset, wanted);
    enum status status = card_exchange(card, &apdu, &response);
    return status == STATUS_OK ? take_part(card, &apdu, &response, wanted, out, ended) : status;
}

/* An extended read gives all there is, unless the file itself says that it is longer. */
static bool has_all(const struct card *card, const struct buffer *out, size_t start, size_t wanted)
{
    size_t got = out->size - start;
    size_t declared = declared_size(out, start);
    if (wanted > 0) {
        return got >= wanted;
    }
    return got > 0 && !card->reads_short && got >= declared;
}

/* The rest of the current EF, or of the part of it that location names, of which out has what is
 * behind start. */
static enum status read_rest(struct card *card, const struct pkcs15_location *location,
                             size_t start, bool ended, struct buffer *out)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !ended && !has_all(card, out, start, location->size)) {
        size_t got = out->size - start;
        size_t wanted = location->size > 0 ? location->size - got : 0;
        if (location->offset + got >= CARD_FILE_MAX) {
            break;
        }
        status = read_part(card, location->offset + got, wanted, out, &ended);
    }
    if (status != STATUS_OK) {
        out->size = start;
    }
    return status;
}

static enum status read_current(struct card *card, const struct pkcs15_location *location,
                                struct buffer *out)
{
    return read_rest(card, location, out->size, false, out);
}

/* The SELECT of an EF that needs nothing before it, is known to be liked, and returns nothing.
 * False if there is none. */
static bool select_command(struct card *card, const struct pkcs15_path *path, struct apdu *apdu)
{
    const struct pkcs15_path application = {.size = 0};
    bool from_master = pkcs15_path_is_absolute(path);
    bool is_near = path->size == 2 && card_is_in(card, &application);
    if (!card->select_form_known || select_forms[card->select_form].le > 0 ||
        !(from_master ? card->directory_known : is_near)) {
        return false;
    }
    size_t skipped = from_master ? 2 : 0;
    *apdu = (struct apdu){.ins = APDU_SELECT,
                          .p1 = from_master ? SELECT_PATH_FROM_MASTER : SELECT_EF_BELOW,
                          .p2 = select_forms[card->select_form].p2,
                          .data = path->bytes + skipped,
                          .size = path->size - skipped};
    return apdu->size > 0;
}

/* SELECT and the first READ BINARY at once. *done is false, and nothing read, where that did not
 * work. */
static enum status read_at_once(struct card *card, const struct pkcs15_location *location,
                                struct buffer *out, bool *done)
{
    struct apdu select;
    struct apdu_response response;
    size_t start = out->size;
    bool ended = false;
    *done = false;
    if (location->offset >= CARD_FILE_MAX || !select_command(card, &location->path, &select)) {
        return STATUS_OK;
    }
    struct apdu read = read_command(card, location->offset, location->size);
    enum status status = card_exchange_two(card, &select, &read, &response, done);
    if (status != STATUS_OK || !*done) {
        return status;
    }
    struct pkcs15_path directory = pkcs15_parent(&location->path);
    now_in(card, &directory);
    status = take_part(card, &read, &response, location->size, out, &ended);
    if (status != STATUS_OK) {
        out->size = start;
        return status;
    }
    return read_rest(card, location, start, ended, out);
}

enum status card_read(struct card *card, const struct pkcs15_location *location, struct buffer *out)
{
    bool done = false;
    enum status status = read_at_once(card, location, out, &done);
    if (status != STATUS_OK || done) {
        return status;
    }
    status = select_path(card, &location->path, true);
    return status == STATUS_OK ? read_current(card, location, out) : status;
}

/* EF.DIR names a path, for cards that do not select their application by its name. */
static enum status find_application(struct card *card, struct pkcs15_path *path)
{
    static const struct pkcs15_path file = {.bytes = {0x3F, 0x00, 0x2F, 0x00}, .size = 4};
    const struct pkcs15_location all = {.size = 0};
    struct buffer bytes;
    uint16_t sw;
    enum status status = select_from_master(card, &file, &sw);
    if (status != STATUS_OK || sw != SW_OK) {
        return status == STATUS_OK ? STATUS_CARD_UNKNOWN : status;
    }
    buffer_init(&bytes, CARD_FILE_MAX);
    status = read_current(card, &all, &bytes);
    if (status == STATUS_OK && !pkcs15_find_application(bytes.bytes, bytes.size, path)) {
        status = STATUS_CARD_UNKNOWN;
    }
    buffer_free(&bytes);
    return status;
}

enum status card_select_application(struct card *card)
{
    const struct pkcs15_path application = {.size = 0};
    struct pkcs15_path path = {.size = 0};
    uint16_t sw;
    if (card_is_in(card, &application)) {
        return STATUS_OK;
    }
    enum status status = select_by_name(card, &sw);
    if (status != STATUS_OK || sw == SW_OK) {
        return status;
    }
    status = find_application(card, &path);
    if (status == STATUS_OK) {
        status = pkcs15_path_is_absolute(&path) && path.size > 2
                     ? select_from_master(card, &path, &sw)
                     : STATUS_CARD_UNKNOWN;
    }
    if (status == STATUS_OK && sw != SW_OK) {
        status = STATUS_CARD_UNKNOWN;
    }
    if (status == STATUS_OK) {
        now_in(card, &application);
    }
    return status;
}

enum status card_enter(struct card *card, const struct pkcs15_path *directory)
{
    if (card_is_in(card, directory)) {
        return STATUS_OK;
    }
    return directory->size == 0 ? card_select_application(card)
                                : select_path(card, directory, false);
}
