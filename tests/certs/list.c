/*
 * certs/list.h from the command line, for tests/certs/.
 *
 *     certs-list LIST NOW OPERATOR.pem [AUTHORITY.pem TIME]...
 *
 * Prints {"fault": TEXT} or the list's facts, and for each authority whether it is granted CA/QC at
 * that time.
 */
#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "certs/list.h"

static X509 *read_pem(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (certificate == NULL) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return certificate;
}

static struct buffer read_file(const char *path)
{
    struct buffer bytes;
    uint8_t chunk[65536];
    size_t got;
    buffer_init(&bytes, 2 * LIST_SIZE_MAX);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        if (!put_bytes(&bytes, chunk, got)) {
            exit(2);
        }
    }
    fclose(file);
    return bytes;
}

static json_t *tell(const struct list *list, int count, char **authorities)
{
    const struct list_facts *facts = list_facts(list);
    json_t *grants = json_array();
    for (int i = 0; i + 1 < count; i += 2) {
        X509 *authority = read_pem(authorities[i]);
        time_t at = (time_t)strtoll(authorities[i + 1], NULL, 10);
        json_array_append_new(grants, json_boolean(list_grants(list, authority, LIST_CA_QC, at)));
        X509_free(authority);
    }
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "territory", facts->territory, "sequence",
                     (json_int_t)facts->sequence, "next_update", (json_int_t)facts->next_update,
                     "services", (json_int_t)facts->service_count, "grants", grants);
}

int main(int argc, char **argv)
{
    const char *why = NULL;
    STACK_OF(X509) *operators = sk_X509_new_null();
    if (argc < 4 || sk_X509_push(operators, read_pem(argv[3])) <= 0) {
        return 2;
    }
    struct buffer bytes = read_file(argv[1]);
    struct list *list =
        list_read(bytes.bytes, bytes.size, operators, (time_t)strtoll(argv[2], NULL, 10), &why);
    json_t *answer =
        list != NULL ? tell(list, argc - 4, argv + 4) : json_pack("{s:s}", "fault", why);
    json_dumpf(answer, stdout, 0);
    json_decref(answer);
    list_free(&list);
    buffer_free(&bytes);
    sk_X509_pop_free(operators, X509_free);
    return 0;
}
