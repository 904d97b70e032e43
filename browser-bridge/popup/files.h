/* The popup's page and its parts, compiled in: what the bridge serves cannot be exchanged on disk.
 */
#ifndef PIRADI_BRIDGE_POPUP_FILES_H
#define PIRADI_BRIDGE_POPUP_FILES_H

#include <stddef.h>
#include <stdint.h>

struct popup_file {
    const uint8_t *bytes;
    size_t size;
};

extern const struct popup_file popup_page;
extern const struct popup_file popup_script;
extern const struct popup_file popup_style;

#endif
