#include "certs/latin.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MKHEDRULI 0x10D0U
#define MTAVRULI 0x1C90U

/* U+10D0 to U+10F0, in Unicode's order. */
static const char *const letters[] = {
    "a", "b", "g", "d", "e", "v",  "z", "t",  "i",  "k",  "l",  "m",  "n",  "o",  "p", "zh", "r",
    "s", "t", "u", "p", "k", "gh", "q", "sh", "ch", "ts", "dz", "ts", "ch", "kh", "j", "h",
};

/* The letter that three bytes of UTF-8 are; NULL if it is none of these. */
static const char *letter_of(const unsigned char *bytes)
{
    if (bytes[0] != 0xE1 || (bytes[1] & 0xC0) != 0x80 || (bytes[2] & 0xC0) != 0x80) {
        return NULL;
    }
    uint32_t character = 0x1000U | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
    uint32_t index = character >= MTAVRULI ? character - MTAVRULI : character - MKHEDRULI;
    return index < sizeof letters / sizeof *letters ? letters[index] : NULL;
}

/* Whether a word begins after what is there. */
static bool begins_word(const char *text, size_t length)
{
    return length == 0 || text[length - 1] == ' ' || text[length - 1] == '-';
}

void latin_name(const char *georgian, char *text, size_t text_size)
{
    size_t length = 0;
    const unsigned char *next = (const unsigned char *)georgian;
    while (*next != '\0') {
        const char *letter = letter_of(next);
        size_t used = letter != NULL ? 3 : 1;
        while (letter == NULL && (next[used] & 0xC0) == 0x80) {
            used++;
        }
        const char *from = letter != NULL ? letter : (const char *)next;
        size_t wide = letter != NULL ? strlen(letter) : used;
        if (length + wide >= text_size) {
            break;
        }
        bool capital = letter != NULL && begins_word(text, length);
        memcpy(text + length, from, wide);
        if (capital) {
            text[length] = (char)toupper((unsigned char)text[length]);
        }
        length += wide;
        next += used;
    }
    text[length] = '\0';
}
