/* Containers signed as ASiC-E, and what others made of them. */
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "letters/asice.h"
#include "letters/asice_name.h"
#include "letters/zip_write.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"
#include "tests/unit/letters/tool.h"

#define MEMBERS_MAX 16
#define SIGNATURE "META-INF/signatures0.xml"
#define GEORGIAN "განცხადება 1.txt"

static struct pki pki;
static struct trust *trust;
static size_t failures; /* all are told before a test fails */

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "RSA-2048");
    trust = trust_load(pki.folder);
    return trust == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    trust_free(&trust);
    pki_remove(&pki);
    return 0;
}

static const char text[] = "გთხოვთ, განიხილოთ.\n";

/* A container with these two files, signed as a card would. */
static int signed_by(const struct identity *signer, const char *second_name)
{
    int first = sample_of_bytes("I owe you 100 GEL", 17);
    int second = sample_of_bytes(text, strlen(text));
    const struct asice_file files[] = {
        {.name = "letter.txt", .media_type = "text/plain", .fd = first},
        {.name = second_name, .media_type = "text/plain; charset=utf-8", .fd = second},
    };
    struct asice *asice = NULL;
    struct detail detail;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    STACK_OF(X509) *chain = sk_X509_new_null();
    assert_true(sk_X509_push(chain, pki.sign_ca.certificate) > 0);
    int output = sample_empty();
    assert_int_equal(asice_prepare(files, 2, PKI_NOW, &asice, &detail), STATUS_OK);
    assert_int_equal(asice_finish(asice, signature, 9, output, &detail), STATUS_BAD_REQUEST);
    assert_int_equal(asice_attributes(asice, signer->certificate, chain, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(signer->key, message, size, signature);
    enum status status = asice_finish(asice, signature, signature_size, output, &detail);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_code(status), detail.text);
    }
    free(message);
    sk_X509_free(chain);
    asice_free(&asice);
    close(first);
    close(second);
    return output;
}

static enum rule rule_at(int container, time_t at, struct asice_report *report)
{
    struct detail detail;
    enum status status = asice_verify(container, trust, at, report, &detail);
    assert_int_equal(status, rule_text(report->rule)->status);
    return report->rule;
}

static void containers_are_signed(void **state)
{
    (void)state;
    static const char *const keys[] = {"RSA-2048", "RSA-3072", "P-256", "P-384"};
    static struct asice_report report;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct wish wish = pki_sign_wish;
        wish.key = keys[i];
        struct identity signer = pki_issue(&wish, &pki.sign_ca);
        int container = signed_by(&signer, GEORGIAN);
        assert_int_equal(rule_at(container, PKI_NOW, &report), RULE_NONE);
        assert_int_equal(report.count, 1);
        assert_string_equal(report.signatures[0].signer.name, "ნინო ბერიძე");
        assert_true(report.signatures[0].has_claimed_time);
        assert_int_equal(report.signatures[0].claimed_time, PKI_NOW);
        assert_int_equal(report.file_count, 2);
        assert_string_equal(report.files[1], GEORGIAN);
        pki_free(&signer);
        close(container);
    }
    int login = signed_by(&pki.login, GEORGIAN);
    assert_int_equal(rule_at(login, PKI_NOW, &report), RULE_SIGNER_USE);
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    wish.from_days = 10;
    wish.until_days = -1;
    struct identity over = pki_issue(&wish, &pki.sign_ca);
    int late = signed_by(&over, GEORGIAN);
    assert_int_equal(rule_at(late, PKI_NOW, &report), RULE_SIGNER_EXPIRED);
    pki_free(&over);
    close(late);
    close(login);
}

struct member {
    char name[256];
    uint8_t *bytes;
    size_t size;
};

struct members {
    struct member all[MEMBERS_MAX];
    size_t count;
};

