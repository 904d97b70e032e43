/* The one PKCS#11 module that this worker loads: the configured one, by its absolute path. */
#ifndef PIRADI_WORKER_MODULE_H
#define PIRADI_WORKER_MODULE_H

#include <p11-kit/pkcs11.h>

#include "base/must_use.h"
#include "base/status.h"

/*
 * Loads and initialises the module of program_module_path() unless it is there already. STATUS_OK
 * and the module, lent until module_unload, or why not.
 */
enum status module_load(CK_FUNCTION_LIST **module) MUST_USE;

/* The module, if it is loaded; lent likewise. */
CK_FUNCTION_LIST *module_loaded(void);

/* Why the last module_load failed, for a developer; empty if it did not. Static. */
const char *module_reason(void);

/* Finalises and unloads it, so that the next module_load begins afresh. */
void module_unload(void);

#endif
