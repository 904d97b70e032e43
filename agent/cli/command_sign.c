#include <argp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "agent/cli/commands.h"
#include "agent/cli/exchange.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/letter_file.h"
#include "agent/cli/output_file.h"
#include "agent/cli/report.h"
#include "certs/subject.h"

/* Bytes of a document's name in a request, with the NUL (agent/request.h). */
#define NAME_SIZE 256

struct sign {
    bool json;
    bool force;
    const char *output;
    char **files; /* lent by argv, count of them */
    int count;
};

/* One file on its way; what became of it. */
struct signing {
    const char *file;
    char output[PATH_MAX];
    struct outcome outcome;
    json_t *answer; /* or NULL */
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct sign *sign = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &sign->json;
        return 0;
    case 'o':
        sign->output = argument;
        return 0;
    case 'f':
        sign->force = true;
        return 0;
    case ARGP_KEY_ARGS:
        sign->files = state->argv + state->next;
        sign->count = state->argc - state->next;
        if (sign->output != NULL && sign->count > 1) {
            argp_error(state, _("--output goes with one file only"));
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, _("which file?"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* letter.pdf becomes letter.signed.pdf, in the same folder. */
static bool name_output(struct signing *signing, const char *output)
{
    static const char suffix[] = ".pdf";
    const char *file = signing->file;
    size_t length = strlen(file);
    size_t stem = length;
    if (length > strlen(suffix) && strcasecmp(file + length - strlen(suffix), suffix) == 0) {
        stem = length - strlen(suffix);
    }
    int written = output != NULL ? snprintf(signing->output, PATH_MAX, "%s", output)
                                 : snprintf(signing->output, PATH_MAX, "%.*s.signed%s", (int)stem,
                                            file, suffix);
    return length < PATH_MAX && written > 0 && written < PATH_MAX;
}

/* The original stays as it is, even with --force. */
static bool is_same_file(int fd, const char *path)
{
    struct stat original;
    struct stat output;
    return stat(path, &output) == 0 && fstat(fd, &original) == 0 &&
           original.st_dev == output.st_dev && original.st_ino == output.st_ino;
}

static json_t *make_request(const struct signing *signing, uint64_t size)
{
    const char *slash = strrchr(signing->file, '/');
    const char *base = slash != NULL ? slash + 1 : signing->file;
    char name[NAME_SIZE];
    subject_safe_text(base, strlen(base), name, sizeof name);
    return exchange_from_terminal(json_pack("{s:s, s:s, s:s, s:I}", "command", "sign", "name", name,
                                            "media_type", "application/pdf", "size",
                                            (json_int_t)size));
}

static struct outcome have_signed(struct signing *signing, const struct letter_file *letter,
                                  const struct output_file *output)
{
    json_t *request = make_request(signing, letter->size);
    if (request == NULL) {
        return outcome_of_status(STATUS_INTERNAL);
    }
    struct exchange exchange = {
        .request = request,
        .upload = letter->fd,
        .upload_size = letter->size,
        .download = output->fd,
    };
    struct outcome outcome = exchange_run(&exchange);
    signing->answer = exchange.answer;
    json_decref(request);
    return outcome;
}

static struct outcome sign_letter(struct signing *signing, const struct letter_file *letter,
                                  bool force)
{
    struct output_file output;
    if (is_same_file(letter->fd, signing->output)) {
        return outcome_of_fault(FAULT_ORIGINAL);
    }
    struct outcome outcome = output_file_open(&output, signing->output, force);
    if (outcome.exit_status != 0) {
        return outcome;
    }
    outcome = have_signed(signing, letter, &output);
    if (outcome.exit_status != 0) {
        output_file_discard(&output);
        return outcome;
    }
    return output_file_keep(&output);
}

static void sign_file(struct signing *signing, const struct sign *sign)
{
    struct letter_file letter;
    if (!name_output(signing, sign->output)) {
        signing->outcome = outcome_of_fault(FAULT_UNWRITABLE);
        return;
    }
    signing->outcome = letter_file_open(signing->file, &letter);
    if (signing->outcome.exit_status == 0) {
        signing->outcome = sign_letter(signing, &letter, sign->force);
        letter_file_close(&letter);
    }
}

static const char *text_of(const json_t *answer, const char *key)
{
    return json_string_value(json_object_get(answer, key));
}

static json_t *signing_json(const struct signing *signing)
{
    bool ok = signing->outcome.exit_status == 0;
    json_t *more =
        json_pack("{s:s, s:s*, s:s*}", "file", signing->file, "output", ok ? signing->output : NULL,
                  "signed_by", text_of(signing->answer, "signed_by"));
    return more == NULL
               ? NULL
               : report_object(&signing->outcome, text_of(signing->answer, "detail"), more);
}

static void say(const struct signing *signing)
{
    if (signing->outcome.exit_status == 0) {
        const char *signer = text_of(signing->answer, "signed_by");
        printf(_("%s: signed by %s, saved as %s\n"), signing->file, signer != NULL ? signer : "?",
               signing->output);
    } else {
        int exit_status = signing->outcome.exit_status;
        bool at_output = exit_status == FAULT_EXISTS || exit_status == FAULT_ORIGINAL ||
                         exit_status == FAULT_UNWRITABLE;
        report_failure(&signing->outcome, at_output ? signing->output : signing->file,
                       text_of(signing->answer, "detail"));
    }
}

/* Each file asks the person anew; the first that fails ends it, so that nobody is asked in vain. */
static int sign_all(const struct sign *sign)
{
    json_t *results = json_array();
    int exit_status = 0;
    for (int i = 0; i < sign->count && exit_status == 0; i++) {
        struct signing signing = {.file = sign->files[i]};
        sign_file(&signing, sign);
        exit_status = signing.outcome.exit_status;
        if (!sign->json) {
            say(&signing);
        } else if (json_array_append_new(results, signing_json(&signing)) != 0) {
            exit_status = outcome_of_status(STATUS_INTERNAL).exit_status;
        }
        json_decref(signing.answer);
    }
    if (sign->json) {
        return report_json(json_pack("{s:o}", "files", results), exit_status);
    }
    json_decref(results);
    return exit_status;
}

int command_sign(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {.name = "output",
         .key = 'o',
         .arg = "FILE",
         .doc = N_("where the signed letter goes; otherwise NAME.signed.pdf beside NAME.pdf")},
        {.name = "force", .key = 'f', .doc = N_("overwrite a file that is there already")},
        {0},
    };
    static const struct argp arguments = {
        .options = options,
        .parser = take_option,
        .args_doc = N_("FILE..."),
        .doc = N_("Shows each PDF letter in a window, asks for the signature PIN, and saves the "
                  "signed letter. The original stays as it is."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct sign sign = {.json = false};
    if (argp_parse(&arguments, argc, argv, 0, NULL, &sign) != 0) {
        return FAULT_USAGE;
    }
    return sign_all(&sign);
}
