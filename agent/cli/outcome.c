#include "agent/cli/outcome.h"

#include <stddef.h>

#include "agent/cli/language.h"
#include "agent/prompt/sentences.h"

static const int exit_statuses[] = {
    [STATUS_OK] = 0,
    /* The card and its reader */
    [STATUS_NO_READER] = 10,
    [STATUS_NO_CARD] = 11,
    [STATUS_CARD_UNKNOWN] = 12,
    [STATUS_CARD_MUTE] = 13,
    [STATUS_CARD_REMOVED] = 14,
    [STATUS_CARD_BUSY] = 15,
    [STATUS_CARD_TIMEOUT] = 16,
    [STATUS_CARD_CONTACTLESS] = 17,
    [STATUS_PCSC_UNAVAILABLE] = 18,
    /* Certificates */
    [STATUS_NO_CERTIFICATE] = 20,
    [STATUS_CERTIFICATE_EXPIRED] = 21,
    [STATUS_CERTIFICATE_REVOKED] = 22,
    [STATUS_CERTIFICATE_UNTRUSTED] = 23,
    [STATUS_CERTIFICATE_NOT_FOR_THIS_USE] = 24,
    [STATUS_REVOCATION_UNKNOWN] = 25,
    /* PINs */
    [STATUS_PIN_WRONG] = 30,
    [STATUS_PIN_BLOCKED] = 31,
    [STATUS_PUK_BLOCKED] = 32,
    [STATUS_PIN_NOT_SET] = 33,
    [STATUS_PIN_LENGTH] = 34,
    /* The person, and who may ask */
    [STATUS_USER_CANCELLED] = 40,
    [STATUS_USER_TIMEOUT] = 41,
    [STATUS_PROMPT_UNAVAILABLE] = 42,
    [STATUS_ORIGIN_NOT_ALLOWED] = 43,
    [STATUS_POLICY_REFUSED] = 44,
    [STATUS_BUSY] = 45,
    [STATUS_TOO_MANY_REQUESTS] = 46,
    [STATUS_SESSION_EXPIRED] = 47,
    [STATUS_SIGNER_IS_ANOTHER] = 48,
    /* What was asked */
    [STATUS_BAD_REQUEST] = 50,
    [STATUS_NONCE_TOO_SHORT] = 51,
    [STATUS_VERSION_UNSUPPORTED] = 52,
    [STATUS_OPERATION_UNKNOWN] = 53,
    [STATUS_REQUEST_SIGNATURE_INVALID] = 54,
    /* The document */
    [STATUS_DOCUMENT_TOO_LARGE] = 60,
    [STATUS_DOCUMENT_DAMAGED] = 61,
    [STATUS_DOCUMENT_ENCRYPTED] = 62,
    [STATUS_DOCUMENT_FORBIDS_CHANGE] = 63,
    [STATUS_SIGNATURE_INVALID] = 64,
    [STATUS_TIMESTAMP_UNAVAILABLE] = 65,
    /* This computer */
    [STATUS_DISK_FULL] = 70,
    [STATUS_INTERNAL] = 71,
};

_Static_assert(sizeof exit_statuses / sizeof *exit_statuses == STATUS_INTERNAL + 1,
               "each status has an exit status");

static const struct {
    enum fault fault;
    const char *code;
    const char *sentence;
} faults[] = {
    {FAULT_PROBLEM_FOUND, "PROBLEM_FOUND", N_("There is a problem")},
    {FAULT_USAGE, "USAGE", N_("The command was not understood")},
    {FAULT_NO_AGENT, "AGENT_UNAVAILABLE",
     N_("Piradi's agent is not running; start it with: systemctl --user start piradi-agent")},
    {FAULT_UNREADABLE, "FILE_UNREADABLE", N_("The file cannot be read")},
    {FAULT_UNWRITABLE, "FILE_UNWRITABLE", N_("The file cannot be written")},
    {FAULT_EXISTS, "FILE_EXISTS", N_("The file exists already; --force would overwrite it")},
    {FAULT_FORMAT, "FORMAT_UNSUPPORTED",
     N_("Only PDF letters are supported so far; this file is something else")},
    {FAULT_NO_TRUST, "TRUST_UNAVAILABLE", N_("The folder of trusted certificates cannot be used")},
    {FAULT_ORIGINAL, "FILE_IS_ORIGINAL",
     N_("The original is never overwritten; give another name")},
    {FAULT_CONFIG, "CONFIG_INVALID", N_("The configuration cannot be used")},
    {FAULT_INTERRUPTED, "INTERRUPTED", N_("Interrupted; nothing was done")},
};

/* Where the window's words speak of a site, or say less than is known here. */
static const struct {
    enum status status;
    const char *sentence;
} own_words[] = {
    {STATUS_BAD_REQUEST, N_("What was given is not well-formed")},
    {STATUS_NONCE_TOO_SHORT, N_("The nonce is too short; it needs at least 44 characters")},
    {STATUS_VERSION_UNSUPPORTED, N_("This version of the format is not supported")},
    {STATUS_ORIGIN_NOT_ALLOWED, N_("This site is not on the administrator's list of portals")},
    {STATUS_POLICY_REFUSED, N_("The administrator's list does not let this site ask for this, or "
                               "the document has content that cannot be shown")},
    {STATUS_SIGNATURE_INVALID, N_("The signature is not valid")},
    {STATUS_INTERNAL, N_("Something went wrong in this program")},
};

static const char *sentence_for(enum status status)
{
    for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++) {
        if (own_words[i].status == status) {
            return _(own_words[i].sentence);
        }
    }
    return status == STATUS_OK ? "" : _(sentence_of(status)->what_happened);
}

struct outcome outcome_of_status(enum status status)
{
    bool known = (size_t)status < sizeof exit_statuses / sizeof *exit_statuses;
    return (struct outcome){
        .exit_status = exit_statuses[known ? status : STATUS_INTERNAL],
        .code = status_code(status),
        .sentence = sentence_for(known ? status : STATUS_INTERNAL),
    };
}

struct outcome outcome_of_fault(enum fault fault)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].fault == fault) {
            return (struct outcome){
                .exit_status = (int)fault,
                .code = faults[i].code,
                .sentence = _(faults[i].sentence),
            };
        }
    }
    return outcome_of_status(STATUS_INTERNAL);
}
