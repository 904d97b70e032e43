#include "browser-bridge/kept_answer.h"

#include <stdlib.h>

struct kept_answer *kept_answer_new(struct MHD_Response *response, const struct portal *portal,
                                    enum caller caller, uint64_t number)
{
    struct kept_answer *kept = response != NULL ? malloc(sizeof *kept) : NULL;
    if (kept != NULL) {
        *kept = (struct kept_answer){.holders = 1,
                                     .response = response,
                                     .portal = portal,
                                     .caller = caller,
                                     .number = number};
    } else if (response != NULL) {
        MHD_destroy_response(response);
    }
    return kept;
}

struct kept_answer *kept_answer_hold(struct kept_answer *kept)
{
    kept->holders++;
    return kept;
}

void kept_answer_leave(struct kept_answer **kept)
{
    struct kept_answer *left = *kept;
    *kept = NULL;
    if (left != NULL && --left->holders == 0) {
        MHD_destroy_response(left->response);
        free(left);
    }
}

bool kept_answer_fits(const struct kept_answer *kept, const struct portal *portal,
                      enum caller caller, uint64_t number)
{
    return kept != NULL && kept->portal == portal && kept->caller == caller &&
           kept->number == number;
}
