/* Objects: PKCS #11 2.40, 5.7. */
#include <string.h>

#include "pkcs11/module.h"

/* Every pointer and length of a template of the caller's. */
static bool template_is_sound(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (count > 0 && template == NULL) {
        return false;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].pValue == NULL && template[i].ulValueLen > 0) {
            return false;
        }
    }
    return true;
}

static CK_RV give_attribute(const struct object *object, CK_ATTRIBUTE *wanted)
{
    struct buffer value;
    buffer_init(&value, OBJECT_ATTRIBUTE_MAX);
    CK_RV rv = object_get_attribute(object, wanted->type, &value);
    if (rv == CKR_OK && wanted->pValue != NULL && wanted->ulValueLen < value.size) {
        rv = CKR_BUFFER_TOO_SMALL;
    }
    if (rv == CKR_OK && wanted->pValue != NULL && value.size > 0) {
        memcpy(wanted->pValue, value.bytes, value.size);
    }
    wanted->ulValueLen = rv == CKR_OK ? value.size : CK_UNAVAILABLE_INFORMATION;
    buffer_free(&value);
    return rv;
}

/* These three concern one attribute and not the others. */
static bool concerns_one(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID ||
           rv == CKR_BUFFER_TOO_SMALL;
}

static CK_RV give_attributes(struct session *session, CK_OBJECT_HANDLE handle,
                             CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct object object;
    CK_RV result = CKR_OK;
    if (!object_from_handle(session->token, handle, &object) || !object_is_visible(&object)) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = give_attribute(&object, &template[i]);
        if (rv != CKR_OK && !concerns_one(rv)) {
            return rv;
        }
        result = result == CKR_OK ? rv : result;
    }
    return result;
}

MODULE_EXPORT CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                                        CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct session *session;
    if (template == NULL || count == 0) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    rv = give_attributes(session, object, template, count);
    return module_leave_device(device, rv);
}

MODULE_EXPORT CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                                    CK_ULONG *size)
{
    struct session *session;
    struct object found;
    if (size == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (object_from_handle(session->token, object, &found) && object_is_visible(&found)) {
        *size = CK_UNAVAILABLE_INFORMATION;
    } else {
        rv = CKR_OBJECT_HANDLE_INVALID;
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
                                      CK_ULONG count)
{
    struct session *session;
    if (!template_is_sound(template, count)) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    struct search *search = &session->search;
    if (search->active) {
        rv = CKR_OPERATION_ACTIVE;
    } else {
        rv = object_search(session->token, template, count, search->handles, &search->found);
        search->next = 0;
        search->active = rv == CKR_OK;
    }
    return module_leave_device(device, rv);
}

MODULE_EXPORT CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects,
                                  CK_ULONG maximum, CK_ULONG *count)
{
    struct session *session;
    if (objects == NULL || count == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct search *search = &session->search;
    if (search->active) {
        CK_ULONG given = 0;
        while (given < maximum && search->next < search->found) {
            objects[given++] = search->handles[search->next++];
        }
        *count = given;
    } else {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (!session->search.active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    }
    session->search.active = false;
    return module_leave_device(session->token->device, rv);
}
