#include <time.h>

#include "agent/login_token.h"
#include "agent/operation_private.h"

static enum status check(struct operation *operation)
{
    return card_key_check(&operation->key, time(NULL));
}

static bool ask(struct operation *operation)
{
    struct prompt_scene scene = operation_scene(operation);
    const struct prompt_matter matter = {.other_cards = operation->keys.count > 1};
    return prompt_ask(operation->prompt, &scene, &operation->key, &matter);
}

static bool work(struct operation *operation)
{
    return worker_login(operation->worker, operation->key.index, operation->portal.origin,
                        operation->request.nonce);
}

static void have_signature(struct operation *operation, const char *signature,
                           const char *algorithm)
{
    json_t *token = login_token(operation->key.certificate, algorithm, signature);
    operation_answer(operation,
                     json_pack("{s:s, s:o}", "status", status_code(STATUS_OK), "token", token));
}

const struct errand_steps errand_login = {
    .word = "login",
    .purpose = "login",
    .check = check,
    .found = operation_ask,
    .ask = ask,
    .work = work,
    .signature = have_signature,
};
