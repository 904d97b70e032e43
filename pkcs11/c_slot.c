/* Slots and tokens: PKCS #11 2.40, 5.5. */
#include <stdio.h>
#include <string.h>

#include "base/ckr.h"
#include "pkcs11/module.h"

MODULE_EXPORT CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_SLOT_ID ids[SLOTS_DEVICES_MAX * DEVICE_TOKENS];
    size_t found = 0;
    size_t token;
    if (count == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    struct slots *slots = module_slots();
    slots_refresh(slots, list == NULL);
    for (CK_SLOT_ID id = 0; id < slots_count(slots); id++) {
        struct device *device = slots_device(slots, id, &token);
        if (!token_present || device_has_card(device)) {
            ids[found++] = id;
        }
    }
    module_leave();
    CK_ULONG room = *count;
    *count = found;
    if (list != NULL && room < found) {
        return CKR_BUFFER_TOO_SMALL;
    }
    if (list != NULL && found > 0) {
        memcpy(list, ids, found * sizeof *ids);
    }
    return CKR_OK;
}

MODULE_EXPORT CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    size_t token;
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    slots_refresh(module_slots(), false);
    struct device *device = slots_device(module_slots(), slot, &token);
    if (device == NULL) {
        rv = CKR_SLOT_ID_INVALID;
    } else {
        *info = (CK_SLOT_INFO){.flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT};
        info->flags |= device_has_card(device) ? CKF_TOKEN_PRESENT : 0;
        module_put_text(info->slotDescription, sizeof info->slotDescription, device->name);
        module_put_text(info->manufacturerID, sizeof info->manufacturerID, "PC/SC");
    }
    module_leave();
    return rv;
}

/* The tries left of the token's PIN and of its PUK, and whether the holder has set the PIN. */
struct counters {
    uint32_t pin;
    uint32_t puk;
    bool is_set;
};

static enum status read_counters(struct token *token, struct counters *counters)
{
    *counters = (struct counters){.pin = CARD_TRIES_UNKNOWN, .puk = CARD_TRIES_UNKNOWN};
    enum status status = token_pin_is_set(token, &counters->is_set);
    if (status == STATUS_OK) {
        status = token_tries(token, token->pin, &counters->pin);
    }
    if (status == STATUS_OK && token_puk(token) != NULL) {
        status = token_tries(token, token_puk(token), &counters->puk);
    }
    return status;
}

static CK_FLAGS flags_of_tries(uint32_t tries, uint32_t tries_max, CK_FLAGS low, CK_FLAGS final,
                               CK_FLAGS locked)
{
    if (tries == 0) {
        return locked;
    }
    if (tries == 1) {
        return low | final;
    }
    return tries < tries_max ? low : 0;
}

static CK_FLAGS token_flags(const struct token *token, const struct counters *counters)
{
    const struct card_profile *profile = card_profile(token->device->card);
    return CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED |
           (token->device->pad.verify != 0 ? CKF_PROTECTED_AUTHENTICATION_PATH : 0) |
           (counters->is_set ? CKF_USER_PIN_INITIALIZED : CKF_USER_PIN_TO_BE_CHANGED) |
           flags_of_tries(counters->pin, profile->tries_max, CKF_USER_PIN_COUNT_LOW,
                          CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED) |
           flags_of_tries(counters->puk, profile->puk_tries_max, CKF_SO_PIN_COUNT_LOW,
                          CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
}

/* What is printed on the card, if its serial number is text; else in hexadecimal. Of a longer one
 * the end. */
static void put_serial(unsigned char *field, size_t size, const struct pkcs15_token_info *info)
{
    char text[2 * PKCS15_SERIAL_MAX + 1] = "";
    bool is_text = info->serial_size > 0;
    for (size_t i = 0; i < info->serial_size; i++) {
        is_text = is_text && info->serial[i] > ' ' && info->serial[i] < 0x7F;
    }
    size_t used = 0;
    for (size_t i = 0; i < info->serial_size; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, is_text ? "%c" : "%02X",
                                 info->serial[i]);
    }
    module_put_text(field, size, used > size ? text + used - size : text);
}