static struct members unpack(int container)
{
    struct members members = {.count = 0};
    int error;
    zip_t *zip = zip_fdopen(dup(container), 0, &error);
    assert_non_null(zip);
    assert_true(zip_get_num_entries(zip, 0) <= MEMBERS_MAX);
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); i++) {
        struct member *member = &members.all[members.count++];
        zip_stat_t stat;
        assert_int_equal(zip_stat_index(zip, (zip_uint64_t)i, 0, &stat), 0);
        snprintf(member->name, sizeof member->name, "%s", stat.name);
        member->size = (size_t)stat.size;
        member->bytes = calloc(1, member->size + 1);
        zip_file_t *file = zip_fopen_index(zip, (zip_uint64_t)i, 0);
        assert_int_equal(zip_fread(file, member->bytes, member->size), (zip_int64_t)member->size);
        zip_fclose(file);
    }
    zip_discard(zip);
    return members;
}

static void free_members(struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        free(members->all[i].bytes);
    }
}

static int pack(const struct members *members)
{
    struct zip_write zip;
    int container = sample_empty();
    zip_write_begin(&zip, container, PKI_NOW);
    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = &members->all[i];
        assert_int_equal(zip_write_bytes(&zip, member->name, member->bytes, member->size),
                         STATUS_OK);
    }
    assert_int_equal(zip_write_end(&zip), STATUS_OK);
    zip_write_free(&zip);
    return container;
}

static void add_member(struct members *members, const char *name, const char *bytes)
{
    struct member *member = &members->all[members->count++];
    snprintf(member->name, sizeof member->name, "%s", name);
    member->bytes = (uint8_t *)strdup(bytes);
    member->size = strlen(bytes);
}

static struct member *find(struct members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++) {
        if (strcmp(members->all[i].name, name) == 0) {
            return &members->all[i];
        }
    }
    fail_msg("no %s", name);
    return NULL;
}

/* Frees the members, and closes what they become. */
static void check(const char *name, struct members *members, enum rule expected)
{
    static struct asice_report report;
    int container = pack(members);
    enum rule rule = rule_at(container, PKI_NOW, &report);
    if (rule != expected) {
        print_error("%s: %s, not %s\n", name, rule_text(rule)->name, rule_text(expected)->name);
        failures++;
    }
    assert_int_not_equal(rule, RULE_NONE);
    free_members(members);
    close(container);
}

static void files_are_all_and_only_those_signed(void **state)
{
    (void)state;
    int container = signed_by(&pki.sign, GEORGIAN);
    struct members members = unpack(container);
    find(&members, "letter.txt")->bytes[10] = '9';
    check("changed", &members, RULE_ZIP_DIGEST);
    members = unpack(container);
    find(&members, "letter.txt")->size--;
    check("shortened", &members, RULE_ZIP_DIGEST);
    members = unpack(container);
    snprintf(find(&members, "letter.txt")->name, 16, "other.txt");
    check("renamed", &members, RULE_ZIP_REFERENCES);
    members = unpack(container);
    add_member(&members, "more.txt", "unsigned");
    check("added", &members, RULE_ZIP_REFERENCES);
    members = unpack(container);
    struct member *gone = find(&members, "letter.txt");
    free(gone->bytes);
    *gone = members.all[--members.count];
    check("removed", &members, RULE_ZIP_REFERENCES);
    members = unpack(container);
    uint8_t *bytes = find(&members, "letter.txt")->bytes;
    size_t size = find(&members, "letter.txt")->size;
    *find(&members, "letter.txt") = (struct member){
        .name = "letter.txt",
        .bytes = find(&members, GEORGIAN)->bytes,
        .size = find(&members, GEORGIAN)->size,
    };
    find(&members, GEORGIAN)->bytes = bytes;
    find(&members, GEORGIAN)->size = size;
    check("swapped", &members, RULE_ZIP_DIGEST);
    members = unpack(container);
    free(members.all[members.count - 1].bytes);
    assert_string_equal(members.all[--members.count].name, SIGNATURE);
    check("signature removed", &members, RULE_NOT_SIGNED);
    close(container);
    assert_int_equal(failures, 0);
}

