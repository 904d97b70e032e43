#include "letters/detail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "certs/subject.h"

enum status refuse(struct detail *detail, enum status status, const char *format, ...)
{
    char text[sizeof detail->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    subject_safe_text(text, strlen(text), detail->text, sizeof detail->text);
    return status;
}
