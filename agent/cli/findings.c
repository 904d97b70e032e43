#include "agent/cli/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/language.h"
#include "agent/cli/outcome.h"

struct words {
    const char *code;
    enum finding_level level;
    const char *what;
    const char *advice;
};

static const struct words own[] = {
    {"PCSC_RUNNING", FINDING_GOOD, N_("The card service (pcscd) is running"), NULL},
    {"PCSC_REFUSED", FINDING_PROBLEM, N_("The card service (pcscd) refuses this user"),
     N_("Polkit decides who may use cards; usually it is whoever sits at the screen. Log in at the "
        "screen, or have the administrator allow \"org.debian.pcsc-lite.access_pcsc\".")},
    {"PCSC_SILENT", FINDING_PROBLEM, N_("The card service (pcscd) does not answer"),
     N_("Pull the card and the reader out and put them back; if that does not help, restart the "
        "service: sudo systemctl restart pcscd")},
    {"READER_WITHOUT_DRIVER", FINDING_PROBLEM,
     N_("A card reader is connected, but the card service has no driver for it"),
     N_("Install the package \"libccid\", or the driver of the reader's maker.")},
    {"CARD_PRESENT", FINDING_GOOD, N_("There is a card in the reader"), NULL},
    {"CARD_RECOGNISED", FINDING_GOOD, N_("The module knows the card"), NULL},
    {"CERTIFICATE_VALID", FINDING_GOOD, N_("The certificate is valid"), NULL},
    {"PIN_READY", FINDING_GOOD, N_("The PIN is ready"), NULL},
    {"PIN_FEW_TRIES", FINDING_NOTE, N_("A wrong PIN was entered before"),
     N_("The right PIN makes all tries available again. After the last wrong one it is blocked.")},
    {"CLOCK_WRONG", FINDING_PROBLEM, N_("The clock of this computer is wrong"),
     N_("Set date and time; certificates are judged by them.")},
    {"MODULE_MISSING", FINDING_PROBLEM, N_("The PKCS#11 module cannot be read"),
     N_("Install Piradi again.")},
    {"MODULE_NOT_LOADED", FINDING_PROBLEM, N_("The PKCS#11 module cannot be loaded"),
     N_("Install Piradi again; what the loader said is shown above.")},
    {"NOT_EXAMINED", FINDING_NOTE, N_("The card was not looked at, because the agent was busy"),
     N_("Finish or cancel what the PIN window asks, then run this again.")},
    {"AGENT_RUNNING", FINDING_GOOD, N_("The agent is running"), NULL},
    {"AGENT_UNAVAILABLE", FINDING_PROBLEM, N_("The agent is not running"),
     N_("Start it: systemctl --user start piradi-agent")},
    {"BRIDGE_RUNNING", FINDING_GOOD, N_("The bridge to the browser is running"), NULL},
    {"BRIDGE_UNAVAILABLE", FINDING_PROBLEM, N_("The bridge to the browser is not running"),
     N_("Start it: systemctl --user start piradi-bridge")},
    {"PORT_TAKEN", FINDING_PROBLEM, N_("Another program holds the bridge's port"),
     N_("End that program, or let its user do so. The bridge uses no other port.")},
    {"PORTALS_READ", FINDING_GOOD, N_("The list of portals is in order"), NULL},
    {"PORTALS_EMPTY", FINDING_NOTE, N_("No portal is allowed to use the card"),
     N_("The administrator adds a portal by a file in the folder \"portals\"; see "
        "piradi-agent(1).")},
    {"PORTALS_WRONG", FINDING_PROBLEM, N_("The list of portals has an error, so none is served"),
     N_("Correct the file and line that are named.")},
    {"BROWSER_SANDBOXED", FINDING_NOTE, N_("A browser runs in a sandbox (snap or flatpak)"),
     N_("If logging in fails only there, use the browser of the system's own packages.")},
};

