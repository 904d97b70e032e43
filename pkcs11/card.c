#include "pkcs11/card.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/apdu.h"

/* How long letting go may take when the operation has used up its own time. */
#define RELEASE_MS 1000
#define GET_RESPONSE_MAX 64
#define CHALLENGE_SIZE 8 /* every card gives this much at a time */

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

struct card {
    struct link *link;
    const struct card_profile *profile;
    int64_t deadline;

    /* Learnt once. */
    size_t select_form;
    bool select_form_known;
    bool reads_short;             /* READ BINARY with an extended Le is refused */
    bool application_comes_first; /* paths from the master file only work after its SELECT */
    bool was_taken;
    bool algorithm_refused; /* MSE: SET wants the key alone */

    /* True until somebody else could speak to the card. */
    struct link_state link_state;
    bool directory_known;
    struct pkcs15_path directory; /* size 0: the application, by its name */
    const struct pkcs15_pin *verified[PKCS15_PINS_MAX];

    struct buffer command;
    struct buffer assembled; /* of a response that came in parts */
};

struct card *card_new(struct link *link, const struct card_profile *profile)
{
    struct card *card = calloc(1, sizeof *card);
    if (card == NULL) {
        return NULL;
    }
    card->link = link;
    card->profile = profile;
    buffer_init(&card->command, LINK_COMMAND_MAX);
    buffer_init(&card->assembled, CARD_FILE_MAX);
    return card;
}

void card_free(struct card **card)
{
    if (card == NULL || *card == NULL) {
        return;
    }
    buffer_free(&(*card)->command);
    buffer_free(&(*card)->assembled);
    free(*card);
    *card = NULL;
}

const struct card_profile *card_profile(const struct card *card)
{
    return card->profile;
}

static void forget_state(struct card *card)
{
    card->directory_known = false;
    memset(card->verified, 0, sizeof card->verified);
}

static int64_t release_deadline(void)
{
    return now_ms() + RELEASE_MS;
}

/* Whoever spoke last to a card that failed cannot know what it did. */
static enum status give_up(struct card *card, enum status status)
{
    forget_state(card);
    link_disconnect(card->link, release_deadline());
    return status;
}

enum status card_take(struct card *card, enum link_use use)
{
    struct link_state state;
    int64_t now = now_ms();
    enum status status = link_take(card->link, use, now + CARD_TAKE_MS, &state);
    if (card->was_taken && (status == STATUS_NO_CARD || status == STATUS_NO_READER)) {
        status = STATUS_CARD_REMOVED;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (card->was_taken && state.connection != card->link_state.connection) {
        return give_up(card, STATUS_CARD_REMOVED);
    }
    if (state.epoch != card->link_state.epoch) {
        forget_state(card);
    }
    card->was_taken = true;
    card->link_state = state;
    card->deadline = now + CARD_OPERATION_MS;
    return STATUS_OK;
}

void card_done(struct card *card)
{
    link_done(card->link, release_deadline());
}

void card_keep(struct card *card)
{
    link_keep(card->link, CARD_HOLD_MS);
}

void card_release(struct card *card)
{
    forget_state(card);
    link_release(card->link, release_deadline());
}

static enum status parse(struct card *card, enum status status, const uint8_t *bytes, size_t size,
                         struct apdu_response *response)
{
    if (status != STATUS_OK) {
        return give_up(card, status);
    }
    return apdu_parse_response(bytes, size, response) ? STATUS_OK : give_up(card, STATUS_CARD_MUTE);
}

static enum status send_once(struct card *card, const struct apdu *apdu,
                             struct apdu_response *response)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    card->command.size = 0;
    if (!apdu_put(&card->command, apdu)) {
        return STATUS_INTERNAL;
    }
    enum status status = link_transmit(card->link, card->command.bytes, card->command.size,
                                       card->deadline, &bytes, &size);
    return parse(card, status, bytes, size, response);
}

