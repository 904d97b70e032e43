#include "tests/unit/agent/fake_links.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/readers.h"

struct fake_links fake;

/* Their content is never looked at: one of each is enough. */
struct worker_link {
    int unused;
};
struct prompt_link {
    int unused;
};
struct document_link {
    int unused;
};
static struct worker_link the_worker;
static struct prompt_link the_prompt;
static struct document_link the_document;

void fake_tell(const char *format, ...)
{
    size_t at = strlen(fake.told);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fake.told + at, sizeof fake.told - at, format, arguments);
    va_end(arguments);
    at = strlen(fake.told);
    snprintf(fake.told + at, sizeof fake.told - at, "; ");
}

const struct reader_states *readers_now(const struct readers *readers)
{
    (void)readers;
    return &fake.readers;
}

struct worker_link *worker_start(uv_loop_t *loop, int pin_fd,
                                 const struct worker_handlers *handlers, void *context)
{
    (void)loop;
    (void)pin_fd;
    fake.worker = handlers;
    fake.worker_context = context;
    return fake.worker_is_missing ? NULL : &the_worker;
}

bool worker_find(struct worker_link *worker, enum trust_purpose purpose, unsigned wants)
{
    (void)worker;
    fake_tell("worker find %s%s%s", purpose_word(purpose),
              (wants & FIND_CHAIN) != 0 ? " and chain" : "",
              (wants & FIND_UNBLOCKING) != 0 ? " and unblocking" : "");
    return true;
}

bool worker_login(struct worker_link *worker, size_t key, const char *origin, const char *nonce)
{
    (void)worker;
    fake_tell("worker login %zu %s %s", key, origin, nonce);
    return true;
}

bool worker_sign(struct worker_link *worker, size_t key, const char *to_be_signed)
{
    (void)worker;
    fake_tell("worker sign %zu %s", key, to_be_signed);
    return true;
}

bool worker_sign_hash(struct worker_link *worker, size_t key, const struct hash *hash)
{
    (void)worker;
    fake_tell("worker sign hash %zu %s %s", key, hash->function, hash->value);
    return true;
}

bool worker_set_pin(struct worker_link *worker, size_t key, enum pin_action action)
{
    (void)worker;
    fake_tell("worker pin %zu %s", key, pin_action_word(action));
    return true;
}

void worker_release(struct worker_link **worker)
{
    if (*worker != NULL) {
        fake_tell("worker released");
    }
    *worker = NULL;
}

struct prompt_link *prompt_start(uv_loop_t *loop, int pin_fd, int terminal,
                                 const struct prompt_handlers *handlers, void *context)
{
    (void)loop;
    (void)pin_fd;
    (void)terminal;
    if (fake.tells_starts) {
        fake_tell("prompt started");
    }
    fake.prompt = handlers;
    fake.prompt_context = context;
    return fake.prompt_is_missing ? NULL : &the_prompt;
}

bool prompt_wait(struct prompt_link *prompt, const struct prompt_scene *scene, const char *need)
{
    (void)prompt;
    (void)scene;
    fake_tell("prompt wait %s", need);
    return true;
}

bool prompt_choose(struct prompt_link *prompt, const struct prompt_scene *scene,
                   const struct card_keys *keys)
{
    (void)prompt;
    fake_tell("prompt choose %s of %zu", scene->purpose, keys->count);
    return true;
}

bool prompt_ask(struct prompt_link *prompt, const struct prompt_scene *scene,
                const struct card_key *key, const struct prompt_matter *matter)
{
    (void)prompt;
    fake_tell("prompt ask %s %s %s %d%s%s%s%s", scene->purpose, scene->portal->origin, key->reader,
              key->pin.tries_left, matter->document != NULL ? " with document" : "",
              matter->hash != NULL ? " with hash" : "", key->pad ? " on the pad" : "",
              matter->other_cards ? " or another" : "");
    return true;
}

bool prompt_consent(struct prompt_link *prompt, const struct prompt_scene *scene,
                    const struct card_key *key)
{
    (void)prompt;
    fake_tell("prompt consent %s %s", scene->purpose, key->reader);
    return true;
}

bool prompt_set_pin(struct prompt_link *prompt, const struct request *request,
                    const struct card_key *key, const struct pin_rule *authorization)
{
    (void)prompt;
    fake_tell("prompt pin %s %s %s %d", pin_action_word(request->action),
              purpose_word(request->purpose), key->reader, authorization->tries_left);
    return true;
}

bool prompt_page(struct prompt_link *prompt, size_t number, const struct buffer *picture)
{
    (void)prompt;
    fake_tell("prompt page %zu of %zu bytes", number, picture->size);
    return true;
}

bool prompt_done(struct prompt_link *prompt)
{
    (void)prompt;
    fake_tell("prompt done");
    return true;
}

bool prompt_pin_refused(struct prompt_link *prompt, int tries_left)
{
    (void)prompt;
    fake_tell("prompt pin refused %d", tries_left);
    return true;
}

bool prompt_fail(struct prompt_link *prompt, const struct refusal *refusal)
{
    (void)prompt;
    fake_tell("prompt fail %s", status_code(refusal->status));
    return true;
}

void prompt_hand_over(struct prompt_link *prompt, const struct prompt_handlers *handlers,
                      void *context)
{
    (void)prompt;
    if (fake.tells_starts) {
        fake_tell("prompt handed over");
    }
    fake.prompt = handlers;
    fake.prompt_context = context;
}

void prompt_close(struct prompt_link **prompt)
{
    if (*prompt != NULL) {
        fake_tell("prompt closed");
    }
    *prompt = NULL;
}

struct document_link *document_open(uv_loop_t *loop, uint64_t size,
                                    const struct document_handlers *handlers, void *context)
{
    (void)loop;
    fake.upload_left = size;
    fake.document = handlers;
    fake.document_context = context;
    return fake.document_is_missing ? NULL : &the_document;
}

enum status document_upload(struct document_link *document, const uint8_t *bytes, size_t size)
{
    (void)document;
    (void)bytes;
    fake.upload_left -= size;
    return fake.upload_status;
}

bool document_is_uploaded(const struct document_link *document)
{
    (void)document;
    return fake.upload_left == 0;
}

bool document_prepare(struct document_link *document, const char *name, const char *media_type)
{
    (void)document;
    fake_tell("document prepare %s %s", name, media_type);
    return true;
}

bool document_page(struct document_link *document, size_t number, size_t width)
{
    (void)document;
    fake_tell("document page %zu %zu", number, width);
    return true;
}

bool document_attributes(struct document_link *document, const struct card_key *key)
{
    (void)document;
    (void)key;
    fake_tell("document attributes");
    return true;
}

bool document_finish(struct document_link *document, const char *signature)
{
    (void)document;
    fake_tell("document finish %s", signature);
    return true;
}

void document_release(struct document_link **document)
{
    if (*document != NULL) {
        fake_tell("document released");
    }
    *document = NULL;
}
