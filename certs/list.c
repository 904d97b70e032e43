#include "certs/list.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "certs/certificate.h"
#include "certs/key_strength.h"
#include "certs/list_xml.h"

#define URI_MAX 256
#define CERTIFICATE_TEXT_MAX (2 * CERTIFICATE_MAX)
#define CLOCK_SKEW_S (60L * 60)

/* From its time on, until the next later one. */
struct status {
    time_t since;
    bool granted;
};

struct service {
    enum list_service type;
    X509 *certificate;
    size_t status_count;
    struct status statuses[LIST_HISTORY_MAX];
};

struct list {
    struct list_facts facts;
    size_t capacity;
    struct service *services;
};

void list_free(struct list **list)
{
    if (list == NULL || *list == NULL) {
        return;
    }
    for (size_t i = 0; i < (*list)->facts.service_count; i++) {
        X509_free((*list)->services[i].certificate);
    }
    free((*list)->services);
    free(*list);
    *list = NULL;
}

const struct list_facts *list_facts(const struct list *list)
{
    return &list->facts;
}

static enum list_service type_of(const char *uri)
{
    static const struct {
        const char *uri;
        enum list_service type;
    } known[] = {
        {"http://uri.etsi.org/TrstSvc/Svctype/CA/QC", LIST_CA_QC},
        {"http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP/QC", LIST_OCSP_QC},
        {"http://uri.etsi.org/TrstSvc/Svctype/Certstatus/CRL/QC", LIST_CRL_QC},
        {"http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST", LIST_TSA_QTST},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(uri, known[i].uri) == 0) {
            return known[i].type;
        }
    }
    return LIST_OTHER;
}

