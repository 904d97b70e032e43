/* What a person sees while they wait: one line on standard error that is written anew, if that is a
 * terminal. */
#ifndef PIRADI_CLI_PROGRESS_H
#define PIRADI_CLI_PROGRESS_H

#include <stdint.h>

/* From here on nothing is shown: somebody else writes on that terminal. */
void progress_keep_quiet(void);

void progress_say(const char *text);

/* "TEXT: 34 %", when it is another percentage than before. */
void progress_share(const char *text, uint64_t done, uint64_t total);

/* Takes the line away; to be called before anything else is printed. */
void progress_clear(void);

#endif