static void names_that_unpack_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "../x",           "/etc/passwd", "a/../b", "a//b",       "./a",      "a/.",
        "a\\b",           "C:x",         "a/",     "letter.txt", "Mimetype", "mimetype",
        "a\u202Etxt.exe", "a\nb",
    };
    int container = signed_by(&pki.sign, GEORGIAN);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct members members = unpack(container);
        add_member(&members, names[i], "x");
        bool is_there = strcmp(names[i], "letter.txt") == 0 || strcmp(names[i], "mimetype") == 0;
        check(names[i], &members, is_there ? RULE_ZIP_UNREADABLE : RULE_ZIP_NAMES);
        assert_true(is_there || !asice_name_is_allowed(names[i]));
        struct asice *asice = NULL;
        struct detail detail;
        const struct asice_file files[] = {
            {.name = "letter.txt", .media_type = "a/b", .fd = container},
            {.name = names[i], .media_type = "a/b", .fd = container}};
        assert_int_equal(asice_prepare(files, 2, PKI_NOW, &asice, &detail), STATUS_BAD_REQUEST);
    }
    struct members members = unpack(container);
    add_member(&members, SIGNATURE, "x");
    check("two signatures of one name", &members, RULE_ZIP_UNREADABLE);
    members = unpack(container);
    add_member(&members, "meta-inf/x", "x");
    add_member(&members, "meta-inf/x", "y");
    check("two of one name", &members, RULE_ZIP_UNREADABLE);
    close(container);
    assert_int_equal(failures, 0);
}

static void the_media_type_comes_first(void **state)
{
    (void)state;
    int container = signed_by(&pki.sign, GEORGIAN);
    struct members members = unpack(container);
    members.all[0].bytes[members.all[0].size - 1] = 'q';
    check("another type", &members, RULE_ZIP_MIMETYPE);
    members = unpack(container);
    struct member first = members.all[0];
    members.all[0] = members.all[1];
    members.all[1] = first;
    check("second", &members, RULE_ZIP_MIMETYPE);
    size_t size;
    uint8_t *bytes = sample_bytes(container, &size);
    static struct asice_report report;
    for (size_t cut = 1; cut < size; cut += 97) {
        int shorter = sample_of_bytes(bytes, cut);
        assert_int_not_equal(rule_at(shorter, PKI_NOW, &report), RULE_NONE);
        close(shorter);
    }
    int before = sample_of_bytes("x", 1);
    assert_int_equal(pwrite(before, bytes, size, 1), (ssize_t)size);
    assert_int_equal(rule_at(before, PKI_NOW, &report), RULE_ZIP_MIMETYPE);
    close(before);
    free(bytes);
    close(container);
    assert_int_equal(failures, 0);
}

/* The first `old` of the XML becomes `new`. */
static void edit(struct members *members, const char *old, const char *new)
{
    struct member *member = find(members, SIGNATURE);
    char *bytes = (char *)member->bytes;
    char *found = strstr(bytes, old);
    if (found == NULL) {
        fail_msg("no %s in %s", old, bytes);
        return;
    }
    char *edited = NULL;
    int size = asprintf(&edited, "%.*s%s%s", (int)(found - bytes), bytes, new, found + strlen(old));
    assert_true(size > 0);
    free(member->bytes);
    member->bytes = (uint8_t *)edited;
    member->size = (size_t)size;
}

