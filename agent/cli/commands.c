#include "agent/cli/commands.h"

#include <string.h>

#include "agent/cli/language.h"

const struct command commands[] = {
    {"certificates", N_("show the certificates on the cards"), command_certificates},
    {"config", N_("show the configuration, and where it comes from"), command_config},
    {"doctor", N_("find out why the card cannot be used"), command_doctor},
    {"extend", N_("raise a signed PDF letter to a level that lasts longer"), command_extend},
    {"login", N_("log in with the card: a token for a portal"), command_login},
    {"pin", N_("change, unblock or set a PIN of the card"), command_pin},
    {"sign", N_("sign PDF letters with the card"), command_sign},
    {"status", N_("show the readers and cards"), command_status},
    {"verify", N_("verify the signatures in a PDF letter"), command_verify},
    {"verify-token", N_("verify a login token, as a portal does"), command_verify_token},
    {NULL, NULL, NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}
