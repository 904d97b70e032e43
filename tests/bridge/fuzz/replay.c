#include "tests/bridge/fuzz/fuzz.h"

#include <string.h>

#define INPUT_MAX 16384
#define ROUNDS 20000
#define MUTATIONS_MAX 8

static uint32_t state = 0x9e3779b9;

/* xorshift32: the same numbers in every run. */
static uint32_t next(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static size_t load(uint8_t input[INPUT_MAX], const char *seed)
{
    uint32_t length = (uint32_t)strlen(seed);
    size_t head = 0;
    if (fuzz_seeds_are_messages) {
        memcpy(input, &length, sizeof length);
        head = sizeof length;
    }
    memcpy(input + head, seed, length);
    return head + length;
}

static size_t mutate(uint8_t input[INPUT_MAX], size_t size)
{
    static const uint8_t telling[] = "\0\r\n :\"\\{}[],%#/\x7f\x80\xff\xed\xa0";
    size_t at = next((uint32_t)size);
    size_t part = next((uint32_t)(size - at)) + 1;
    switch (next(5)) {
    case 0:
        input[at] = (uint8_t)next(256);
        break;
    case 1:
        input[at] = telling[next(sizeof telling - 1)];
        break;
    case 2: /* cut out */
        memmove(input + at, input + at + part, size - at - part);
        return size > part ? size - part : size;
    case 3: /* say twice */
        if (size + part <= INPUT_MAX) {
            memmove(input + at + part, input + at, size - at);
            return size + part;
        }
        break;
    default: /* end early */
        return at + 1;
    }
    return size;
}

/* From the heap, exactly as large as it is: a sanitizer then sees a byte too far. */
static void run(const uint8_t *input, size_t size)
{
    uint8_t *exact = malloc(size);
    HOLDS(exact != NULL);
    memcpy(exact, input, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(void)
{
    static uint8_t input[INPUT_MAX];
    LLVMFuzzerTestOneInput(NULL, 0);
    for (const char *const *seed = fuzz_seeds; *seed != NULL; seed++) {
        run(input, load(input, *seed));
        for (int round = 0; round < ROUNDS; round++) {
            size_t size = load(input, *seed);
            for (uint32_t left = next(MUTATIONS_MAX) + 1; left > 0; left--) {
                size = mutate(input, size);
            }
            run(input, size);
        }
    }
    return EXIT_SUCCESS;
}
