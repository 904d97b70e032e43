/*
 * piradi-document: reads, prepares, shows and signs one document for the agent, which starts it
 * with the descriptors of session.h. Never started by hand.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/document/limits.h"
#include "agent/document/session.h"
#include "base/confine.h"
#include "base/program.h"

/* The prepared file has no name and is opened once more, to be read by the renderer. */
static bool confine_to_document(void)
{
    char prepared[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
    snprintf(prepared, sizeof prepared, "/proc/self/fd/%d", SESSION_PREPARED);
    return confine(CONFINE_DOCUMENT, prepared);
}

int main(void)
{
    if (!program_begin("piradi-document") || !limit_document() || !confine_to_document()) {
        return EXIT_FAILURE;
    }
    return session_run() ? EXIT_SUCCESS : EXIT_FAILURE;
}
