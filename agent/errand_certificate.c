#include <time.h>

#include "agent/operation_private.h"

/* Its PIN is not needed. */
static enum status check(struct operation *operation)
{
    return operation->key.holder.valid_until < time(NULL) ? STATUS_CERTIFICATE_EXPIRED : STATUS_OK;
}

static bool ask(struct operation *operation)
{
    struct prompt_scene scene = operation_scene(operation);
    return prompt_consent(operation->prompt, &scene, &operation->key);
}

static void agreed(struct operation *operation)
{
    const struct card_key *key = &operation->key;
    operation_answer(operation, json_pack("{s:s, s:s, s:O, s:s}", "status", status_code(STATUS_OK),
                                          "certificate", key->certificate, "chain", key->chain,
                                          "algorithm", key->algorithm));
}

const struct errand_steps errand_certificate = {
    .word = "certificate",
    .purpose = "certificate",
    .wants = FIND_CHAIN,
    .check = check,
    .found = operation_ask,
    .ask = ask,
    .agreed = agreed,
};
