/*
 * piradi-document: reads, prepares, shows and signs one document for the agent, which starts it
 * with the descriptors of session.h. Never started by hand.
 */
#include <stdlib.h>

#include "agent/document/confine.h"
#include "agent/document/session.h"
#include "base/program.h"

int main(void)
{
    if (!program_begin("piradi-document") || !confine_document()) {
        return EXIT_FAILURE;
    }
    return session_run() ? EXIT_SUCCESS : EXIT_FAILURE;
}
