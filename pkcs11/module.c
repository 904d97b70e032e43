#include "pkcs11/module.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ckr.h"

/* Between two calls to whoever may just have begun to wait. */
#define STOP_REPEAT_NS 20000000

static struct {
    pthread_mutex_t lock;
    pthread_cond_t call_ended;
    bool initialized;
    bool finalizing;
    pid_t process;
    unsigned calls; /* inside C_ functions now */
    struct slots slots;
} module = {.lock = PTHREAD_MUTEX_INITIALIZER, .call_ended = PTHREAD_COND_INITIALIZER};

/* In a forked child nobody holds the lock and no thread of ours runs; what the parent had is left
 * where it is, since PC/SC's connections are the parent's. */
static void forget_parent(void)
{
    if (module.process != getpid()) {
        pthread_mutex_init(&module.lock, NULL);
        pthread_cond_init(&module.call_ended, NULL);
        module.initialized = false;
        module.finalizing = false;
        module.calls = 0;
        module.process = getpid();
    }
}

static CK_RV check_arguments(const CK_C_INITIALIZE_ARGS *arguments)
{
    if (arguments == NULL) {
        return CKR_OK;
    }
    int callbacks = (arguments->CreateMutex != NULL) + (arguments->DestroyMutex != NULL) +
                    (arguments->LockMutex != NULL) + (arguments->UnlockMutex != NULL);
    if (arguments->pReserved != NULL || (callbacks != 0 && callbacks != 4)) {
        return CKR_ARGUMENTS_BAD;
    }
    /* Our own threads need the system's locks. CKF_LIBRARY_CANT_CREATE_OS_THREADS is passed over,
     * as GnuTLS always sets it and no call of the application's is made on a thread of ours. */
    return callbacks != 0 && (arguments->flags & CKF_OS_LOCKING_OK) == 0 ? CKR_CANT_LOCK : CKR_OK;
}

CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *arguments)
{
    CK_RV rv = check_arguments(arguments);
    if (rv != CKR_OK) {
        return rv;
    }
    forget_parent();
    pthread_mutex_lock(&module.lock);
    if (module.initialized) {
        rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    } else {
        slots_init(&module.slots);
        module.initialized = true;
    }
    pthread_mutex_unlock(&module.lock);
    return rv;
}

CK_RV module_enter(void)
{
    CK_RV rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    if (module.process != getpid()) {
        return rv;
    }
    pthread_mutex_lock(&module.lock);
    if (module.initialized && !module.finalizing) {
        module.calls++;
        rv = CKR_OK;
    }
    pthread_mutex_unlock(&module.lock);
    return rv;
}

void module_leave(void)
{
    pthread_mutex_lock(&module.lock);
    module.calls--;
    pthread_cond_broadcast(&module.call_ended);
    pthread_mutex_unlock(&module.lock);
}

/* With the lock. A waiter may begin to wait just after it was told to stop: tell it again. */
static void wait_for_calls(void)
{
    while (module.calls > 0) {
        struct timespec until;
        slots_stop(&module.slots);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += STOP_REPEAT_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&module.call_ended, &module.lock, &until);
    }
}

CK_RV module_finalize(void)
{
    if (module.process != getpid()) {
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    pthread_mutex_lock(&module.lock);
    bool ours = module.initialized && !module.finalizing;
    if (ours) {
        module.finalizing = true;
        wait_for_calls();
        slots_free(&module.slots);
        module.initialized = false;
        module.finalizing = false;
    }
    pthread_mutex_unlock(&module.lock);
    return ours ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
}

struct slots *module_slots(void)
{
    return &module.slots;
}

CK_RV module_enter_slot(CK_SLOT_ID slot, struct token **token)
{
    size_t index;
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = slots_device(&module.slots, slot, &index);
    if (device == NULL) {
        module_leave();
        return CKR_SLOT_ID_INVALID;
    }
    device_enter(device);
    *token = &device->tokens[index];
    return CKR_OK;
}

CK_RV module_enter_token(CK_SLOT_ID slot, struct token **token)
{
    struct token *entered;
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    slots_refresh(&module.slots, false);
    rv = module_enter_slot(slot, &entered);
    module_leave();
    if (rv != CKR_OK) {
        return rv;
    }
    enum status status = device_open(entered->device);
    if (status == STATUS_OK && entered->pin == NULL) {
        status = STATUS_NO_CARD;
    }
    if (status != STATUS_OK) {
        return module_leave_device(entered->device, ckr_from_status(status));
    }
    *token = entered;
    return CKR_OK;
}

CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **session)
{
    struct token *token;
    CK_RV rv = module_enter_slot(session_slot(handle), &token);
    if (rv != CKR_OK) {
        return rv == CKR_SLOT_ID_INVALID ? CKR_SESSION_HANDLE_INVALID : rv;
    }
    struct session *found = session_find(token->device, handle);
    if (found == NULL) {
        return module_leave_device(token->device, CKR_SESSION_HANDLE_INVALID);
    }
    *session = found;
    return CKR_OK;
}

CK_RV module_leave_device(struct device *device, CK_RV rv)
{
    device_leave(device);
    module_leave();
    return rv;
}

CK_RV module_refuse(CK_SESSION_HANDLE handle, CK_RV rv)
{
    struct session *session;
    CK_RV entered = module_enter_session(handle, &session);
    return entered == CKR_OK ? module_leave_device(session->token->device, rv) : entered;
}

CK_RV module_cancel(struct session *session, const struct operation *operation, CK_FLAGS flag)
{
    if (operation->mechanism == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    session_cancel(session, flag);
    return CKR_OK;
}

CK_RV module_take_pin(const unsigned char *pin, CK_ULONG size, struct secret **secret)
{
    if (pin == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    struct secret *taken = secret_new();
    if (taken == NULL) {
        return CKR_HOST_MEMORY;
    }
    if (!secret_set(taken, pin, size)) {
        secret_free(&taken);
        return CKR_PIN_LEN_RANGE;
    }
    *secret = taken;
    return CKR_OK;
}

CK_RV module_find_pad(struct device *device, bool modifies)
{
    enum status status = device_read_pad(device);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    uint32_t feature = modifies ? device->pad.modify : device->pad.verify;
    return feature != 0 ? CKR_OK : CKR_ARGUMENTS_BAD;
}

void module_put_text(unsigned char *field, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length > size) {
        length = size;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < size; i++) {
        field[i] = i < length ? (unsigned char)text[i] : ' ';
    }
}

CK_RV module_put_output(const void *bytes, size_t size, unsigned char *output,
                        CK_ULONG *output_size)
{
    CK_ULONG room = *output_size;
    *output_size = size;
    if (output == NULL) {
        return CKR_OK;
    }
    if (room < size) {
        return CKR_BUFFER_TOO_SMALL;
    }
    if (size > 0) {
        memcpy(output, bytes, size);
    }
    return CKR_OK;
}
