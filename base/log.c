#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Prefixes of sd-daemon(3), so that the journal knows the level. A person needs none. */
#define LEVEL_ERROR "<3>"
#define LEVEL_WARNING "<4>"
#define LEVEL_INFO "<6>"

static const char *program_name = "piradi";

void log_open(const char *program)
{
    program_name = program;
}

__attribute__((format(printf, 2, 0))) static void log_line(const char *level, const char *format,
                                                           va_list arguments)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            *c = '?'; /* one call is one line, whatever it was given */
        }
    }
    fprintf(stderr, "%s%s: %s\n", isatty(STDERR_FILENO) ? "" : level, program_name, text);
}

void log_info(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line(LEVEL_INFO, format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line(LEVEL_WARNING, format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line(LEVEL_ERROR, format, arguments);
    va_end(arguments);
}
