/*
 * Georgian in Latin letters: the national system of romanisation of 2002 (BGN/PCGN 2009 agreement),
 * without its apostrophes, as names are written on identity documents. Mtavruli capitals count as
 * the letters that they are.
 */
#ifndef PIRADI_LATIN_H
#define PIRADI_LATIN_H

#include <stddef.h>

/*
 * The text (UTF-8) as a name in Latin: each word's first letter a capital. What is not Georgian
 * stays as it is. Always terminated; cut at a whole letter where text_size is not enough.
 */
void latin_name(const char *georgian, char *text, size_t text_size);

#endif