/* Parts of a command that is longer than a short one, ISO/IEC 7816-4:2013, 5.3.3. */
static enum status send_chain(struct card *card, const struct apdu *apdu,
                              struct apdu_response *response)
{
    struct apdu part = *apdu;
    while (part.size > APDU_DATA_SHORT_MAX) {
        struct apdu link = part;
        link.cla |= APDU_CLA_CHAIN;
        link.size = APDU_DATA_SHORT_MAX;
        link.le = 0;
        enum status status = send_once(card, &link, response);
        if (status != STATUS_OK || response->sw != SW_OK) {
            return status;
        }
        part.data += APDU_DATA_SHORT_MAX;
        part.size -= APDU_DATA_SHORT_MAX;
    }
    return send_once(card, &part, response);
}

/* Fetches what a response with 61xx left behind. */
static enum status collect(struct card *card, struct apdu_response *response)
{
    size_t le;
    card->assembled.size = 0;
    for (int round = 0; apdu_more_waits(response->sw, &le); round++) {
        struct apdu more = {.ins = APDU_GET_RESPONSE, .le = le};
        if (round == GET_RESPONSE_MAX ||
            !put_bytes(&card->assembled, response->data, response->size)) {
            return STATUS_INTERNAL;
        }
        enum status status = send_once(card, &more, response);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (!put_bytes(&card->assembled, response->data, response->size)) {
        return STATUS_INTERNAL;
    }
    response->data = card->assembled.bytes;
    response->size = card->assembled.size;
    return STATUS_OK;
}

/* OK means that the card answered; what it thinks is in response->sw. */
static enum status exchange(struct card *card, const struct apdu *apdu,
                            struct apdu_response *response)
{
    size_t le;
    enum status status = send_chain(card, apdu, response);
    if (status == STATUS_OK && apdu_le_was_wrong(response->sw, &le)) {
        struct apdu again = *apdu;
        again.le = le;
        status = send_chain(card, &again, response);
    }
    if (status == STATUS_OK && apdu_more_waits(response->sw, &le)) {
        status = collect(card, response);
    }
    return status;
}

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
        enum status status = exchange(card, &apdu, &response);
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

static bool is_in(const struct card *card, const struct pkcs15_path *directory)
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

/* EF.DIR names a path, for cards that do not select their application by its name. */
static enum status select_by_directory_file(struct card *card)
{
    const struct pkcs15_location location = {
        .path = {.bytes = {0x3F, 0x00, 0x2F, 0x00}, .size = 4}};
    struct pkcs15_path path = {.size = 0};
    struct buffer bytes;
    uint16_t sw;
    buffer_init(&bytes, CARD_FILE_MAX);
    enum status status = card_read(card, &location, &bytes);
    if (status == STATUS_OK && !pkcs15_find_application(bytes.bytes, bytes.size, &path)) {
        status = STATUS_CARD_UNKNOWN;
    }
    buffer_free(&bytes);
    if (status != STATUS_OK || !pkcs15_path_is_absolute(&path) || path.size < 4) {
        return status == STATUS_OK ? STATUS_CARD_UNKNOWN : status;
    }
    status = select_file(card, SELECT_PATH_FROM_MASTER, path.bytes + 2, path.size - 2, &sw);
    return status == STATUS_OK && sw != SW_OK ? STATUS_CARD_UNKNOWN : status;
}

enum status card_select_application(struct card *card)
{
    const struct pkcs15_path application = {.size = 0};
    uint16_t sw;
    if (is_in(card, &application)) {
        return STATUS_OK;
    }
    enum status status =
        select_file(card, SELECT_BY_NAME, (const uint8_t *)PKCS15_AID, PKCS15_AID_SIZE, &sw);
    if (status == STATUS_OK && sw != SW_OK) {
        status = select_by_directory_file(card);
    }
    if (status == STATUS_OK) {
        now_in(card, &application);
    }
    return status;
}

static enum status select_from_master(struct card *card, const struct pkcs15_path *path,
                                      uint16_t *sw)
{
    if (path->size == 2) {
        return select_file(card, SELECT_BY_ID, path->bytes, path->size, sw);
    }
    return select_file(card, SELECT_PATH_FROM_MASTER, path->bytes + 2, path->size - 2, sw);
}

/* After a reset, a card whose files belong to an applet may know no path before its SELECT. */
static enum status select_absolute(struct card *card, const struct pkcs15_path *path, uint16_t *sw)
{
    enum status status = STATUS_OK;
    if (card->application_comes_first && !card->directory_known) {
        status = card_select_application(card);
    }
    if (status == STATUS_OK) {
        status = select_from_master(card, path, sw);
    }
    if (status != STATUS_OK || *sw == SW_OK || card->directory_known) {
        return status;
    }
    status = card_select_application(card);
    if (status == STATUS_OK) {
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

static enum status enter(struct card *card, const struct pkcs15_path *directory)
{
    if (is_in(card, directory)) {
        return STATUS_OK;
    }
    return directory->size == 0 ? card_select_application(card)
                                : select_path(card, directory, false);
}

/* The size that a DER object of two length bytes gives itself; 0 for anything else. */
static size_t declared_size(const struct buffer *file, size_t start)
{
    const uint8_t *bytes = file->bytes + start;
    if (file->size - start < 4 || bytes[0] != 0x30 || bytes[1] != 0x82) {
        return 0;
    }
    return 4 + ((size_t)bytes[2] << 8 | bytes[3]);
}

/* One READ BINARY of up to `wanted` bytes (0: all there is). *ended when the card said so. */
static enum status read_part(struct card *card, size_t offset, size_t wanted, struct buffer *out,
                             bool *ended)
{
    struct apdu_response response;
    size_t most = card->reads_short ? APDU_LE_SHORT_MAX : APDU_LE_EXTENDED_MAX;
    struct apdu apdu = {.ins = APDU_READ_BINARY,
                        .p1 = (uint8_t)(offset >> 8),
                        .p2 = (uint8_t)offset,
                        .le = wanted > 0 && wanted < most ? wanted : most};
    enum status status = exchange(card, &apdu, &response);
    if (status != STATUS_OK) {
        return status;
    }
    if (response.sw == SW_WRONG_LENGTH && apdu.le > APDU_LE_SHORT_MAX) {
        card->reads_short = true;
        return STATUS_OK;
    }
    if (response.sw != SW_OK && response.sw != SW_END_OF_FILE) {
        *ended = true;
        return response.sw == SW_WRONG_OFFSET ? STATUS_OK : STATUS_CARD_UNKNOWN;
    }
    *ended = response.sw == SW_END_OF_FILE || response.size == 0 ||
             (response.size < apdu.le && apdu.le <= APDU_LE_SHORT_MAX);
    size_t taken = wanted > 0 && response.size > wanted ? wanted : response.size;
    return put_bytes(out, response.data, taken) ? STATUS_OK : STATUS_CARD_UNKNOWN;
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

enum status card_read(struct card *card, const struct pkcs15_location *location, struct buffer *out)
{
    size_t start = out->size;
    bool ended = false;
    enum status status = select_path(card, &location->path, true);
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

static bool value_is_allowed(const struct pkcs15_pin *pin, const struct secret *value)
{
    size_t size = secret_size(value);
    const uint8_t *bytes = secret_bytes_direct(value);
    if (size < pin->min_size || size > pin->max_size) {
        return false;
    }
    if (pin->type != PKCS15_PIN_ASCII_NUMERIC) {
        return pin->type == PKCS15_PIN_UTF8;
    }
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool append_value(struct secret *command, const struct pkcs15_pin *pin,
                         const struct secret *value)
{
    const uint8_t *bytes = secret_bytes_direct(value);
    size_t size = secret_size(value);
    size_t padded = (pin->flags & PKCS15_PIN_NEEDS_PADDING) != 0 && pin->stored_size > size
                        ? pin->stored_size
                        : size;
    for (size_t i = 0; i < padded; i++) {
        if (!secret_append(command, i < size ? bytes[i] : pin->pad)) {
            return false;
        }
    }
    return true;
}

/* A command whose data are the values of two PINs, or of one if `second` is NULL. */
static struct secret *secret_command(uint8_t ins, const struct pkcs15_pin *pin,
                                     const struct pkcs15_pin *first_pin, const struct secret *first,
                                     const struct secret *second)
{
    struct secret *data = secret_new();
    struct secret *command = secret_new();
    bool done = data != NULL && command != NULL && append_value(data, first_pin, first) &&
                (second == NULL || append_value(data, pin, second)) &&
                secret_append(command, 0x00) && secret_append(command, ins) &&
                secret_append(command, 0x00) && secret_append(command, pin->reference) &&
                secret_append(command, (uint8_t)secret_size(data));
    for (size_t i = 0; done && i < secret_size(data); i++) {
        done = secret_append(command, secret_bytes_direct(data)[i]);
    }
    secret_free(&data);
    if (!done) {
        secret_free(&command);
    }
    return command;
}

static enum status send_secret(struct card *card, const struct secret *command,
                               struct apdu_response *response)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    enum status status = link_transmit_secret(card->link, command, card->deadline, &bytes, &size);
    return parse(card, status, bytes, size, response);
}

/* Where the card looks for this PIN: a global one it finds from everywhere. */
static enum status go_to(struct card *card, const struct pkcs15_pin *pin)
{
    if ((pin->flags & PKCS15_PIN_LOCAL) == 0) {
        return STATUS_OK;
    }
    return enter(card, &pin->path);
}

static void set_verified(struct card *card, const struct pkcs15_pin *pin, bool verified)
{
    const struct pkcs15_pin **empty = NULL;
    for (size_t i = 0; i < PKCS15_PINS_MAX; i++) {
        if (card->verified[i] == pin) {
            card->verified[i] = NULL;
        }
        if (card->verified[i] == NULL) {
            empty = &card->verified[i];
        }
    }
    if (verified && empty != NULL) {
        *empty = pin;
    }
}

bool card_is_verified(const struct card *card, const struct pkcs15_pin *pin)
{
    for (size_t i = 0; i < PKCS15_PINS_MAX; i++) {
        if (card->verified[i] == pin) {
            return link_is_held(card->link);
        }
    }
    return false;
}

/* A card that wants the PIN's directory selected even for a global one says so without spending a
 * try. */
static enum status send_pin_command(struct card *card, const struct pkcs15_pin *pin,
                                    const struct secret *command, struct apdu_response *response)
{
    enum status status = go_to(card, pin);
    if (status == STATUS_OK) {
        status = send_secret(card, command, response);
    }
    if (status == STATUS_OK && response->sw == SW_REFERENCE_NOT_FOUND && pin->path.size > 0 &&
        !is_in(card, &pin->path)) {
        status = enter(card, &pin->path);
        if (status == STATUS_OK) {
            status = send_secret(card, command, response);
        }
    }
    return status;
}

enum status card_verify(struct card *card, const struct pkcs15_pin *pin, const struct secret *value,
                        uint32_t *tries_left)
{
    struct apdu_response response;
    unsigned tries;
    if (!value_is_allowed(pin, value)) {
        return STATUS_PIN_LENGTH;
    }
    struct secret *command = secret_command(APDU_VERIFY, pin, pin, value, NULL);
    if (command == NULL) {
        return STATUS_INTERNAL;
    }
    enum status status = send_pin_command(card, pin, command, &response);
    secret_free(&command);
    if (status != STATUS_OK) {
        return status;
    }
    status = apdu_status_of_pin(response.sw);
    set_verified(card, pin, status == STATUS_OK);
    if (tries_left != NULL && status == STATUS_PIN_WRONG && apdu_tries_left(response.sw, &tries)) {
        *tries_left = tries;
    }
    return status;
}

enum status card_tries(struct card *card, const struct pkcs15_pin *pin, uint32_t *tries)
{
    const struct apdu apdu = {.ins = APDU_VERIFY, .p2 = pin->reference};
    struct apdu_response response;
    unsigned left;
    enum status status = go_to(card, pin);
    if (status == STATUS_OK) {
        status = exchange(card, &apdu, &response);
    }
    if (status == STATUS_OK && response.sw == SW_REFERENCE_NOT_FOUND && pin->path.size > 0 &&
        !is_in(card, &pin->path)) {
        status = enter(card, &pin->path);
        if (status == STATUS_OK) {
            status = exchange(card, &apdu, &response);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (apdu_tries_left(response.sw, &left)) {
        *tries = left;
    } else if (response.sw == SW_BLOCKED || response.sw == SW_REFERENCE_UNUSABLE) {
        *tries = 0;
    } else {
        *tries = CARD_TRIES_UNKNOWN;
    }
    return STATUS_OK;
}

/* MSE: SET of the digital signature template, with the algorithm and the key; ISO/IEC 7816-4:2013,
 * 11.5.11. */
static enum status choose_key(struct card *card, const struct pkcs15_key *key)
{
    uint8_t algorithm =
        key->type == PKCS15_KEY_RSA ? card->profile->algorithm_rsa : card->profile->algorithm_ec;
    const uint8_t references[] = {0x80, 0x01, algorithm, 0x84, 0x01, key->reference};
    struct apdu apdu = {.ins = APDU_MANAGE_SECURITY_ENVIRONMENT,
                        .p1 = 0x41,
                        .p2 = 0xB6,
                        .data = references,
                        .size = sizeof references};
    struct apdu_response response;
    if (card->algorithm_refused) {
        apdu.data += 3;
        apdu.size -= 3;
    }
    enum status status = exchange(card, &apdu, &response);
    if (status == STATUS_OK && response.sw != SW_OK && !card->algorithm_refused) {
        apdu.data += 3;
        apdu.size -= 3;
        status = exchange(card, &apdu, &response);
        card->algorithm_refused = status == STATUS_OK && response.sw == SW_OK;
    }
    return status == STATUS_OK && response.sw != SW_OK ? STATUS_INTERNAL : status;
}

enum status card_sign(struct card *card, const struct pkcs15_key *key, const struct pkcs15_pin *pin,
                      const uint8_t *input, size_t size, uint8_t *signature, size_t *signature_size)
{
    struct pkcs15_path directory = pkcs15_parent(&key->path);
    size_t expected = key->type == PKCS15_KEY_RSA ? key->modulus_bits / 8 : 0;
    struct apdu_response response;
    struct apdu apdu = {.ins = APDU_PERFORM_SECURITY_OPERATION,
                        .p1 = 0x9E,
                        .p2 = 0x9A,
                        .data = input,
                        .size = size,
                        .le = expected > APDU_LE_SHORT_MAX ? expected : APDU_LE_SHORT_MAX};
    enum status status = enter(card, &directory);
    if (status == STATUS_OK && !card_is_verified(card, pin)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        status = choose_key(card, key);
    }
    if (status == STATUS_OK) {
        status = exchange(card, &apdu, &response);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (key->common.user_consent > 0) {
        set_verified(card, pin, false);
    }
    if (response.sw != SW_OK || response.size == 0 || response.size > CARD_SIGNATURE_MAX ||
        (expected > 0 && response.size != expected)) {
        return STATUS_INTERNAL;
    }
    memcpy(signature, response.data, response.size);
    *signature_size = response.size;
    return STATUS_OK;
}

enum status card_random(struct card *card, uint8_t *bytes, size_t size)
{
    size_t got = 0;
    while (got < size) {
        const struct apdu apdu = {.ins = APDU_GET_CHALLENGE, .le = CHALLENGE_SIZE};
        struct apdu_response response;
        enum status status = exchange(card, &apdu, &response);
        if (status != STATUS_OK) {
            return status;
        }
        if (response.sw != SW_OK || response.size != CHALLENGE_SIZE) {
            return STATUS_INTERNAL;
        }
        size_t taken = size - got < CHALLENGE_SIZE ? size - got : CHALLENGE_SIZE;
        memcpy(bytes + got, response.data, taken);
        got += taken;
    }
    return STATUS_OK;
}
