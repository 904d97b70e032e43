#include <ctype.h>
#include <string.h>

#include "letters/pades.h"
#include "letters/pdf.h"
#include "letters/pdf_update.h"

/* The time that the update says it was made at: the last such words, as those of the signature are
 * behind all that the original may have put into the update. */
static bool find_time(const uint8_t *tail, size_t size, time_t *at)
{
    const uint8_t *found = NULL;
    const uint8_t *end = tail + size;
    const uint8_t *next = tail;
    while ((next = memmem(next, (size_t)(end - next), PDF_TIME_BEFORE, strlen(PDF_TIME_BEFORE))) !=
           NULL) {
        next += strlen(PDF_TIME_BEFORE);
        found = next;
    }
    if (found == NULL || (size_t)(end - found) < PDF_TIME_DIGITS) {
        return false;
    }
    char digits[PDF_TIME_DIGITS + 1] = {0};
    memcpy(digits, found, PDF_TIME_DIGITS);
    struct tm utc = {0};
    const char *rest = strptime(digits, "%Y%m%d%H%M%S", &utc);
    if (rest == NULL || *rest != '\0') {
        return false;
    }
    *at = timegm(&utc);
    return true;
}

static bool same_but_contents(const struct mapping *signed_file, const struct mapping *original,
                              const struct pdf_update *update)
{
    const struct byte_range *range = &update->range;
    if (signed_file->size != range->end) {
        return false;
    }
    size_t gap_at = (size_t)range->gap_at - original->size;
    size_t gap_end = (size_t)range->gap_end - original->size;
    const uint8_t *tail = signed_file->bytes + original->size;
    if (memcmp(tail, update->tail.bytes, gap_at + 1) != 0 ||
        memcmp(tail + gap_end - 1, update->tail.bytes + gap_end - 1,
               update->tail.size - gap_end + 1) != 0) {
        return false;
    }
    for (size_t i = gap_at + 1; i < gap_end - 1; i++) {
        if (!isxdigit(tail[i])) {
            return false;
        }
    }
    return true;
}

static enum status compare(const struct mapping *signed_file, const struct mapping *original,
                           struct detail *detail)
{
    time_t at;
    if (signed_file->size <= original->size ||
        memcmp(signed_file->bytes, original->bytes, original->size) != 0 ||
        !find_time(signed_file->bytes + original->size, signed_file->size - original->size, &at)) {
        return refuse(detail, STATUS_SIGNATURE_INVALID,
                      "the signed document is not the original with a signature");
    }
    struct pdf pdf;
    struct pdf_update update;
    enum status status = pdf_open(original->bytes, original->size, &pdf, detail);
    if (status != STATUS_OK) {
        return status;
    }
    status = pdf_update_build(&pdf, PDF_UPDATE_SIGNATURE, at, &update, detail);
    if (status == STATUS_OK) {
        if (!same_but_contents(signed_file, original, &update)) {
            status = refuse(detail, STATUS_SIGNATURE_INVALID,
                            "the signed document adds more than a signature to the original");
        }
        pdf_update_free(&update);
    }
    pdf_close(&pdf);
    return status;
}

enum status pades_check_original(int signed_document, int original, struct detail *detail)
{
    struct mapping files[2] = {0};
    *detail = (struct detail){0};
    enum status status = mapping_open(signed_document, &files[0]);
    if (status == STATUS_OK) {
        status = mapping_open(original, &files[1]);
    }
    if (status == STATUS_OK) {
        status = compare(&files[0], &files[1], detail);
    }
    mapping_close(&files[0]);
    mapping_close(&files[1]);
    return status;
}
