#include "agent/operation_private.h"

static enum status check(struct operation *operation)
{
    struct pin_rule authorization;
    operation->key.pad = false; /* two PINs and a repetition are typed in the window everywhere */
    return card_key_check_pin(&operation->key, operation->request.action, &authorization);
}

static bool ask(struct operation *operation)
{
    struct pin_rule authorization;
    return card_key_check_pin(&operation->key, operation->request.action, &authorization) ==
               STATUS_OK &&
           prompt_set_pin(operation->prompt, &operation->request, &operation->key, &authorization);
}

static bool work(struct operation *operation)
{
    return worker_set_pin(operation->worker, operation->key.index, operation->request.action);
}

const struct errand_steps errand_pin = {
    .word = "PIN",
    .purpose = "pin",
    .wants = FIND_UNBLOCKING,
    .check = check,
    .found = operation_ask,
    .ask = ask,
    .work = work,
};
