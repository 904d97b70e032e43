#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "letters/asice.h"
#include "letters/asice_name.h"
#include "letters/file_digest.h"
#include "letters/signer.h"
#include "letters/xades.h"
#include "letters/xml.h"

#define PIECE_SIZE ((size_t)256 * 1024)
#define MEMBERS_MAX (2 * ASICE_FILES_MAX)
/* The local header of the first member (APPNOTE 4.3.7): its name and its content. */
#define NAME_AT 30
#define NAME_LENGTH_AT 26
#define EXTRA_LENGTH_AT 28
#define METHOD_AT 8

struct verification {
    zip_t *zip;
    const struct trust *trust; /* or NULL */
    time_t at;
    struct asice_report *report;
    size_t count;
    const char *files[MEMBERS_MAX]; /* that are to be signed, lent by zip, sorted */
    size_t signature_count;
    const char *signatures[MEMBERS_MAX]; /* the same, of their files */
    uint8_t *piece;
};

/* EN 319 162-1, A.1: so that a file's first bytes tell what it is, before anything is unpacked. */
static bool begins_with_media_type(int fd)
{
    static const char name[] = "mimetype";
    static const char type[] = ASICE_MEDIA_TYPE;
    uint8_t begin[NAME_AT + sizeof name - 1 + sizeof type - 1];
    return pread(fd, begin, sizeof begin, 0) == (ssize_t)sizeof begin &&
           memcmp(begin, "PK\3\4", 4) == 0 && begin[METHOD_AT] == 0 && begin[METHOD_AT + 1] == 0 &&
           begin[NAME_LENGTH_AT] == sizeof name - 1 && begin[NAME_LENGTH_AT + 1] == 0 &&
           begin[EXTRA_LENGTH_AT] == 0 && begin[EXTRA_LENGTH_AT + 1] == 0 &&
           memcmp(begin + NAME_AT, name, sizeof name - 1) == 0 &&
           memcmp(begin + NAME_AT + sizeof name - 1, type, sizeof type - 1) == 0;
}

