#include "agent/worker/module.h"

#include <p11-kit/p11-kit.h>
#include <stddef.h>

#include "base/ckr.h"
#include "base/log.h"
#include "base/program.h"

static CK_FUNCTION_LIST *loaded;

enum status module_load(CK_FUNCTION_LIST **module)
{
    char path[PATH_MAX];
    if (loaded == NULL) {
        if (!program_module_path(path)) {
            return STATUS_INTERNAL;
        }
        CK_FUNCTION_LIST *fresh = p11_kit_module_load(path, 0);
        if (fresh == NULL) {
            const char *reason = p11_kit_message();
            log_error("cannot load %s: %s", path, reason != NULL ? reason : "unknown reason");
            return STATUS_INTERNAL;
        }
        CK_RV rv = p11_kit_module_initialize(fresh);
        if (rv != CKR_OK) {
            log_error("cannot initialise %s: %s", path, p11_kit_strerror(rv));
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
