#include "browser-bridge/fields.h"

#include <stdio.h>

static json_t *check(json_t *object, const char *const names[], char wrong[FIELDS_WRONG_MAX])
{
    size_t count = 0;
    for (; names[count] != NULL; count++) {
        if (!json_is_string(json_object_get(object, names[count]))) {
            snprintf(wrong, FIELDS_WRONG_MAX, "The body's field %s must be there and be text.",
                     names[count]);
            return NULL;
        }
    }
    if (json_object_size(object) != count) {
        snprintf(wrong, FIELDS_WRONG_MAX, "The body has a field that is not known here.");
        return NULL;
    }
    return object;
}

json_t *fields_parse(const uint8_t *bytes, size_t size, const char *const names[],
                     char wrong[FIELDS_WRONG_MAX])
{
    json_t *object = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        snprintf(wrong, FIELDS_WRONG_MAX,
                 "The body must be one JSON object in UTF-8 without a field twice.");
        json_decref(object);
        return NULL;
    }
    if (check(object, names, wrong) == NULL) {
        json_decref(object);
        return NULL;
    }
    return object;
}

const char *fields_text(const json_t *fields, const char *name)
{
    return json_string_value(json_object_get(fields, name));
}