static void describe(struct token *token, const struct counters *counters, CK_TOKEN_INFO *info)
{
    const struct device *device = token->device;
    *info = (CK_TOKEN_INFO){
        .flags = token_flags(token, counters),
        .ulMaxSessionCount = SESSIONS_MAX,
        .ulMaxRwSessionCount = SESSIONS_MAX,
        .ulMinPinLen = token->pin->min_size,
        .ulMaxPinLen = token->pin->max_size,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
    };
    session_count(token, &info->ulSessionCount, &info->ulRwSessionCount);
    module_put_text(info->label, sizeof info->label,
                    token->role == TOKEN_AUTHENTICATION ? "Georgian ID (authentication)"
                                                        : "Georgian ID (signature)");
    module_put_text(info->manufacturerID, sizeof info->manufacturerID, device->info.manufacturer);
    module_put_text(info->model, sizeof info->model, card_profile(device->card)->model);
    module_put_text(info->utcTime, sizeof info->utcTime, "");
    put_serial(info->serialNumber, sizeof info->serialNumber, &device->info);
}

MODULE_EXPORT CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    struct token *token;
    struct counters counters;
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_token(slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = token->device;
    enum status status = device_read_info(device);
    if (status == STATUS_OK) {
        status = device_read_pad(device);
    }
    if (status == STATUS_OK) {
        status = read_counters(token, &counters);
    }
    if (status == STATUS_OK) {
        describe(token, &counters, info);
    }
    return module_leave_device(device, ckr_from_status(status));
}

MODULE_EXPORT CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    if (slot == NULL || reserved != NULL || (flags & ~CKF_DONT_BLOCK) != 0) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    enum status status = slots_next_event(module_slots(), (flags & CKF_DONT_BLOCK) == 0, slot);
    module_leave();
    if (status == STATUS_NO_CARD) {
        return CKR_NO_EVENT;
    }
    return status == STATUS_USER_CANCELLED ? CKR_CRYPTOKI_NOT_INITIALIZED : ckr_from_status(status);
}

/* Whether a key of the token can be used with PSS. */
static enum status find_pss(struct token *token, bool *found)
{
    struct device *device = token->device;
    enum status status = STATUS_OK;
    *found = false;
    for (size_t i = 0; status == STATUS_OK && !*found && i < device->keys.count; i++) {
        const struct pkcs15_algorithm *algorithm = NULL;
        if (token_has_key(token, &device->keys.list[i])) {
            status = device_find_raw_rsa(device, &device->keys.list[i], &algorithm);
        }
        *found = algorithm != NULL;
    }
    return status;
}

static CK_RV list_mechanisms(bool has_pss, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    const struct mechanism *mechanism;
    CK_ULONG room = *count;
    CK_ULONG found = 0;
    for (size_t i = 0; (mechanism = mechanism_at(i)) != NULL; i++) {
        if (mechanism->kind == MECHANISM_RSA_PSS && !has_pss) {
            continue;
        }
        if (list != NULL && found < room) {
            list[found] = mechanism->type;
        }
        found++;
    }
    *count = found;
    return list != NULL && room < found ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

MODULE_EXPORT CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    struct token *token;
    bool has_pss;
    if (count == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_token(slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = token->device;
    rv = ckr_from_status(find_pss(token, &has_pss));
    if (rv == CKR_OK) {
        rv = list_mechanisms(has_pss, list, count);
    }
    return module_leave_device(device, rv);
}

MODULE_EXPORT CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                                       CK_MECHANISM_INFO *info)
{
    struct token *token;
    bool is_offered = true;
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_token(slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = token->device;
    const struct mechanism *mechanism = mechanism_find(type);
    if (mechanism != NULL && mechanism->kind == MECHANISM_RSA_PSS) {
        rv = ckr_from_status(find_pss(token, &is_offered));
    }
    if (rv == CKR_OK && (mechanism == NULL || !is_offered)) {
        rv = CKR_MECHANISM_INVALID;
    }
    if (rv == CKR_OK) {
        mechanism_describe(mechanism, info);
    }
    return module_leave_device(device, rv);
}
