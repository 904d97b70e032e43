/*
 * certs/validation.h from the command line, for tests/certs/: the question as options, the answer
 * as one JSON object. A certificate that cannot be read has the status "UNREADABLE".
 */
#include <getopt.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/fetch_curl.h"
#include "certs/subject.h"
#include "certs/validation.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)

struct question {
    struct validator validator;
    struct revocation_rules rules;
    struct evidence evidence;
    struct trust *trust;
    STACK_OF(X509) * others;
    enum trust_purpose purpose;
    bool aia;
    time_t at;
    time_t now;
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "validate: %s\n", what);
        exit(2);
    }
}

static struct buffer read_file(const char *path)
{
    struct buffer bytes;
    uint8_t chunk[65536];
    size_t got;
    buffer_init(&bytes, FILE_MAX);
    FILE *file = fopen(path, "re");
    must(file != NULL, path);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        must(put_bytes(&bytes, chunk, got), path);
    }
    fclose(file);
    return bytes;
}

static void add_others(struct question *question, const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate;
    must(file != NULL, path);
    while ((certificate = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        must(sk_X509_push(question->others, certificate) > 0, path);
    }
    fclose(file);
}

static void add_evidence(struct question *question, const char *path, bool is_crl)
{
    struct buffer bytes = read_file(path);
    must(is_crl ? evidence_add_crl(&question->evidence, bytes.bytes, bytes.size)
                : evidence_add_ocsp(&question->evidence, bytes.bytes, bytes.size),
         path);
    buffer_free(&bytes);
}

static void take_rule(struct revocation_rules *rules, const char *rule)
{
    char name[32];
    long value;
    must(sscanf(rule, "%31[a-z_]=%ld", name, &value) == 2, rule);
    const struct {
        const char *name;
        long *number;
        bool *flag;
    } known[] = {
        {"skew", &rules->skew_s, NULL},
        {"ocsp_age_max", &rules->ocsp_age_max_s, NULL},
        {"crl_age_max", &rules->crl_age_max_s, NULL},
        {"reuse", &rules->reuse_s, NULL},
        {"grace", &rules->grace_s, NULL},
        {"crl_first", NULL, &rules->crl_first},
        {"whole_chain", NULL, &rules->whole_chain},
        {"nonce_required", NULL, &rules->nonce_required},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            if (known[i].number != NULL) {
                *known[i].number = value;
            } else {
                *known[i].flag = value != 0;
            }
            return;
        }
    }
    if (strcmp(name, "timeout") == 0) {
        rules->timeout_ms = (int)value;
    } else {
        must(strcmp(name, "need") == 0, rule);
        rules->need = (enum revocation_need)value;
    }
}

static void take_option(struct question *question, int option, const char *argument)
{
    static const struct fetch_options options = {.private_addresses = true};
    static const struct fetch_options strict = {.private_addresses = false};
    static struct fetcher fetcher;
    switch (option) {
    case 't':
        must((question->trust = trust_load(argument)) != NULL, argument);
        break;
    case 's':
        question->purpose = TRUST_SIGN;
        break;
    case 'a':
        question->at = (time_t)strtoll(argument, NULL, 10);
        break;
    case 'i':
        add_others(question, argument);
        break;
    case 'o':
        add_evidence(question, argument, false);
        break;
    case 'c':
        add_evidence(question, argument, true);
        break;
    case 'r':
        take_rule(&question->rules, argument);
        break;
    case 'd':
        must((question->validator.cache = revocation_cache_open(argument)) != NULL, argument);
        break;
    case 'A':
        question->aia = true;
        break;
    case 'f':
    case 'p':
        must(fetch_curl_init(&fetcher, option == 'f' ? &options : &strict), "libcurl");
        question->validator.fetcher = &fetcher;
        break;
    default:
        exit(2);
    }
}

static void take_options(struct question *question, int argc, char **argv)
{
    static const struct option options[] = {
        {"trust", required_argument, NULL, 't'},  {"sign", no_argument, NULL, 's'},
        {"at", required_argument, NULL, 'a'},     {"others", required_argument, NULL, 'i'},
        {"ocsp", required_argument, NULL, 'o'},   {"crl", required_argument, NULL, 'c'},
        {"rule", required_argument, NULL, 'r'},   {"cache", required_argument, NULL, 'd'},
        {"aia", no_argument, NULL, 'A'},          {"fetch", no_argument, NULL, 'f'},
        {"fetch-public", no_argument, NULL, 'p'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        take_option(question, option, optarg);
    }
    must(question->trust != NULL && optind == argc - 1, "--trust and one certificate are needed");
    question->validator.trust = question->trust;
    question->validator.aia_fetcher = question->aia ? question->validator.fetcher : NULL;
}

static json_t *tell_subject(X509 *certificate)
{
    struct subject subject;
    if (!subject_read(certificate, &subject)) {
        return json_null();
    }
    const struct qualified *qualified = &subject.qualified;
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:s}", "name", subject.name, "latin",
                     subject.name_latin, "personal_number", subject.personal_number,
                     "document_number", subject.document_number, "compliance",
                     qualified->compliance, "secure_device", qualified->secure_device, "types",
                     (int)qualified->types, "legislation",
                     qualified->country_count > 0 ? qualified->countries[0] : "");
}

static void tell(enum status status, const struct validation *validation, X509 *certificate)
{
    static const char *const verdicts[] = {"unknown", "good", "revoked"};
    json_t *answer = json_pack(
        "{s:s, s:s?, s:s, s:s, s:b, s:i, s:i, s:i, s:I, s:o}", "status", status_code(status),
        "detail", validation->detail, "verdict", verdicts[validation->revocation.verdict], "source",
        validation->revocation.source == EVIDENCE_OCSP ? "ocsp" : "crl", "in_grace",
        validation->in_grace, "depth", (int)validation->revocation_depth, "used",
        (int)validation->used.count, "chain", sk_X509_num(validation->chain), "revoked_at",
        (json_int_t)validation->revocation.revoked_at, "subject", tell_subject(certificate));
    must(answer != NULL && json_dumpf(answer, stdout, 0) == 0, "cannot tell");
    json_decref(answer);
}

int main(int argc, char **argv)
{
    struct question question = {.rules = revocation_rules_default,
                                .others = sk_X509_new_null(),
                                .at = time(NULL),
                                .now = time(NULL)};
    take_options(&question, argc, argv);
    struct buffer bytes = read_file(argv[optind]);
    X509 *certificate = certificate_from_der(bytes.bytes, bytes.size);
    buffer_free(&bytes);
    if (certificate == NULL) {
        puts("{\"status\": \"UNREADABLE\"}");
    } else {
        const struct validation_question asked = {.certificate = certificate,
                                                  .others = question.others,
                                                  .evidence = &question.evidence,
                                                  .revocation = &question.rules,
                                                  .purpose = question.purpose,
                                                  .at = question.at,
                                                  .now = question.now};
        struct validation validation;
        enum status status = validation_run(&question.validator, &asked, &validation);
        tell(status, &validation, certificate);
        validation_clear(&validation);
    }
    X509_free(certificate);
    evidence_clear(&question.evidence);
    sk_X509_pop_free(question.others, X509_free);
    revocation_cache_close(&question.validator.cache);
    trust_free(&question.trust);
    return 0;
}
