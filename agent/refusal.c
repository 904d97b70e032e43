#include "agent/refusal.h"

struct refusal refusal_read(const json_t *answer)
{
    struct refusal refusal = {.status = STATUS_INTERNAL, .tries_left = TRIES_UNKNOWN};
    const char *code = json_string_value(json_object_get(answer, "status"));
    enum status status;
    if (code != NULL && status_from_code(code, &status) && status != STATUS_OK) {
        refusal.status = status;
    }
    refusal.detail = json_string_value(json_object_get(answer, "detail"));
    const json_t *tries = json_object_get(answer, "tries_left");
    if (json_is_integer(tries) && json_integer_value(tries) >= 0 &&
        json_integer_value(tries) <= 15) {
        refusal.tries_left = (int)json_integer_value(tries);
    }
    return refusal;
}

json_t *refusal_json(const struct refusal *refusal)
{
    json_t *answer =
        json_pack("{s:s, s:s*}", "status", status_code(refusal->status), "detail", refusal->detail);
    if (answer != NULL && refusal->tries_left != TRIES_UNKNOWN &&
        json_object_set_new(answer, "tries_left", json_integer(refusal->tries_left)) != 0) {
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}