/* What to do about a status, where there is more to say than its sentence. */
static const struct {
    enum status status;
    const char *advice;
} advices[] = {
    {STATUS_PCSC_UNAVAILABLE,
     N_("Start it: sudo systemctl start pcscd.socket (package \"pcscd\").")},
    {STATUS_NO_READER, N_("Connect the card reader.")},
    {STATUS_NO_CARD, N_("Insert your ID card into the reader.")},
    {STATUS_CARD_MUTE, N_("Take the card out, turn it so that the chip goes in first and faces up, "
                          "and clean its contacts.")},
    {STATUS_CARD_UNKNOWN,
     N_("Insert a Georgian ID card. If it is one, please report its ATR, which "
        "is shown above; it names nobody.")},
    {STATUS_CARD_BUSY, N_("End the program that uses the card; those that this user can see are "
                          "named above.")},
    {STATUS_CARD_CONTACTLESS, N_("Put the card into the slot of the reader.")},
    {STATUS_CARD_TIMEOUT, N_("Take the card out and put it back.")},
    {STATUS_CARD_REMOVED, N_("Put the card back and run this again.")},
    {STATUS_NO_CERTIFICATE, N_("Ask at a justice house for certificates on your ID card.")},
    {STATUS_CERTIFICATE_EXPIRED, N_("The certificate is renewed at a justice house.")},
    {STATUS_PIN_BLOCKED, N_("Unblock it with the PUK code: piradi pin unblock. Or ask at a justice house.")},
    {STATUS_PIN_NOT_SET, N_("Set it with the transport PIN that came with the card: piradi pin activate")},
};

static PRINTF_LIKE(2, 0) struct finding *next(struct findings *findings, const char *format,
                                              va_list arguments)
{
    if (findings->count == FINDINGS_MAX) {
        return NULL;
    }
    struct finding *finding = &findings->list[findings->count++];
    *finding = (struct finding){.level = FINDING_PROBLEM};
    vsnprintf(finding->seen, sizeof finding->seen, format, arguments);
    return finding;
}

void findings_add_status(struct findings *findings, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct finding *finding = next(findings, format, arguments);
    va_end(arguments);
    if (finding == NULL) {
        return;
    }
    const struct outcome outcome = outcome_of_status(status);
    finding->code = outcome.code;
    finding->what = outcome.sentence;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (advices[i].status == status) {
            finding->advice = _(advices[i].advice);
        }
    }
}

void findings_add(struct findings *findings, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct finding *finding = next(findings, format, arguments);
    va_end(arguments);
    for (size_t i = 0; finding != NULL && i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i].code, code) == 0) {
            finding->level = own[i].level;
            finding->code = own[i].code;
            finding->what = _(own[i].what);
            finding->advice = own[i].advice != NULL ? _(own[i].advice) : NULL;
        }
    }
}

bool findings_have_problem(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].level == FINDING_PROBLEM) {
            return true;
        }
    }
    return false;
}

static const char *level_word(enum finding_level level)
{
    static const char *const words[] = {
        [FINDING_GOOD] = "good", [FINDING_NOTE] = "note", [FINDING_PROBLEM] = "problem"};
    return words[level];
}

void findings_print(const struct findings *findings)
{
    static const char *const marks[] = {
        [FINDING_GOOD] = "✓", [FINDING_NOTE] = "•", [FINDING_PROBLEM] = "✗"};
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        bool seen = finding->seen[0] != '\0';
        printf("%s %s%s%s\n", marks[finding->level], finding->what, seen ? ": " : "",
               finding->seen);
        if (finding->advice != NULL) {
            printf("    %s\n", finding->advice);
        }
    }
}

json_t *findings_json(const struct findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "level", level_word(finding->level), "code",
                      finding->code, "what", finding->what, "advice", finding->advice, "seen",
                      finding->seen[0] != '\0' ? finding->seen : NULL);
        if (json_array_append_new(list, object) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}
