#include "portal/acceptance.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

/* An unlinked file with these bytes; -1, logged. */
static int file_of(const struct buffer *bytes)
{
    int fd = memfd_create("letter", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < bytes->size) {
        ssize_t wrote = write(fd, bytes->bytes + done, bytes->size - done);
        if (wrote < 0 && errno != EINTR) {
            log_error("a letter in memory: %s", strerror(errno));
            close(fd);
            return -1;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return fd;
}

static bool is_citizens(const struct pades_report *report, const struct citizen *citizen)
{
    return report->count == 1 && report->signatures[0].has_signer &&
           strcmp(report->signatures[0].signer.personal_number, citizen->personal_number) == 0;
}

static enum status check(int draft, int signed_pdf, const struct acceptance_rules *rules,
                         struct detail *detail)
{
    struct pades_report report;
    /* First that it is the draft: only then is the file worth being parsed. */
    enum status status = pades_check_original(signed_pdf, draft, detail);
    if (status == STATUS_SIGNATURE_INVALID) {
        return refuse(detail, STATUS_DOCUMENT_DAMAGED, "not the draft and one signature on it");
    }
    if (status == STATUS_OK) {
        status = pades_verify(signed_pdf, rules->trust, rules->at, &report, detail);
    }
    if (status == STATUS_OK && !is_citizens(&report, rules->citizen)) {
        status = refuse(detail, STATUS_SIGNER_IS_ANOTHER, "signed by another than who logged in");
    }
    return status;
}

enum status acceptance_check(const struct buffer *draft, const struct buffer *signed_pdf,
                             const struct acceptance_rules *rules, struct detail *detail)
{
    int draft_file = file_of(draft);
    int signed_file = file_of(signed_pdf);
    enum status status = draft_file >= 0 && signed_file >= 0
                             ? check(draft_file, signed_file, rules, detail)
                             : STATUS_INTERNAL;
    if (draft_file >= 0) {
        close(draft_file);
    }
    if (signed_file >= 0) {
        close(signed_file);
    }
    return status;
}