static void each_edit_of_the_signature_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new;
        enum rule rule;
    } edits[] = {
        /* what is no XML, or more */
        {"<asic:XAdES", "<asic:XAdES ", RULE_XML_UNREADABLE},
        {"<asic:XAdESSignatures", "<!DOCTYPE a [<!ENTITY b \"c\">]><asic:XAdESSignatures",
         RULE_XML_UNREADABLE},
        {"</asic:XAdESSignatures>", "", RULE_XML_UNREADABLE},
        {"<ds:SignatureValue>", "<ds:SignatureValue>&b;", RULE_XML_UNREADABLE},
        /* the shape */
        {"uri.etsi.org/02918", "uri.etsi.org/02917", RULE_XML_SHAPE},
        {"2000/09/xmldsig#", "2000/09/xmldsig$", RULE_XML_SHAPE},
        {"01903/v1.3.2#", "01903/v1.3.1#", RULE_XML_SHAPE},
        {"Target=\"#S0\"", "Target=\"#S1\"", RULE_XML_SHAPE},
        {"Target=\"#S0\"", "", RULE_XML_SHAPE},
        {"<ds:SignedInfo>", "<ds:Object/><ds:SignedInfo>", RULE_XML_SHAPE},
        {"</ds:Signature>", "<ds:Object/></ds:Signature>", RULE_XML_SHAPE},
        {"</ds:Signature>",
         "</ds:Signature><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/"
         "xmldsig#\"/>",
         RULE_XML_SHAPE},
        {"<xades:SigningTime>", "<xades:SigningTyme>", RULE_XML_UNREADABLE},
        /* Ids that are there twice */
        {"<ds:KeyInfo>", "<ds:KeyInfo Id=\"S0-P\">", RULE_XML_IDS},
        {"<ds:KeyInfo>", "<ds:KeyInfo ID=\"S0\">", RULE_XML_IDS},
        {"<ds:KeyInfo>", "<ds:KeyInfo id=\"S0-R0\">", RULE_XML_IDS},
        /* algorithms */
        {"xmlenc#sha256", "xmlenc#sha255", RULE_XML_ALGORITHM},
        {"xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256", RULE_XML_ALGORITHM},
        {"xmldsig-more#rsa-sha256", "xmldsig-more#ecdsa-sha256", RULE_XML_ALGORITHM},
        {"xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha512", RULE_XML_SIGNATURE},
        {"CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
         "CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"",
         RULE_XML_ALGORITHM},
        {"Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
         "Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"", RULE_XML_REFERENCE},
        /* references to something else */
        {"URI=\"letter.txt\"", "URI=\"file:///etc/passwd\"", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"http://example.org/\"", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"/etc/passwd\"", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"\"", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"#S0-P\"", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"letter.txt?\"", RULE_XML_REFERENCE},
        {" URI=\"letter.txt\"", "", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\">", "URI=\"letter.txt\"><ds:Transforms/>", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"",
         "URI=\"%E1%83%92%E1%83%90%E1%83%9C%E1%83%AA%E1%83%AE%E1%83%90%E1%83%"
         "93%E1%83%94%E1%83%91%E1%83%90%201.txt\"",
         RULE_XML_REFERENCE},
        {"URI=\"#S0-P\"", "URI=\"#S0\"", RULE_XML_REFERENCE},
        {"Type=\"http://uri.etsi.org/01903#SignedProperties\"", "", RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"",
         "Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"letter.txt\"",
         RULE_XML_REFERENCE},
        {"URI=\"letter.txt\"", "URI=\"lettex.txt\"", RULE_XML_SIGNATURE},
        /* properties */
        {"<xades:SigningTime>2026", "<xades:SigningTime>2016", RULE_XML_PROPERTIES},
        {"<xades:MimeType>text/plain", "<xades:MimeType>text/html", RULE_XML_PROPERTIES},
        {"ObjectReference=\"#S0-R0\"", "ObjectReference=\"#S0-R1\"", RULE_XML_PROPERTIES},
        {"</xades:SignedProperties>", "<xades:More/></xades:SignedProperties>",
         RULE_XML_PROPERTIES},
        {"<xades:CertDigest>", "<xades:CertDigext>", RULE_XML_UNREADABLE},
        {"<xades:SigningCertificateV2>", "<xades:Cert/><xades:SigningCertificateV2>",
         RULE_XML_PROPERTIES},
        /* the certificate and the value */
        {"<ds:X509Certificate>MII", "<ds:X509Certificate>MIJ", RULE_XML_CERTIFICATE},
        {"<ds:X509Data>", "<ds:X509Data/><ds:X509Data>", RULE_XML_CERTIFICATE},
        {"<ds:SignatureValue>", "<ds:SignatureValue>A", RULE_XML_SIGNATURE},
        {"<ds:SignatureValue>", "<ds:SignatureValue>AAAA", RULE_XML_SIGNATURE},
    };
    int container = signed_by(&pki.sign, GEORGIAN);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct members members = unpack(container);
        edit(&members, edits[i].old, edits[i].new);
        check(edits[i].new, &members, edits[i].rule);
    }
    close(container);
    assert_int_equal(failures, 0);
}

