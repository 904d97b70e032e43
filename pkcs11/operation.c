#include "pkcs11/operation.h"

CK_RV operation_begin(struct operation *operation, const struct mechanism *mechanism)
{
    *operation = (struct operation){0};
    buffer_init(&operation->data, OPERATION_DATA_MAX);
    if (mechanism->digest != NULL) {
        EVP_MD *md = EVP_MD_fetch(NULL, mechanism->digest, NULL);
        operation->digest = EVP_MD_CTX_new();
        bool begun = md != NULL && operation->digest != NULL &&
                     EVP_DigestInit_ex2(operation->digest, md, NULL) == 1;
        EVP_MD_free(md);
        if (!begun) {
            operation_end(operation);
            return CKR_HOST_MEMORY;
        }
    }
    operation->mechanism = mechanism;
    return CKR_OK;
}

void operation_end(struct operation *operation)
{
    EVP_PKEY_free(operation->public_key);
    EVP_MD_CTX_free(operation->digest);
    buffer_free(&operation->data);
    *operation = (struct operation){0};
}

CK_RV operation_update(struct operation *operation, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return CKR_OK;
    }
    if (operation->digest != NULL) {
        return EVP_DigestUpdate(operation->digest, bytes, size) == 1 ? CKR_OK : CKR_GENERAL_ERROR;
    }
    return put_bytes(&operation->data, bytes, size) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

CK_RV operation_finish(struct operation *operation, const uint8_t **bytes, size_t *size)
{
    if (operation->digest != NULL) {
        unsigned digest_size = 0;
        uint8_t *digest = put_space(&operation->data, EVP_MAX_MD_SIZE);
        if (digest == NULL || EVP_DigestFinal_ex(operation->digest, digest, &digest_size) != 1) {
            return CKR_GENERAL_ERROR;
        }
        operation->data.size = digest_size;
    }
    *bytes = operation->data.bytes;
    *size = operation->data.size;
    return CKR_OK;
}
