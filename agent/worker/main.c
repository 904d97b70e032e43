/*
 * piradi-worker: opens the PKCS#11 module for one operation of the agent. Descriptor 3 is the
 * agent, descriptor 4 the socket on which the prompt sends PINs; docs/protocols.md, "Worker".
 */
#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/worker/key.h"
#include "agent/worker/module.h"
#include "agent/worker/new_pin.h"
#include "agent/worker/signing.h"
#include "base/base64.h"
#include "base/confine.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/program.h"
#include "base/secret.h"
#include "certs/token.h"

#define AGENT_FD 3
#define PIN_FD 4

struct worker {
    struct keys found; /* by the last `find` */
    struct secret *pin;
    struct secret *new_pin;
};

/* Every command answers once. False ends the worker: the agent is gone. */
static bool answer_status(enum status status)
{
    json_t *answer = json_pack("{s:s}", "status", status_code(status));
    bool ok = answer != NULL && frame_write_json(AGENT_FD, answer);
    json_decref(answer);
    return ok;
}

/* With the module's reason, which is for the agent alone: a portal never sees it. */
static bool answer_not_found(enum status status)
{
    const char *reason = module_reason();
    json_t *answer = json_pack("{s:s, s:s*}", "status", status_code(status), "detail",
                               reason[0] != '\0' ? reason : NULL);
    bool ok = answer != NULL && frame_write_json(AGENT_FD, answer);
    json_decref(answer);
    return ok;
}

static bool answer_keys(const struct keys *keys)
{
    json_t *answer =
        json_pack("{s:s, s:o}", "status", status_code(STATUS_OK), "keys", keys_json(keys));
    bool ok = answer != NULL && frame_write_json(AGENT_FD, answer);
    json_decref(answer);
    return ok;
}

static bool answer_signature(const struct signature *signature, const struct algorithm *algorithm)
{
    char *text = base64_encode(signature->bytes, signature->size);
    json_t *answer = json_pack("{s:s, s:s, s:s}", "status", status_code(STATUS_OK), "signature",
                               text, "algorithm", algorithm->name);
    bool ok = answer != NULL && frame_write_json(AGENT_FD, answer);
    json_decref(answer);
    free(text);
    return ok;
}

static bool answer_pin_wrong(unsigned tries_left)
{
    json_t *answer = json_pack("{s:s, s:i}", "status", status_code(STATUS_PIN_WRONG), "tries_left",
                               (int)tries_left);
    bool ok = answer != NULL && frame_write_json(AGENT_FD, answer);
    json_decref(answer);
    return ok;
}

enum pin_wait { PIN_CAME, PIN_CANCELLED, AGENT_GONE };

/* Until the prompt sends it or goes away, or the agent does; the agent has nothing to say now. */
static enum pin_wait wait_for(struct secret *secret)
{
    struct pollfd sources[] = {{.fd = AGENT_FD, .events = POLLIN},
                               {.fd = PIN_FD, .events = POLLIN}};
    int ready;
    do {
        ready = poll(sources, 2, -1);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0 || sources[0].revents != 0) {
        return AGENT_GONE;
    }
    return secret_receive(secret, PIN_FD) ? PIN_CAME : PIN_CANCELLED;
}

/* With the PIN that the prompt sends, unless it is typed on the reader; false if the agent is gone.
 */
static bool sign_and_answer(struct worker *worker, const struct key *key,
                            const struct algorithm *algorithm, const uint8_t *digest, size_t size)
{
    struct algorithm_use use;
    struct signature signature;
    unsigned tries_left = 0;
    enum pin_wait came = key->pad ? PIN_CAME : wait_for(worker->pin);
    if (came != PIN_CAME) {
        return came == PIN_CANCELLED && answer_status(STATUS_USER_CANCELLED);
    }
    CK_FUNCTION_LIST *module;
    enum status status = module_load(&module);
    if (status == STATUS_OK && !algorithm_use_of(algorithm, digest, size, &use)) {
        status = STATUS_BAD_REQUEST;
    }
    if (status == STATUS_OK) {
        status = sign_digest(module, key, &use, worker->pin, &signature, &tries_left);
    }
    secret_clear(worker->pin);
    if (status == STATUS_OK) {
        return answer_signature(&signature, algorithm);
    }
    return status == STATUS_PIN_WRONG ? answer_pin_wrong(tries_left) : answer_status(status);
}

