#include "agent/worker/module.h"

#include <p11-kit/p11-kit.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/ckr.h"
#include "base/log.h"
#include "base/program.h"

#define REASON_MAX 512

static CK_FUNCTION_LIST *loaded;
static char reason[REASON_MAX];

static void PRINTF_LIKE(1, 2) say_why(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    log_error("%s", reason);
}

CK_FUNCTION_LIST *module_loaded(void)
{
    return loaded;
}

const char *module_reason(void)
{
    return reason;
}

enum status module_load(CK_FUNCTION_LIST **module)
{
    char path[PATH_MAX];
    reason[0] = '\0';
    if (loaded == NULL) {
        if (!program_module_path(path)) {
            return STATUS_INTERNAL;
        }
        CK_FUNCTION_LIST *fresh = p11_kit_module_load(path, 0);
        if (fresh == NULL) {
            const char *why = p11_kit_message();
            say_why("cannot load %s: %s", path, why != NULL ? why : "unknown reason");
            return STATUS_INTERNAL;
        }
        CK_RV rv = p11_kit_module_initialize(fresh);
        if (rv != CKR_OK) {
            say_why("cannot initialise %s: %s", path, p11_kit_strerror(rv));
            p11_kit_module_release(fresh);
            return status_from_ckr(rv);
        }
        loaded = fresh;
    }
    *module = loaded;
    return STATUS_OK;
}

void module_unload(void)
{
    if (loaded != NULL) {
        p11_kit_module_finalize(loaded);
        p11_kit_module_release(loaded);
        loaded = NULL;
    }
}
