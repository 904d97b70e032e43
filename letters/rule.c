#include "letters/rule.h"

#include <stddef.h>

static const struct rule_text texts[] = {
    [RULE_NONE] = {.name = "NONE", .verdict = VERDICT_TOTAL_PASSED, .status = STATUS_OK},
#define RULE_TEXT(rule_name, rule_verdict, rule_indication, rule_status, rule_clause,              \
                  rule_sentence)                                                                   \
    [RULE_##rule_name] = {.name = #rule_name,                                                      \
                          .verdict = VERDICT_##rule_verdict,                                       \
                          .indication = (rule_indication),                                         \
                          .status = STATUS_##rule_status,                                          \
                          .clause = (rule_clause),                                                 \
                          .sentence = (rule_sentence)},
    RULE_LIST(RULE_TEXT)
#undef RULE_TEXT
};

const struct rule_text *rule_text(enum rule rule)
{
    return &texts[(size_t)rule < sizeof texts / sizeof *texts ? rule : RULE_INTERNAL];
}

enum status rule_status(enum rule rule, struct detail *detail)
{
    const struct rule_text *text = rule_text(rule);
    if (text->sentence == NULL) {
        *detail = (struct detail){0};
        return STATUS_OK;
    }
    return refuse(detail, text->status, "%s", text->sentence);
}

const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_TOTAL_PASSED:
        return "TOTAL-PASSED";
    case VERDICT_TOTAL_FAILED:
        return "TOTAL-FAILED";
    case VERDICT_INDETERMINATE:
        break;
    }
    return "INDETERMINATE";
}
