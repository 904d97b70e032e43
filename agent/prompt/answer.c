#include "agent/prompt/answer.h"

#include <stdlib.h>
#include <string.h>

struct answer {
    struct secret *authorization; /* empty for an ask */
    struct secret *pin;
};

struct answer *answer_new(void)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        return NULL;
    }
    answer->authorization = secret_new();
    answer->pin = secret_new();
    if (answer->authorization == NULL || answer->pin == NULL) {
        answer_free(&answer);
    }
    return answer;
}

void answer_free(struct answer **answer)
{
    if (*answer != NULL) {
        secret_free(&(*answer)->authorization);
        secret_free(&(*answer)->pin);
        free(*answer);
        *answer = NULL;
    }
}

static void keep(struct secret *secret, const struct secret *typed)
{
    if (!secret_set(secret, secret_bytes_direct(typed), secret_size(typed))) {
        secret_clear(secret); /* cannot be: what one secret holds fits into another */
    }
}

static bool same(const struct secret *one, const struct secret *other)
{
    return secret_size(one) == secret_size(other) &&
           memcmp(secret_bytes_direct(one), secret_bytes_direct(other), secret_size(one)) == 0;
}

bool answer_take(struct answer *answer, struct dialog *dialog, const struct secret *typed)
{
    switch (dialog->step) {
    case STEP_AUTHORIZATION:
        dialog_step_done(dialog);
        keep(answer->authorization, typed);
        return false;
    case STEP_NEW:
        dialog_step_done(dialog);
        keep(answer->pin, typed);
        return false;
    case STEP_REPEAT:
        if (!same(answer->pin, typed)) {
            secret_clear(answer->pin);
            dialog_new_pins_differ(dialog);
            return false;
        }
        return true;
    default:
        keep(answer->pin, typed);
        return true;
    }
}

bool answer_send(struct answer *answer, int fd)
{
    bool sent =
        (secret_size(answer->authorization) == 0 || secret_send(answer->authorization, fd)) &&
        secret_send(answer->pin, fd);
    answer_clear(answer);
    return sent;
}

void answer_clear(struct answer *answer)
{
    secret_clear(answer->authorization);
    secret_clear(answer->pin);
}
