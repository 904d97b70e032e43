#include "certs/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"

static struct pki pki;
static struct trust *trust;

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "P-256");
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

static enum status chain_of(const struct wish *wish, const struct identity *issuer)
{
    struct identity leaf = pki_issue(wish, issuer);
    enum status status = trust_check_chain(trust, leaf.certificate, NULL, PKI_NOW);
    pki_free(&leaf);
    return status;
}

static void a_citizens_certificates_are_trusted(void **state)
{
    (void)state;
    assert_int_equal(trust_check_chain(trust, pki.login.certificate, NULL, PKI_NOW), STATUS_OK);
    assert_int_equal(trust_check_chain(trust, pki.sign.certificate, NULL, PKI_NOW), STATUS_OK);
}

static void each_certificate_serves_its_own_use(void **state)
{
    (void)state;
    assert_int_equal(trust_check_use(pki.login.certificate, TRUST_LOGIN), STATUS_OK);
    assert_int_equal(trust_check_use(pki.sign.certificate, TRUST_SIGN), STATUS_OK);
    assert_int_equal(trust_check_use(pki.login.certificate, TRUST_SIGN),
                     STATUS_CERTIFICATE_NOT_FOR_THIS_USE);
    assert_int_equal(trust_check_use(pki.sign.certificate, TRUST_LOGIN),
                     STATUS_CERTIFICATE_NOT_FOR_THIS_USE);
    assert_int_equal(trust_check_use(pki.root.certificate, TRUST_LOGIN),
                     STATUS_CERTIFICATE_NOT_FOR_THIS_USE);
}

static void use_of(const char *usage, const char *extended, enum trust_purpose purpose,
                   enum status expected)
{
    struct wish wish = {
        .key = "P-256", .common_name = "x", .key_usage = usage, .extended_key_usage = extended};
    struct identity leaf = pki_issue(&wish, &pki.login_ca);
    assert_int_equal(trust_check_use(leaf.certificate, purpose), expected);
    pki_free(&leaf);
}

static void key_usage_decides(void **state)
{
    (void)state;
    const enum status no = STATUS_CERTIFICATE_NOT_FOR_THIS_USE;
    use_of("critical,digitalSignature", NULL, TRUST_LOGIN, STATUS_OK);
    use_of("digitalSignature", "serverAuth,clientAuth", TRUST_LOGIN, STATUS_OK);
    use_of("critical,digitalSignature", "serverAuth", TRUST_LOGIN, no);
    use_of("critical,keyAgreement", "clientAuth", TRUST_LOGIN, no);
    use_of(NULL, "clientAuth", TRUST_LOGIN, no);
    use_of(NULL, NULL, TRUST_SIGN, no);
    use_of("critical,nonRepudiation", "emailProtection", TRUST_SIGN, STATUS_OK);
    use_of("critical,nonRepudiation", NULL, TRUST_LOGIN, no);
}

static void time_is_told_apart(void **state)
{
    (void)state;
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    wish.from_days = 100;
    wish.until_days = -1;
    assert_int_equal(chain_of(&wish, &pki.sign_ca), STATUS_CERTIFICATE_EXPIRED);
    wish.from_days = -1;
    wish.until_days = 100;
    assert_int_equal(chain_of(&wish, &pki.sign_ca), STATUS_CERTIFICATE_UNTRUSTED);
    assert_int_equal(trust_check_chain(trust, pki.sign.certificate, NULL, PKI_NOW + 901 * PKI_DAY),
                     STATUS_CERTIFICATE_UNTRUSTED); /* the CA is over, too */
}

static void strangers_are_not_trusted(void **state)
{
    (void)state;
    struct wish wish = pki_root_wish;
    struct identity root = pki_issue(&wish, NULL); /* the same name, another key */
    struct wish leaf = pki_sign_wish;
    leaf.key = "P-256";
    assert_int_equal(chain_of(&leaf, &root), STATUS_CERTIFICATE_UNTRUSTED);
    assert_int_equal(chain_of(&leaf, NULL), STATUS_CERTIFICATE_UNTRUSTED);
    assert_int_equal(chain_of(&leaf, &pki.login), STATUS_CERTIFICATE_UNTRUSTED);
    pki_free(&root);
}

static void weak_certificates_are_not_trusted(void **state)
{
    (void)state;
    struct wish wish = pki_sign_wish;
    wish.key = "RSA-1024";
    assert_int_equal(chain_of(&wish, &pki.sign_ca), STATUS_CERTIFICATE_UNTRUSTED);
    wish.key = "P-256";
    wish.digest = "SHA1";
    assert_int_equal(chain_of(&wish, &pki.sign_ca), STATUS_CERTIFICATE_UNTRUSTED);
}

static void an_intermediate_may_come_along(void **state)
{
    (void)state;
    struct wish ca = pki_root_wish;
    ca.common_name = "SPECIMEN GEO Third CA";
    struct identity third = pki_issue(&ca, &pki.root);
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    struct identity leaf = pki_issue(&wish, &third);
    STACK_OF(X509) *others = sk_X509_new_null();
    assert_true(sk_X509_push(others, third.certificate) > 0);
    assert_int_equal(trust_check_chain(trust, leaf.certificate, NULL, PKI_NOW),
                     STATUS_CERTIFICATE_UNTRUSTED);
    assert_int_equal(trust_check_chain(trust, leaf.certificate, others, PKI_NOW), STATUS_OK);
    for (int i = 0; i < TRUST_OTHERS_MAX; i++) {
        assert_true(sk_X509_push(others, third.certificate) > 0);
    }
    assert_int_equal(trust_check_chain(trust, leaf.certificate, others, PKI_NOW),
                     STATUS_CERTIFICATE_UNTRUSTED);
    sk_X509_free(others);
    pki_free(&leaf);
    pki_free(&third);
}

static void write_text(const char *folder, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/bad.pem", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_bad_folder_is_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/piradi-trust-XXXXXX";
    char path[128];
    assert_non_null(mkdtemp(folder));
    assert_null(trust_load("/nonexistent"));
    assert_null(trust_load(folder));
    pki_write(folder, "ca", pki.sign_ca.certificate); /* an intermediate alone anchors nothing */
    assert_null(trust_load(folder));
    pki_write(folder, "root", pki.root.certificate);
    struct trust *good = trust_load(folder);
    assert_non_null(good);
    trust_free(&good);
    assert_null(good);
    snprintf(path, sizeof path, "%s/root.pem", folder);
    assert_int_equal(chmod(path, 0664), 0);
    assert_null(trust_load(folder));
    assert_int_equal(chmod(path, 0644), 0);
    write_text(folder, "no certificate\n");
    assert_null(trust_load(folder));
    write_text(folder, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_null(trust_load(folder));
    static const char *const names[] = {"ca.pem", "root.pem", "bad.pem"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_citizens_certificates_are_trusted),
        cmocka_unit_test(each_certificate_serves_its_own_use),
        cmocka_unit_test(key_usage_decides),
        cmocka_unit_test(time_is_told_apart),
        cmocka_unit_test(strangers_are_not_trusted),
        cmocka_unit_test(weak_certificates_are_not_trusted),
        cmocka_unit_test(an_intermediate_may_come_along),
        cmocka_unit_test(a_bad_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
