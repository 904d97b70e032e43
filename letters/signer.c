#include "letters/signer.h"

#include "certs/validation.h"

/* Borrowed, as many as a chain is looked for in: those of the signature first. */
static STACK_OF(X509) * all_others(const struct signer_question *question)
{
    enum { LISTS = 2 };
    const STACK_OF(X509) *const lists[LISTS] = {question->others, question->carried};
    STACK_OF(X509) *all = sk_X509_new_null();
    for (size_t list = 0; all != NULL && list < LISTS; list++) {
        for (int i = 0; i < sk_X509_num(lists[list]) && sk_X509_num(all) < TRUST_OTHERS_MAX; i++) {
            if (sk_X509_push(all, sk_X509_value(lists[list], i)) <= 0) {
                sk_X509_free(all);
                return NULL;
            }
        }
    }
    return all;
}

static enum rule rule_of(enum status status, bool is_proven)
{
    switch (status) {
    case STATUS_OK:
        return RULE_NONE;
    case STATUS_CERTIFICATE_NOT_FOR_THIS_USE:
        return RULE_SIGNER_USE;
    case STATUS_CERTIFICATE_EXPIRED:
        return RULE_SIGNER_EXPIRED;
    case STATUS_CERTIFICATE_REVOKED:
        return is_proven ? RULE_SIGNER_REVOKED : RULE_SIGNER_REVOKED_MAYBE;
    case STATUS_INTERNAL:
        return RULE_INTERNAL;
    default:
        return RULE_SIGNER_UNTRUSTED;
    }
}

enum rule signer_check(const struct signer_question *question, bool *is_known)
{
    struct revocation_rules rules = revocation_rules_default;
    rules.need = REVOCATION_PREFER;
    rules.nonce_required = false; /* it was asked for by somebody else */
    const struct validator validator = {.trust = question->trust};
    STACK_OF(X509) *others = all_others(question);
    const struct validation_question asked = {
        .certificate = question->certificate,
        .others = others,
        .evidence = question->evidence,
        .revocation = &rules,
        .purpose = TRUST_SIGN,
        .at = question->at,
        .now = question->now,
    };
    struct validation validation;
    enum rule rule = RULE_INTERNAL;
    if (others != NULL) {
        rule = rule_of(validation_run(&validator, &asked, &validation), question->is_proven);
        *is_known = rule == RULE_NONE && validation.revocation.verdict == REVOCATION_IS_GOOD;
        validation_clear(&validation);
    }
    sk_X509_free(others);
    return rule;
}
