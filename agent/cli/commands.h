/* The commands of `piradi`: one a file, named in one sorted table. */
#ifndef PIRADI_CLI_COMMANDS_H
#define PIRADI_CLI_COMMANDS_H

#include <stddef.h>

struct command {
    const char *name;
    const char *summary; /* untranslated */
    /* argv[0] is for messages, e.g. "piradi sign". The exit status (agent/cli/outcome.h). */
    int (*run)(int argc, char **argv);
};

int command_certificates(int argc, char **argv);
int command_config(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_extend(int argc, char **argv);
int command_login(int argc, char **argv);
int command_pin(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_status(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_verify_token(int argc, char **argv);

/* Sorted by name; the last has no name. */
extern const struct command commands[];

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

#endif