static bool sign_message_and_answer(struct worker *worker, const struct key *key,
                                    const uint8_t *message, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t digest_size;
    if (EVP_Q_digest(NULL, key->algorithm->hash, NULL, message, size, digest, &digest_size) != 1) {
        return answer_status(STATUS_INTERNAL);
    }
    return sign_and_answer(worker, key, key->algorithm, digest, digest_size);
}

static bool purpose_from_word(const char *word, enum trust_purpose *purpose)
{
    bool login = strcmp(word, "login") == 0;
    *purpose = login ? TRUST_LOGIN : TRUST_SIGN;
    return login || strcmp(word, "sign") == 0;
}

static bool parse_find(json_t *request, struct search *search)
{
    const char *command;
    const char *purpose;
    int chain;
    int unblocking;
    if (json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:s, s:b, s:b}", "command", &command,
                       "purpose", &purpose, "chain", &chain, "unblocking", &unblocking) != 0 ||
        !purpose_from_word(purpose, &search->purpose)) {
        return false;
    }
    search->chain = chain != 0;
    search->unblocking = unblocking != 0;
    return true;
}

static bool take_find(struct worker *worker, json_t *request)
{
    struct search search;
    if (!parse_find(request, &search)) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    CK_FUNCTION_LIST *module;
    enum status status = module_load(&module);
    if (status == STATUS_OK) {
        keys_free(module, &worker->found);
        status = keys_find(module, &search, &worker->found);
    }
    if (status != STATUS_OK) {
        module_unload();
        return answer_not_found(status);
    }
    return answer_keys(&worker->found);
}

static struct key *any_found_key(struct worker *worker, json_int_t index)
{
    bool known = index >= 0 && (uint64_t)index < worker->found.count;
    return known ? &worker->found.list[index] : NULL;
}

/* A key of the last find, if that was for this purpose (rule A4). */
static const struct key *found_key(struct worker *worker, json_int_t index,
                                   enum trust_purpose purpose)
{
    return worker->found.search.purpose == purpose ? any_found_key(worker, index) : NULL;
}

static bool take_login(struct worker *worker, json_t *request)
{
    const char *command;
    const char *origin;
    const char *nonce;
    json_int_t index;
    if (json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:s}", "command", &command,
                       "key", &index, "origin", &origin, "nonce", &nonce) != 0) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    const struct key *key = found_key(worker, index, TRUST_LOGIN);
    uint8_t message[TOKEN_MESSAGE_MAX];
    size_t size;
    enum status status = STATUS_BAD_REQUEST;
    if (key != NULL) {
        status = token_message(key->algorithm->name, origin, nonce, message, &size);
    }
    return status == STATUS_OK ? sign_message_and_answer(worker, key, message, size)
                               : answer_status(status);
}

/* Whether the bytes are one whole DER SET, as CMS signed attributes are (RFC 5652, section 5.4). */
static bool is_set(const uint8_t *bytes, size_t size)
{
    const unsigned char *next = bytes;
    long length;
    int tag;
    int class;
    if (size > FRAME_JSON_MAX ||
        ASN1_get_object(&next, &length, &tag, &class, (long)size) != V_ASN1_CONSTRUCTED) {
        return false;
    }
    return tag == V_ASN1_SET && class == V_ASN1_UNIVERSAL && next + length == bytes + size;
}

static bool take_sign(struct worker *worker, json_t *request)
{
    const char *command;
    const char *text;
    json_int_t index;
    if (json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:I, s:s}", "command", &command, "key",
                       &index, "to_be_signed", &text) != 0) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    const struct key *key = found_key(worker, index, TRUST_SIGN);
    size_t size = 0;
    uint8_t *attributes = base64_decode(text, &size);
    bool fits = key != NULL && attributes != NULL && is_set(attributes, size);
    bool go_on = fits ? sign_message_and_answer(worker, key, attributes, size)
                      : answer_status(STATUS_BAD_REQUEST);
    free(attributes);
    return go_on;
}