/* Clause 5.5.4 and annex J: those of today, and what they were called before. */
static bool is_granted(const char *uri)
{
    static const char base[] = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/";
    static const char *const granted[] = {"granted",          "recognisedatnationallevel",
                                          "undersupervision", "supervisionincessation",
                                          "accredited",       "setbynationallaw"};
    if (strncmp(uri, base, strlen(base)) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof granted / sizeof *granted; i++) {
        if (strcmp(uri + strlen(base), granted[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* ServiceInformation and ServiceHistoryInstance have both of these. */
static bool add_status(const xmlNode *entry, struct service *service)
{
    char uri[URI_MAX];
    struct status status;
    if (service->status_count == LIST_HISTORY_MAX ||
        !list_xml_text(list_xml_child(entry, "ServiceStatus"), uri, sizeof uri) ||
        !list_xml_time(list_xml_child(entry, "StatusStartingTime"), &status.since)) {
        return false;
    }
    status.granted = is_granted(uri);
    service->statuses[service->status_count++] = status;
    return true;
}

static bool read_history(const xmlNode *service_node, struct service *service)
{
    const xmlNode *history = list_xml_child(service_node, "ServiceHistory");
    const xmlNode *instance = list_xml_child(history, "ServiceHistoryInstance");
    while (instance != NULL) {
        if (!add_status(instance, service)) {
            return false;
        }
        instance = list_xml_next(instance, "ServiceHistoryInstance");
    }
    return true;
}

static X509 *read_certificate(const xmlNode *digital_id)
{
    char *text = malloc(CERTIFICATE_TEXT_MAX);
    X509 *certificate = NULL;
    if (text != NULL &&
        list_xml_text(list_xml_child(digital_id, "X509Certificate"), text, CERTIFICATE_TEXT_MAX)) {
        size_t kept = 0;
        for (const char *c = text; *c != '\0'; c++) { /* lines may be broken */
            if (strchr(" \t\r\n", *c) == NULL) {
                text[kept++] = *c;
            }
        }
        text[kept] = '\0';
        certificate = certificate_from_base64(text);
    }
    free(text);
    return certificate;
}

/* Takes the certificate over, also when it fails. */
static bool add_service(struct list *list, const struct service *described, X509 *certificate)
{
    struct list_facts *facts = &list->facts;
    if (facts->service_count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct service *more = facts->service_count < LIST_SERVICES_MAX
                                   ? reallocarray(list->services, capacity, sizeof *list->services)
                                   : NULL;
        if (more == NULL) {
            X509_free(certificate);
            return false;
        }
        list->services = more;
        list->capacity = capacity;
    }
    list->services[facts->service_count] = *described;
    list->services[facts->service_count++].certificate = certificate;
    return true;
}

/* A service may name several certificates; one entry each. Identities without one are of services
 * that certificates cannot be checked against, and are passed over. */
static bool read_service(const xmlNode *node, struct list *list)
{
    char uri[URI_MAX];
    struct service service = {0};
    const xmlNode *information = list_xml_child(node, "ServiceInformation");
    if (!list_xml_text(list_xml_child(information, "ServiceTypeIdentifier"), uri, sizeof uri) ||
        !add_status(information, &service) || !read_history(node, &service)) {
        return false;
    }
    service.type = type_of(uri);
    const xmlNode *identity = list_xml_child(information, "ServiceDigitalIdentity");
    const xmlNode *digital_id = list_xml_child(identity, "DigitalId");
    for (; digital_id != NULL; digital_id = list_xml_next(digital_id, "DigitalId")) {
        if (list_xml_child(digital_id, "X509Certificate") == NULL) {
            continue;
        }
        X509 *certificate = read_certificate(digital_id);
        if (certificate == NULL || !add_service(list, &service, certificate)) {
            return false;
        }
    }
    return true;
}

static bool read_services(const xmlNode *root, struct list *list)
{
    const xmlNode *providers = list_xml_child(root, "TrustServiceProviderList");
    const xmlNode *provider = list_xml_child(providers, "TrustServiceProvider");
    for (; provider != NULL; provider = list_xml_next(provider, "TrustServiceProvider")) {
        const xmlNode *services = list_xml_child(provider, "TSPServices");
        const xmlNode *service = list_xml_child(services, "TSPService");
        for (; service != NULL; service = list_xml_next(service, "TSPService")) {
            if (!read_service(service, list)) {
                return false;
            }
        }
    }
    return true;
}

static bool read_number(const xmlNode *node, unsigned long *number)
{
    char text[16];
    char *end = NULL;
    if (!list_xml_text(node, text, sizeof text) || text[0] < '0' || text[0] > '9') {
        return false;
    }
    *number = strtoul(text, &end, 10);
    return *end == '\0';
}

static const char *read_scheme(const xmlNode *root, time_t now, struct list_facts *facts)
{
    unsigned long version;
    const xmlNode *scheme = list_xml_child(root, "SchemeInformation");
    const xmlNode *next = list_xml_child(scheme, "NextUpdate");
    const xmlNode *next_time = list_xml_child(next, "dateTime");
    if (!read_number(list_xml_child(scheme, "TSLVersionIdentifier"), &version) || version < 5 ||
        version > 6) {
        return "a version of trusted lists that is not understood";
    }
    if (!read_number(list_xml_child(scheme, "TSLSequenceNumber"), &facts->sequence) ||
        !list_xml_text(list_xml_child(scheme, "SchemeTerritory"), facts->territory,
                       sizeof facts->territory) ||
        !list_xml_time(list_xml_child(scheme, "ListIssueDateTime"), &facts->issued) ||
        next == NULL || (next_time != NULL && !list_xml_time(next_time, &facts->next_update))) {
        return "its number, territory or times are missing or malformed";
    }
    return facts->issued <= now + CLOCK_SKEW_S ? NULL : "a list from the future";
}

/* NULL, or why not. */
static const char *read_document(xmlDoc *document, const STACK_OF(X509) * operators, time_t now,
                                 struct list *list)
{
    const xmlNode *root = xmlDocGetRootElement(document);
    if (!list_xml_is(root, "TrustServiceStatusList")) {
        return "no trusted list";
    }
    const char *fault = list_xml_signature_fault(document, operators);
    if (fault == NULL) {
        fault = read_scheme(root, now, &list->facts);
    }
    if (fault == NULL && !read_services(root, list)) {
        fault = "a service in it is malformed, or there are too many";
    }
    return fault;
}

struct list *list_read(const uint8_t *bytes, size_t size, const STACK_OF(X509) * operators,
                       time_t now, const char **why)
{
    xmlDoc *document = size > 0 && size <= LIST_SIZE_MAX ? list_xml_parse(bytes, size) : NULL;
    if (document == NULL) {
        *why = "not well-formed XML without a DTD, or too large";
        return NULL;
    }
    struct list *list = calloc(1, sizeof *list);
    const char *fault =
        list != NULL ? read_document(document, operators, now, list) : "memory is out";
    xmlFreeDoc(document);
    ERR_clear_error();
    if (fault != NULL) {
        list_free(&list);
        *why = fault;
    }
    return list;
}

X509 *list_certificate(const struct list *list, size_t index, enum list_service *type)
{
    if (index >= list->facts.service_count) {
        return NULL;
    }
    *type = list->services[index].type;
    return list->services[index].certificate;
}

static bool was_granted(const struct service *service, time_t at)
{
    const struct status *latest = NULL;
    for (size_t i = 0; i < service->status_count; i++) {
        const struct status *status = &service->statuses[i];
        if (status->since <= at && (latest == NULL || status->since > latest->since)) {
            latest = status;
        }
    }
    return latest != NULL && latest->granted;
}

static bool is_same(X509 *one, X509 *other)
{
    EVP_PKEY *key = X509_get0_pubkey(one);
    return X509_NAME_cmp(X509_get_subject_name(one), X509_get_subject_name(other)) == 0 &&
           key_is_strong(key) && EVP_PKEY_eq(key, X509_get0_pubkey(other)) == 1;
}

bool list_grants(const struct list *list, X509 *authority, enum list_service type, time_t at)
{
    bool granted = false;
    for (size_t i = 0; i < list->facts.service_count && !granted; i++) {
        const struct service *service = &list->services[i];
        granted = service->type == type && was_granted(service, at) &&
                  is_same(service->certificate, authority);
    }
    ERR_clear_error();
    return granted;
}