/* Between two texts, both included; to be free()d. */
static char *cut(struct members *members, const char *from, const char *to)
{
    char *begin = strstr((char *)find(members, SIGNATURE)->bytes, from);
    assert_non_null(begin);
    char *end = strstr(begin, to);
    assert_non_null(end);
    return strndup(begin, (size_t)(end - begin) + strlen(to));
}

/* XML signature wrapping: what is signed is kept at another place, and something else stands where
 * an application looks. The forms differ in what is moved, and into what. */
static void what_is_signed_stands_in_its_place(void **state)
{
    (void)state;
    int container = signed_by(&pki.sign, GEORGIAN);
    static const struct {
        const char *from; /* what is moved, */
        const char *to;
        const char *false_one; /* what takes its place, */
        const char *before;    /* and before what it goes, within more */
        const char *opening;
        const char *closing;
        enum rule rule;
    } forms[] = {
        {"<xades:SignedProperties", "</xades:SignedProperties>",
         "<xades:SignedProperties Id=\"S0-P\"/>", "</ds:Signature>", "<ds:Object>", "</ds:Object>",
         RULE_XML_IDS},
        {"<xades:SignedProperties", "</xades:SignedProperties>",
         "<xades:SignedProperties Id=\"S0-Q\"/>", "</ds:Signature>",
         "<ds:Object xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">", "</ds:Object>",
         RULE_XML_SHAPE},
        {"<xades:SignedProperties", "</xades:SignedProperties>",
         "<xades:SignedProperties Id=\"S0-Q\"><xades:SignedSignatureProperties><xades:SigningTime>"
         "2026-11-23T08:00:00Z</xades:SigningTime></xades:SignedSignatureProperties>"
         "</xades:SignedProperties>",
         "</xades:QualifyingProperties>", "<xades:UnsignedProperties>",
         "</xades:UnsignedProperties>", RULE_XML_CERTIFICATE},
        {"<xades:SignedProperties", "</xades:SignedProperties>", "",
         "</xades:QualifyingProperties>", "<xades:UnsignedProperties>",
         "</xades:UnsignedProperties>", RULE_XML_SHAPE},
        {"<ds:SignedInfo>", "</ds:SignedInfo>", "<ds:SignedInfo/>", "</ds:Signature>",
         "<ds:Object>", "</ds:Object>", RULE_XML_SHAPE},
        {"<ds:SignedInfo>", "</ds:SignedInfo>", "", "<ds:SignatureValue>", "<ds:Object>",
         "</ds:Object>", RULE_XML_SHAPE},
        {"<ds:Signature ", "</ds:Signature>",
         "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/"
         "xmldsig#\"></ds:Signature>",
         "</asic:XAdESSignatures>", "<asic:More>", "</asic:More>", RULE_XML_SHAPE},
        {"<ds:Signature ", "</ds:Signature>", "", "</asic:XAdESSignatures>", "<asic:More>",
         "</asic:More>", RULE_XML_SHAPE},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct members members = unpack(container);
        char *moved = cut(&members, forms[i].from, forms[i].to);
        char *placed = NULL;
        edit(&members, moved, forms[i].false_one);
        assert_true(asprintf(&placed, "%s%s%s%s", forms[i].opening, moved, forms[i].closing,
                             forms[i].before) > 0);
        edit(&members, forms[i].before, placed);
        char name[32];
        snprintf(name, sizeof name, "form %zu", i + 1);
        check(name, &members, forms[i].rule);
        free(placed);
        free(moved);
    }
    close(container);
    assert_int_equal(failures, 0);
}

