/* A card whose answers are hostile (hostile_pcsc.h), and an application that uses it. */
#include "tests/fuzz/application.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hostile_pcsc.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    hostile_begin(bytes, size);
    (void)application_run();
    return 0;
}
