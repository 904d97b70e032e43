#include "letters/asice_name.h"

#include <string.h>
#include <strings.h>

#include "certs/subject.h"
#include "letters/asice.h"

static const char meta[] = "META-INF/";

bool asice_name_is_meta(const char *name)
{
    return strncasecmp(name, meta, strlen(meta)) == 0;
}

bool asice_name_is_signature(const char *name)
{
    static const char suffix[] = ".xml";
    size_t length = strlen(name);
    return strncmp(name, meta, strlen(meta)) == 0 && strstr(name, "signatures") != NULL &&
           length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0;
}

static bool parts_are_plain(const char *name)
{
    for (const char *part = name; part != NULL;) {
        const char *slash = strchr(part, '/');
        size_t length = slash != NULL ? (size_t)(slash - part) : strlen(part);
        if (length == 0 || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.')) {
            return false;
        }
        part = slash != NULL ? slash + 1 : NULL;
    }
    return true;
}

/* What certs/subject.h would replace reads as something else than it is. */
static bool is_as_it_reads(const char *name)
{
    char safe[ASICE_NAME_MAX + 1];
    subject_safe_text(name, strlen(name), safe, sizeof safe);
    return strcmp(name, safe) == 0;
}

bool asice_name_is_allowed(const char *name)
{
    return strlen(name) <= ASICE_NAME_MAX && strpbrk(name, "\\:") == NULL &&
           parts_are_plain(name) && is_as_it_reads(name) && !asice_name_is_meta(name) &&
           strcasecmp(name, "mimetype") != 0;
}