static bool take_sign_hash(struct worker *worker, json_t *request)
{
    const char *command;
    const char *text;
    const char *function;
    json_int_t index;
    if (json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:s}", "command", &command,
                       "key", &index, "hash", &text, "hash_function", &function) != 0) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    const struct key *key = found_key(worker, index, TRUST_SIGN);
    const struct algorithm *algorithm =
        key != NULL ? algorithm_with_hash(key->algorithm, function) : NULL;
    size_t size = 0;
    uint8_t *digest = base64_decode(text, &size);
    bool go_on = algorithm != NULL && digest != NULL
                     ? sign_and_answer(worker, key, algorithm, digest, size)
                     : answer_status(STATUS_BAD_REQUEST);
    free(digest);
    return go_on;
}

/* With what authorizes the new PIN, and then the new PIN, from the prompt. */
static bool set_pin_and_answer(struct worker *worker, struct key *key, bool by_puk)
{
    unsigned tries_left = 0;
    enum pin_wait came = wait_for(worker->pin);
    if (came == PIN_CAME) {
        came = wait_for(worker->new_pin);
    }
    CK_FUNCTION_LIST *module;
    enum status status = STATUS_USER_CANCELLED;
    if (came == PIN_CAME) {
        status = module_load(&module);
    }
    if (status == STATUS_OK) {
        status = by_puk ? new_pin_by_puk(module, key, worker->pin, worker->new_pin, &tries_left)
                        : new_pin_by_pin(module, key, worker->pin, worker->new_pin, &tries_left);
    }
    secret_clear(worker->pin);
    secret_clear(worker->new_pin);
    if (came == AGENT_GONE) {
        return false;
    }
    return status == STATUS_PIN_WRONG ? answer_pin_wrong(tries_left) : answer_status(status);
}

/* A PIN that is blocked is no transport PIN, and one that holds needs none; the card knows. */
static bool take_pin(struct worker *worker, json_t *request)
{
    const char *command;
    const char *action;
    json_int_t index;
    if (json_unpack_ex(request, NULL, JSON_STRICT, "{s:s, s:I, s:s}", "command", &command, "key",
                       &index, "action", &action) != 0) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    struct key *key = any_found_key(worker, index);
    bool by_puk = strcmp(action, "unblock") == 0;
    bool known = by_puk || strcmp(action, "change") == 0 || strcmp(action, "activate") == 0;
    if (key == NULL || !known || key->pin_is_set == (strcmp(action, "activate") == 0)) {
        return answer_status(STATUS_BAD_REQUEST);
    }
    return set_pin_and_answer(worker, key, by_puk);
}

static const struct {
    const char *name;
    bool (*take)(struct worker *worker, json_t *request);
} commands[] = {
    {"find", take_find}, {"login", take_login},         {"pin", take_pin},
    {"sign", take_sign}, {"sign-hash", take_sign_hash},
};

static bool take_frame(struct worker *worker, const struct frame *frame)
{
    json_t *request = frame_json(frame);
    const char *name = json_string_value(json_object_get(request, "command"));
    bool (*take)(struct worker *, json_t *) = NULL;
    for (size_t i = 0; name != NULL && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            take = commands[i].take;
        }
    }
    bool go_on = take != NULL ? take(worker, request) : answer_status(STATUS_BAD_REQUEST);
    json_decref(request);
    return go_on;
}

int main(void)
{
    if (!program_begin("piradi-worker") || !confine(CONFINE_WORKER, NULL)) {
        return EXIT_FAILURE;
    }
    struct worker worker = {.pin = secret_new(), .new_pin = secret_new()};
    if (worker.pin == NULL || worker.new_pin == NULL) {
        log_error("no memory that can be locked for a PIN");
        return EXIT_FAILURE;
    }
    struct frame_decoder decoder;
    frame_decoder_init(&decoder);
    struct frame frame;
    enum status status;
    do {
        status = frame_read(AGENT_FD, &decoder, &frame);
    } while (status == STATUS_OK && take_frame(&worker, &frame));
    frame_decoder_free(&decoder);
    secret_free(&worker.pin);
    secret_free(&worker.new_pin);
    if (module_loaded() != NULL) {
        keys_free(module_loaded(), &worker.found);
    }
    module_unload();
    return status == STATUS_INTERNAL ? EXIT_FAILURE : EXIT_SUCCESS;
}