static zip_t *open_zip(int fd)
{
    int error;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0 || lseek(own, 0, SEEK_SET) != 0) {
        if (own >= 0) {
            close(own);
        }
        return NULL;
    }
    zip_t *zip = zip_fdopen(own, ZIP_CHECKCONS, &error);
    if (zip == NULL) {
        close(own);
    }
    return zip;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool differ(const char *names[], size_t count)
{
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* Told apart: "mimetype" once and first, META-INF/, folders' own entries refused with other bad
 * names. */
static enum rule take_name(struct verification *verification, const char *name, size_t index,
                           const char *metas[], size_t *meta_count)
{
    if (name == NULL) {
        return RULE_ZIP_UNREADABLE;
    }
    if (index == 0) {
        return strcmp(name, "mimetype") == 0 ? RULE_NONE : RULE_ZIP_MIMETYPE;
    }
    if (asice_name_is_meta(name)) {
        metas[(*meta_count)++] = name;
        if (asice_name_is_signature(name)) {
            verification->signatures[verification->signature_count++] = name;
        }
        return RULE_NONE;
    }
    if (!asice_name_is_allowed(name)) {
        return RULE_ZIP_NAMES;
    }
    verification->files[verification->count++] = name;
    return RULE_NONE;
}

static enum rule read_names(struct verification *verification)
{
    const char *metas[MEMBERS_MAX];
    size_t meta_count = 0;
    zip_int64_t members = zip_get_num_entries(verification->zip, 0);
    if (members < 1 || members > MEMBERS_MAX) {
        return RULE_ZIP_UNREADABLE;
    }
    enum rule rule = RULE_NONE;
    for (zip_int64_t i = 0; i < members && rule == RULE_NONE; i++) {
        const char *name = zip_get_name(verification->zip, (zip_uint64_t)i, ZIP_FL_ENC_STRICT);
        rule = take_name(verification, name, (size_t)i, metas, &meta_count);
    }
    if (rule != RULE_NONE) {
        return rule;
    }
    qsort(verification->signatures, verification->signature_count, sizeof *verification->signatures,
          by_text);
    return differ(verification->files, verification->count) && differ(metas, meta_count) &&
                   verification->count <= ASICE_FILES_MAX
               ? RULE_NONE
               : RULE_ZIP_NAMES;
}

/* A whole member, of at most XML_SIZE_MAX bytes, to be free()d. */
static uint8_t *read_member(zip_t *zip, const char *name, size_t *size)
{
    zip_file_t *file = zip_fopen(zip, name, 0);
    uint8_t *bytes = file != NULL ? malloc(XML_SIZE_MAX + 1) : NULL;
    zip_int64_t got = bytes != NULL ? zip_fread(file, bytes, XML_SIZE_MAX + 1) : -1;
    if (file != NULL) {
        zip_fclose(file);
    }
    if (got <= 0 || (size_t)got > XML_SIZE_MAX) {
        free(bytes);
        return NULL;
    }
    *size = (size_t)got;
    return bytes;
}

static bool add_all(const struct verification *verification, zip_file_t *file, EVP_MD_CTX *context)
{
    uint64_t size = 0;
    for (;;) {
        zip_int64_t got = zip_fread(file, verification->piece, PIECE_SIZE);
        if (got <= 0) {
            return got == 0;
        }
        size += (uint64_t)got;
        if (size > FILE_SIZE_MAX ||
            EVP_DigestUpdate(context, verification->piece, (size_t)got) != 1) {
            return false;
        }
    }
}

static bool digest_member(const struct verification *verification, const char *name,
                          const EVP_MD *hash, uint8_t *digest)
{
    zip_file_t *file = zip_fopen(verification->zip, name, 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = file != NULL && context != NULL && EVP_DigestInit_ex2(context, hash, NULL) == 1 &&
              add_all(verification, file, context) &&
              EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (file != NULL) {
        zip_fclose(file);
    }
    return ok;
}

static bool is_signed(const struct xades_signature *signature, const char *name)
{
    for (size_t i = 0; i < signature->count; i++) {
        if (strcmp(signature->references[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Every file, and nothing else: names differ on both sides, so equal numbers do. */
static enum rule check_files(const struct verification *verification,
                             const struct xades_signature *signature)
{
    bool same = signature->count == verification->count;
    for (size_t i = 0; same && i < verification->count; i++) {
        same = is_signed(signature, verification->files[i]);
    }
    if (!same) {
        return RULE_ZIP_REFERENCES;
    }
    for (size_t i = 0; i < signature->count; i++) {
        const struct xades_reference *reference = &signature->references[i];
        uint8_t digest[EVP_MAX_MD_SIZE];
        if (!digest_member(verification, reference->name, reference->hash, digest)) {
            return RULE_ZIP_UNREADABLE;
        }
        if (memcmp(digest, reference->digest, (size_t)EVP_MD_get_size(reference->hash)) != 0) {
            return RULE_ZIP_DIGEST;
        }
    }
    return RULE_NONE;
}

static enum rule check_signer(const struct verification *verification,
                              const struct xades_signature *signature)
{
    bool is_known;
    const struct signer_question question = {
        .trust = verification->trust,
        .certificate = signature->certificate,
        .others = signature->others,
        .at = verification->at,
        .now = verification->at,
    };
    return verification->trust != NULL ? signer_check(&question, &is_known) : RULE_NONE;
}

static enum rule check_read(const struct verification *verification,
                            const struct xades_signature *read, struct asice_signature *told)
{
    told->has_signer = subject_read(read->certificate, &told->signer);
    told->has_claimed_time = read->has_claimed_time;
    told->claimed_time = read->claimed_time;
    if (!told->has_signer) {
        return RULE_SIGNER_UNNAMED;
    }
    enum rule rule = check_files(verification, read);
    return rule == RULE_NONE ? check_signer(verification, read) : rule;
}

static enum rule check_one(const struct verification *verification, const char *name,
                           struct asice_signature *told)
{
    size_t size = 0;
    uint8_t *bytes = read_member(verification->zip, name, &size);
    struct xades_signature *read = calloc(1, sizeof *read);
    enum rule rule = RULE_INTERNAL;
    if (bytes == NULL) {
        rule = RULE_ZIP_UNREADABLE;
    } else if (read != NULL) {
        rule = xades_read(bytes, size, read);
        if (rule == RULE_NONE) {
            rule = check_read(verification, read, told);
        }
        xades_signature_free(read);
    }
    free(read);
    free(bytes);
    return rule;
}

static enum rule check_all(struct verification *verification)
{
    struct asice_report *report = verification->report;
    enum rule first = RULE_NONE;
    if (verification->signature_count == 0 || verification->count == 0) {
        return RULE_NOT_SIGNED;
    }
    if (verification->signature_count > ASICE_SIGNATURES_MAX) {
        return RULE_ZIP_UNREADABLE;
    }
    for (size_t i = 0; i < verification->signature_count; i++) {
        struct asice_signature *told = &report->signatures[report->count++];
        told->rule = check_one(verification, verification->signatures[i], told);
        first = first != RULE_NONE ? first : told->rule;
    }
    return first;
}

static void tell_files(const struct verification *verification)
{
    struct asice_report *report = verification->report;
    for (size_t i = 0; i < verification->count; i++) {
        const char *name = verification->files[i];
        subject_safe_text(name, strlen(name), report->files[report->file_count++],
                          ASICE_NAME_MAX + 1);
    }
}

static enum rule verify(struct verification *verification, int container)
{
    if (!begins_with_media_type(container)) {
        return RULE_ZIP_MIMETYPE;
    }
    verification->zip = open_zip(container);
    if (verification->zip == NULL) {
        return RULE_ZIP_UNREADABLE;
    }
    enum rule rule = read_names(verification);
    if (rule == RULE_NONE) {
        tell_files(verification);
        rule = check_all(verification);
    }
    zip_discard(verification->zip);
    return rule;
}

enum status asice_verify(int container, const struct trust *trust, time_t at,
                         struct asice_report *report, struct detail *detail)
{
    struct verification *verification = calloc(1, sizeof *verification);
    *detail = (struct detail){0};
    memset(report, 0, sizeof *report);
    report->rule = RULE_INTERNAL;
    if (verification != NULL) {
        verification->trust = trust;
        verification->at = at;
        verification->report = report;
        verification->piece = malloc(PIECE_SIZE);
        if (verification->piece != NULL) {
            report->rule = verify(verification, container);
        }
        free(verification->piece);
    }
    free(verification);
    return rule_status(report->rule, detail);
}