/* xmlsec1 looks for files below where it stands. */
static void xmlsec_agrees(void **state)
{
    (void)state;
    static const char *const keys[] = {"RSA-2048", "P-384"};
    char folder[] = "/tmp/piradi-asice-XXXXXX";
    char output[TOOL_OUTPUT_MAX];
    char before[512];
    assert_non_null(mkdtemp(folder));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("META-INF", 0700), 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct wish wish = pki_sign_wish;
        wish.key = keys[i];
        struct identity signer = pki_issue(&wish, &pki.sign_ca);
        int container = signed_by(&signer, "second.txt");
        struct members members = unpack(container);
        for (size_t k = 0; k < members.count; k++) {
            FILE *file = fopen(members.all[k].name, "we");
            assert_non_null(file);
            assert_int_equal(fwrite(members.all[k].bytes, 1, members.all[k].size, file),
                             members.all[k].size);
            fclose(file);
        }
        char root[128];
        snprintf(root, sizeof root, "%s/root.pem", pki.folder);
        const char *const argv[] = {"xmlsec1",
                                    "--verify",
                                    "--id-attr:Id",
                                    "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
                                    "--trusted-pem",
                                    root,
                                    "--verification-time",
                                    "2026-11-23 08:00:00",
                                    SIGNATURE,
                                    NULL};
        tool_succeeds(argv, output);
        FILE *file = fopen("letter.txt", "ae");
        assert_non_null(file);
        fputs("!", file);
        fclose(file);
        assert_int_not_equal(tool_run(argv, output), 0);
        for (size_t k = 0; k < members.count; k++) {
            assert_int_equal(unlink(members.all[k].name), 0);
        }
        free_members(&members);
        pki_free(&signer);
        close(container);
    }
    assert_int_equal(rmdir("META-INF"), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void what_changed_meanwhile_is_not_signed(void **state)
{
    (void)state;
    int file = sample_of_bytes("one", 3);
    const struct asice_file files[] = {{.name = "a", .media_type = "a/b", .fd = file}};
    struct asice *asice = NULL;
    struct detail detail;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    int output = sample_empty();
    assert_int_equal(asice_prepare(files, 0, PKI_NOW, &asice, &detail), STATUS_BAD_REQUEST);
    assert_int_equal(asice_prepare(files, 1, PKI_NOW, &asice, &detail), STATUS_OK);
    assert_int_equal(asice_attributes(asice, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(pki.sign.key, message, size, signature);
    free(message);
    assert_int_equal(pwrite(file, "two", 3, 0), 3);
    assert_int_equal(asice_finish(asice, signature, signature_size, output, &detail),
                     STATUS_SIGNATURE_INVALID);
    assert_int_equal(pwrite(file, "one", 3, 0), 3);
    signature[9] ^= 1;
    assert_int_equal(ftruncate(output, 0), 0);
    assert_int_equal(asice_finish(asice, signature, signature_size, output, &detail),
                     STATUS_SIGNATURE_INVALID);
    asice_free(&asice);
    close(output);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_are_signed),
        cmocka_unit_test(files_are_all_and_only_those_signed),
        cmocka_unit_test(names_that_unpack_elsewhere_are_refused),
        cmocka_unit_test(the_media_type_comes_first),
        cmocka_unit_test(each_edit_of_the_signature_is_told),
        cmocka_unit_test(what_is_signed_stands_in_its_place),
        cmocka_unit_test(xmlsec_agrees),
        cmocka_unit_test(what_changed_meanwhile_is_not_signed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
