#include <time.h>

#include "agent/operation_private.h"

static enum status check(struct operation *operation)
{
    return card_key_check(&operation->key, time(NULL));
}

static bool ask(struct operation *operation)
{
    struct prompt_scene scene = operation_scene(operation);
    const struct prompt_matter matter = {.hash = &operation->request.hash,
                                         .other_cards = operation->keys.count > 1};
    return prompt_ask(operation->prompt, &scene, &operation->key, &matter);
}

static bool work(struct operation *operation)
{
    return worker_sign_hash(operation->worker, operation->key.index, &operation->request.hash);
}

static void have_signature(struct operation *operation, const char *signature,
                           const char *algorithm)
{
    operation_answer(operation, json_pack("{s:s, s:s, s:s}", "status", status_code(STATUS_OK),
                                          "signature", signature, "algorithm", algorithm));
}

const struct errand_steps errand_hash = {
    .word = "hash",
    .purpose = "sign",
    .check = check,
    .found = operation_ask,
    .ask = ask,
    .work = work,
    .signature = have_signature,
};
