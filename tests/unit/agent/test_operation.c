#include "agent/operation.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "tests/unit/agent/fake_links.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"

#define NONCE "01234567890123456789012345678901234567890123"
#define READER "Reader"
#define OTHER_READER "Other"

static char *certificate; /* base64, valid now */
static char *other_certificate;
static char *expired_certificate;
static const char *wanted_certificate; /* certificate that a hash is for */
static bool pad;
static json_t *three_pages; /* description of a document */
static uv_loop_t loop;
static struct operations *place;
static struct operation *operation; /* NULL once the owner was told its end */

/* ---- The owner ---- */

static void on_waiting(void *context, const char *need)
{
    (void)context;
    fake_tell("owner waiting %s", need);
}

static void on_refused(void *context, const struct refusal *refusal)
{
    (void)context;
    operation = NULL;
    if (refusal->tries_left != TRIES_UNKNOWN) {
        fake_tell("owner refused %s %d", status_code(refusal->status), refusal->tries_left);
    } else {
        fake_tell("owner refused %s", status_code(refusal->status));
    }
}

static void on_answered(void *context, const json_t *answer)
{
    (void)context;
    operation = NULL;
    const json_t *token = json_object_get(answer, "token");
    const json_t *signature = json_object_get(token != NULL ? token : answer, "signature");
    const json_t *algorithm = json_object_get(token != NULL ? token : answer, "algorithm");
    assert_string_equal(json_string_value(json_object_get(answer, "status")), "OK");
    fake_tell("owner has %s%s%s%s%s", token != NULL ? "token " : "",
              signature != NULL ? json_string_value(signature) : "no signature",
              algorithm != NULL ? " " : "", algorithm != NULL ? json_string_value(algorithm) : "",
              json_object_get(answer, "certificate") != NULL ? " certificate" : "");
}

static void on_signed_document(void *context, int fd, uint64_t size, const char *signer)
{
    (void)context;
    operation = NULL;
    assert_int_equal(close(fd), 0);
    fake_tell("owner signed %d %s", (int)size, signer);
}

static const struct operation_owner owner = {
    .waiting = on_waiting,
    .refused = on_refused,
    .answered = on_answered,
    .signed_document = on_signed_document,
};

/* ---- What happens, and what is told since the last look ---- */

static void assert_told(const char *wanted)
{
    assert_string_equal(fake.told, wanted);
    fake.told[0] = '\0';
}

static void forget(void)
{
    fake.told[0] = '\0';
}

static enum status start_errand(enum errand errand, enum trust_purpose purpose,
                                enum pin_action action, struct operation **started)
{
    static const struct portal portal = {.origin = "https://portal.piradi.test"};
    const struct request request = {
        .kind = REQUEST_OPERATION,
        .errand = errand,
        .purpose = purpose,
        .origin = portal.origin,
        .nonce = NONCE,
        .name = "letter.pdf",
        .media_type = "application/pdf",
        .size = 10,
        .hash = {.function = "SHA-256", .value = "SEFTSA=="},
        .certificate = wanted_certificate,
        .action = action,
    };
    json_t *object = json_object();
    enum status status = operation_new(place, &request, object, &portal, &owner, NULL, started);
    json_decref(object);
    return status;
}

static enum status start(enum trust_purpose purpose, struct operation **started)
{
    return start_errand(purpose == TRUST_LOGIN ? ERRAND_LOGIN : ERRAND_LETTER, purpose, PIN_CHANGE,
                        started);
}

static void begin(enum trust_purpose purpose)
{
    assert_int_equal(start(purpose, &operation), STATUS_OK);
    operation_begin(operation);
}

static void begin_errand(enum errand errand)
{
    assert_int_equal(start_errand(errand, TRUST_SIGN, PIN_CHANGE, &operation), STATUS_OK);
    operation_begin(operation);
}

static void begin_pin(enum pin_action action)
{
    assert_int_equal(start_errand(ERRAND_PIN, TRUST_SIGN, action, &operation), STATUS_OK);
    operation_begin(operation);
}

static void readers_are(bool pcsc, size_t count, enum card_state card)
{
    fake.readers = (struct reader_states){.pcsc = pcsc, .count = count};
    reader_state_set_name(&fake.readers.list[0], READER);
    fake.readers.list[0].card = card;
    operations_readers_changed(place);
}

static json_t *key_json(const char *reader, const char *of, int tries, bool not_set, int puk_tries)
{
    json_t *key =
        json_pack("{s:s, s:s, s:[], s:s, s:{s:i, s:i, s:i, s:b, s:b, s:b}, "
                  "s:{s:i, s:i, s:i}}",
                  "reader", reader, "certificate", of, "chain", "algorithm", "RS256", "pin", "min",
                  6, "max", 6, "tries_left", tries, "blocked", tries == 0, "not_set", (int)not_set,
                  "pad", (int)pad, "unblocking", "min", 8, "max", 8, "tries_left", puk_tries);
    assert_non_null(key);
    return key;
}

/* Takes the list over. */
static void worker_finds(json_t *keys)
{
    fake.worker->keys(fake.worker_context, keys);
    json_decref(keys);
}

static void worker_finds_key(int tries, bool not_set)
{
    worker_finds(json_pack("[o]", key_json(READER, certificate, tries, not_set, 5)));
}

static void worker_finds_two(void)
{
    worker_finds(json_pack("[o, o]", key_json(READER, certificate, 3, false, 5),
                           key_json(OTHER_READER, other_certificate, 3, false, 5)));
}

static void worker_refuses(enum status status)
{
    const struct refusal refusal = {.status = status, .tries_left = TRIES_UNKNOWN};
    fake.worker->refused(fake.worker_context, &refusal);
}

static void login_until_pin(void)
{
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    worker_finds_key(3, false);
    forget();
}

static void document_is_prepared(void)
{
    static const struct document_view view;
    fake.document->prepared(fake.document_context, &view);
}

static void sign_until_attributes(void)
{
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_SIGN);
    operation_upload(operation, (const uint8_t *)"0123456789", 10);
    document_is_prepared();
    worker_finds_key(3, false);
    forget();
}

/* ---- Fixtures ---- */

static char *make_certificate(int until_days)
{
    struct wish wish = pki_login_wish;
    wish.key = "P-256";
    wish.until_days = until_days;
    struct identity identity = pki_issue(&wish, NULL);
    unsigned char *der = NULL;
    int size = i2d_X509(identity.certificate, &der);
    assert_true(size > 0);
    char *text = base64_encode(der, (size_t)size);
    OPENSSL_free(der);
    pki_free(&identity);
    assert_non_null(text);
    return text;
}

static int make_certificates(void **state)
{
    (void)state;
    certificate = make_certificate(20000);
    other_certificate = make_certificate(20000);
    expired_certificate = make_certificate(-1);
    three_pages = json_pack("{s:i}", "pages", 3);
    return 0;
}

static int drop_certificates(void **state)
{
    (void)state;
    free(certificate);
    free(other_certificate);
    free(expired_certificate);
    json_decref(three_pages);
    return 0;
}

static int open_place(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.upload_status = STATUS_OK;
    assert_int_equal(uv_loop_init(&loop), 0);
    place = operations_new(&loop, NULL);
    operation = NULL;
    wanted_certificate = NULL;
    pad = false;
    return place != NULL ? 0 : -1;
}

static int close_place(void **state)
{
    (void)state;
    operations_end(place);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

/* ---- A login ---- */

static void test_login(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    assert_told("worker find login; ");
    worker_finds_key(3, false);
    assert_told("prompt ask login https://portal.piradi.test Reader 3; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker login 0 https://portal.piradi.test " NONCE "; owner waiting card-work; ");
    fake.worker->signature(fake.worker_context, "U0lH", "ES256");
    assert_told("worker released; prompt closed; owner has token U0lH ES256; ");
}

static void test_waits_for_pcscd_reader_and_card(void **state)
{
    (void)state;
    begin(TRUST_LOGIN);
    assert_told("prompt wait pcsc; owner waiting pcsc; ");
    readers_are(true, 0, CARD_ABSENT);
    assert_told("prompt wait reader; owner waiting reader; ");
    readers_are(true, 1, CARD_ABSENT);
    assert_told("prompt wait card; owner waiting card; ");
    readers_are(true, 1, CARD_ABSENT);
    assert_told("");
    readers_are(true, 1, CARD_PRESENT);
    assert_told("worker find login; ");
}

static void test_card_gone_before_it_was_found(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_refuses(STATUS_NO_CARD);
    assert_told("prompt wait card; owner waiting card; ");
    readers_are(true, 1, CARD_PRESENT);
    assert_told("worker find login; ");
}

static void test_card_back_before_it_was_missed(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    readers_are(true, 1, CARD_ABSENT);
    readers_are(true, 1, CARD_PRESENT);
    forget();
    worker_refuses(STATUS_NO_CARD);
    assert_told("worker find login; ");
}

static void test_mute_card(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_SAYS_NOTHING);
    begin(TRUST_LOGIN);
    assert_told("prompt fail CARD_MUTE; worker released; owner refused CARD_MUTE; ");
}

static void test_unknown_card(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_refuses(STATUS_CARD_UNKNOWN);
    assert_told("prompt fail CARD_UNKNOWN; worker released; owner refused CARD_UNKNOWN; ");
}

static void test_pin_that_cannot_be_used(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_finds_key(0, false);
    assert_told("prompt fail PIN_BLOCKED; worker released; owner refused PIN_BLOCKED; ");
    begin(TRUST_LOGIN);
    forget();
    worker_finds_key(3, true);
    assert_told("prompt fail PIN_NOT_SET; worker released; owner refused PIN_NOT_SET; ");
}

static void test_wrong_pin_asks_again(void **state)
{
    (void)state;
    login_until_pin();
    fake.prompt->entered(fake.prompt_context);
    forget();
    fake.worker->pin_refused(fake.worker_context, 2);
    assert_told("prompt pin refused 2; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker login 0 https://portal.piradi.test " NONCE "; owner waiting card-work; ");
    worker_refuses(STATUS_PIN_BLOCKED);
    assert_told("prompt fail PIN_BLOCKED; worker released; owner refused PIN_BLOCKED; ");
}

static void test_person_says_no(void **state)
{
    (void)state;
    login_until_pin();
    worker_refuses(STATUS_USER_CANCELLED); /* it saw descriptor 4 closed, perhaps first */
    assert_told("");
    fake.prompt->cancelled(fake.prompt_context);
    assert_told("worker released; prompt closed; owner refused USER_CANCELLED; ");
}

static void test_prompt_crashes(void **state)
{
    (void)state;
    login_until_pin();
    worker_refuses(STATUS_USER_CANCELLED);
    fake.prompt->gone(fake.prompt_context);
    assert_told("worker released; prompt closed; owner refused PROMPT_UNAVAILABLE; ");
}

static void test_prompt_missing(void **state)
{
    (void)state;
    fake.prompt_is_missing = true;
    begin(TRUST_LOGIN);
    assert_told("owner refused PROMPT_UNAVAILABLE; ");
    assert_null(operation);
}

static void test_worker_missing(void **state)
{
    (void)state;
    fake.worker_is_missing = true;
    begin(TRUST_LOGIN);
    assert_told("prompt fail INTERNAL; owner refused INTERNAL; ");
}

static void test_worker_crashes(void **state)
{
    (void)state;
    login_until_pin();
    fake.worker->broken(fake.worker_context);
    assert_told("prompt fail INTERNAL; worker released; owner refused INTERNAL; ");
}

static void test_card_pulled_while_the_pin_is_asked(void **state)
{
    (void)state;
    login_until_pin();
    readers_are(true, 1, CARD_IN_USE);
    assert_told("");
    readers_are(true, 1, CARD_ABSENT);
    assert_told("prompt fail CARD_REMOVED; worker released; owner refused CARD_REMOVED; ");
}

static void test_reader_unplugged_while_the_pin_is_asked(void **state)
{
    (void)state;
    login_until_pin();
    readers_are(true, 0, CARD_ABSENT);
    assert_told("prompt fail CARD_REMOVED; worker released; owner refused CARD_REMOVED; ");
}

static void test_pcscd_ends_while_the_pin_is_asked(void **state)
{
    (void)state;
    login_until_pin();
    readers_are(false, 0, CARD_ABSENT);
    assert_told("prompt fail PCSC_UNAVAILABLE; worker released; owner refused PCSC_UNAVAILABLE; ");
}

/* While the card works the worker alone knows what the card did. */
static void test_card_pulled_while_it_works(void **state)
{
    (void)state;
    login_until_pin();
    fake.prompt->entered(fake.prompt_context);
    forget();
    readers_are(true, 1, CARD_ABSENT);
    assert_told("");
    worker_refuses(STATUS_CARD_REMOVED);
    assert_told("prompt fail CARD_REMOVED; worker released; owner refused CARD_REMOVED; ");
}

static void test_card_pulled_with_a_wrong_pin(void **state)
{
    (void)state;
    login_until_pin();
    fake.prompt->entered(fake.prompt_context);
    readers_are(true, 1, CARD_ABSENT);
    forget();
    fake.worker->pin_refused(fake.worker_context, 2);
    assert_told("prompt pin refused 2; prompt fail CARD_REMOVED; worker released; "
                "owner refused CARD_REMOVED; ");
}

static void test_caller_goes_away(void **state)
{
    (void)state;
    login_until_pin();
    operation_cancel(&operation);
    assert_told("worker released; prompt closed; ");
    assert_null(operation);
    begin(TRUST_LOGIN);
    assert_told("worker find login; ");
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    login_until_pin();
    struct operation *second = NULL;
    assert_int_equal(start(TRUST_LOGIN, &second), STATUS_BUSY);
    assert_null(second);
    assert_told("");
    operation_cancel(&operation);
    assert_int_equal(start(TRUST_LOGIN, &operation), STATUS_OK);
}

static void test_farewell_makes_way_for_the_next(void **state)
{
    (void)state;
    login_until_pin();
    readers_are(true, 1, CARD_ABSENT);
    forget();
    begin(TRUST_LOGIN);
    assert_told("prompt closed; prompt wait card; owner waiting card; ");
}

static void test_farewell_is_closed_by_the_person(void **state)
{
    (void)state;
    login_until_pin();
    readers_are(true, 1, CARD_ABSENT);
    forget();
    fake.prompt->closed(fake.prompt_context);
    assert_told("prompt closed; ");
}

static void test_a_worker_that_lies_about_a_key(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_finds_key(16, false);
    assert_told("prompt fail INTERNAL; worker released; owner refused INTERNAL; ");
}

/* ---- A signature ---- */

static void test_signature(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_SIGN);
    operation_upload(operation, (const uint8_t *)"01234", 5);
    assert_told("");
    operation_upload(operation, (const uint8_t *)"56789", 5);
    assert_told("document prepare letter.pdf application/pdf; ");
    document_is_prepared();
    assert_told("worker find sign and chain; ");
    worker_finds_key(3, false);
    assert_told("document attributes; ");
    fake.document->attributes(fake.document_context, "QVRU");
    assert_told("prompt ask sign https://portal.piradi.test Reader 3 with document; "
                "owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    fake.worker->signature(fake.worker_context, "U0lH", "RS256");
    assert_told("worker sign 0 QVRU; owner waiting card-work; worker released; "
                "document finish U0lH; ");
    fake.document->finished(fake.document_context, STDIN_FILENO, 7);
    assert_told("prompt closed; document released; owner signed 7 ნინო ბერიძე; ");
}

static void test_document_that_cannot_be_signed_opens_no_window(void **state)
{
    (void)state;
    begin(TRUST_SIGN);
    operation_upload(operation, (const uint8_t *)"0123456789", 10);
    forget();
    const struct refusal refusal = {.status = STATUS_DOCUMENT_DAMAGED, .tries_left = TRIES_UNKNOWN};
    fake.document->refused(fake.document_context, &refusal);
    assert_told("document released; owner refused DOCUMENT_DAMAGED; ");
}

static void test_disk_full(void **state)
{
    (void)state;
    begin(TRUST_SIGN);
    fake.upload_status = STATUS_DISK_FULL;
    operation_upload(operation, (const uint8_t *)"0", 1);
    assert_told("document released; owner refused DISK_FULL; ");
}

static void test_no_file_for_the_document(void **state)
{
    (void)state;
    fake.document_is_missing = true;
    begin(TRUST_SIGN);
    assert_told("owner refused INTERNAL; ");
}

static void test_card_pulled_while_attributes_are_formed(void **state)
{
    (void)state;
    sign_until_attributes();
    readers_are(true, 1, CARD_ABSENT);
    assert_told("prompt fail CARD_REMOVED; worker released; document released; "
                "owner refused CARD_REMOVED; ");
}

static void test_card_may_be_pulled_once_it_has_signed(void **state)
{
    (void)state;
    sign_until_attributes();
    fake.document->attributes(fake.document_context, "QVRU");
    fake.prompt->entered(fake.prompt_context);
    fake.worker->signature(fake.worker_context, "U0lH", "RS256");
    forget();
    readers_are(true, 1, CARD_ABSENT);
    assert_told("");
    fake.document->finished(fake.document_context, STDIN_FILENO, 7);
    assert_told("prompt closed; document released; owner signed 7 ნინო ბერიძე; ");
}

/* ---- Several cards ---- */

static void chooses(size_t index)
{
    fake.prompt->chosen(fake.prompt_context, index);
}

static void login_until_choice(void)
{
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_finds_two();
    assert_told("prompt choose login of 2; owner waiting card; ");
}

static void test_choice_of_two_cards(void **state)
{
    (void)state;
    login_until_choice();
    chooses(1);
    assert_told("prompt ask login https://portal.piradi.test Other 3 or another; "
                "owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker login 1 https://portal.piradi.test " NONCE "; owner waiting card-work; ");
    fake.worker->signature(fake.worker_context, "U0lH", "RS256");
    forget();
    /* The next login takes the same card. */
    begin(TRUST_LOGIN);
    forget();
    worker_finds_two();
    assert_told("prompt ask login https://portal.piradi.test Other 3 or another; "
                "owner waiting pin; ");
    fake.prompt->other(fake.prompt_context);
    assert_told("worker find login; ");
    worker_finds_two();
    assert_told("prompt choose login of 2; owner waiting card; ");
}

static void test_remembered_card_is_not_there(void **state)
{
    (void)state;
    login_until_choice();
    chooses(1);
    operation_cancel(&operation);
    begin(TRUST_LOGIN);
    forget();
    worker_finds_key(3, false);
    assert_told("prompt ask login https://portal.piradi.test Reader 3; owner waiting pin; ");
}

static void test_choice_is_for_one_purpose(void **state)
{
    (void)state;
    login_until_choice();
    chooses(1);
    operation_cancel(&operation);
    begin_errand(ERRAND_CERTIFICATE);
    forget();
    worker_finds_two();
    assert_told("prompt choose certificate of 2; owner waiting card; ");
}

static void test_card_pulled_while_the_person_chooses(void **state)
{
    (void)state;
    login_until_choice();
    readers_are(true, 1, CARD_PRESENT);
    assert_told("worker find login; ");
    chooses(1); /* of a list that is no longer so */
    assert_told("");
    worker_finds_key(3, false);
    assert_told("prompt ask login https://portal.piradi.test Reader 3; owner waiting pin; ");
}

static void test_all_cards_pulled_while_the_person_chooses(void **state)
{
    (void)state;
    login_until_choice();
    readers_are(true, 1, CARD_ABSENT);
    assert_told("prompt wait card; owner waiting card; ");
}

static void test_choice_of_no_card(void **state)
{
    (void)state;
    login_until_choice();
    chooses(2);
    assert_told("worker released; prompt closed; owner refused PROMPT_UNAVAILABLE; ");
}

static void test_expired_card_is_not_asked_for(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_finds(json_pack("[o, o]", key_json(OTHER_READER, expired_certificate, 3, false, 5),
                           key_json(READER, certificate, 3, false, 5)));
    assert_told("prompt ask login https://portal.piradi.test Reader 3; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker login 1 https://portal.piradi.test " NONCE "; owner waiting card-work; ");
}

static void test_other_card_where_there_is_none(void **state)
{
    (void)state;
    login_until_pin();
    fake.prompt->other(fake.prompt_context);
    assert_told("");
}

static void test_card_changed_while_it_is_looked_for(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    readers_are(true, 1, CARD_PRESENT);
    worker_refuses(STATUS_CARD_REMOVED);
    assert_told("worker find login; ");
}

/* ---- A PIN pad ---- */

static void test_pad(void **state)
{
    (void)state;
    pad = true;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    forget();
    worker_finds_key(3, false);
    assert_told("prompt ask login https://portal.piradi.test Reader 3 on the pad; "
                "owner waiting pin; ");
    fake.prompt->agreed(fake.prompt_context);
    assert_told("worker login 0 https://portal.piradi.test " NONCE "; owner waiting pin; ");
    fake.worker->pin_refused(fake.worker_context, 2);
    assert_told("prompt pin refused 2; owner waiting pin; ");
    fake.prompt->agreed(fake.prompt_context);
    assert_told("worker login 0 https://portal.piradi.test " NONCE "; owner waiting pin; ");
    worker_refuses(STATUS_USER_CANCELLED);
    assert_told("worker released; prompt closed; owner refused USER_CANCELLED; ");
}

static void test_prompt_that_lies(void **state)
{
    (void)state;
    login_until_pin();
    fake.prompt->agreed(fake.prompt_context);
    assert_told("worker released; prompt closed; owner refused PROMPT_UNAVAILABLE; ");
    login_until_pin();
    fake.prompt->entered(fake.prompt_context);
    forget();
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker released; prompt closed; owner refused PROMPT_UNAVAILABLE; ");
    login_until_pin();
    fake.prompt->page(fake.prompt_context, 1, 600);
    assert_told("worker released; prompt closed; owner refused PROMPT_UNAVAILABLE; ");
}

/* ---- The certificate that signs, and hashes ---- */

static void test_certificate(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin_errand(ERRAND_CERTIFICATE);
    assert_told("worker find sign and chain; ");
    worker_finds_key(0, false);
    assert_told("prompt consent certificate Reader; owner waiting pin; ");
    fake.prompt->agreed(fake.prompt_context);
    assert_told("worker released; prompt closed; owner has no signature RS256 certificate; ");
}

static void test_certificate_that_has_expired(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin_errand(ERRAND_CERTIFICATE);
    forget();
    worker_finds(json_pack("[o]", key_json(READER, expired_certificate, 3, false, 5)));
    assert_told("prompt fail CERTIFICATE_EXPIRED; worker released; "
                "owner refused CERTIFICATE_EXPIRED; ");
}

static void test_hash(void **state)
{
    (void)state;
    wanted_certificate = other_certificate;
    readers_are(true, 1, CARD_PRESENT);
    begin_errand(ERRAND_HASH);
    forget();
    worker_finds_two();
    assert_told("prompt ask sign https://portal.piradi.test Other 3 with hash; "
                "owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker sign hash 1 SHA-256 SEFTSA==; owner waiting card-work; ");
    fake.worker->signature(fake.worker_context, "U0lH", "RS256");
    assert_told("worker released; prompt closed; owner has U0lH RS256; ");
}

static void test_hash_for_a_card_that_is_not_there(void **state)
{
    (void)state;
    wanted_certificate = other_certificate;
    readers_are(true, 1, CARD_PRESENT);
    begin_errand(ERRAND_HASH);
    forget();
    worker_finds_key(3, false);
    assert_told("prompt fail NO_CERTIFICATE; worker released; owner refused NO_CERTIFICATE; ");
}

/* ---- A PIN ---- */

static void test_new_pin(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin_pin(PIN_CHANGE);
    assert_told("worker find sign and unblocking; ");
    worker_finds_key(3, false);
    assert_told("prompt pin change sign Reader 3; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker pin 0 change; owner waiting card-work; ");
    fake.worker->pin_refused(fake.worker_context, 2);
    assert_told("prompt pin refused 2; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    forget();
    fake.worker->pin_set(fake.worker_context);
    assert_told("worker released; prompt done; owner has no signature; ");
    fake.prompt->closed(fake.prompt_context);
    assert_told("prompt closed; ");
}

static void test_pin_unblocked(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin_pin(PIN_UNBLOCK);
    forget();
    worker_finds_key(0, false);
    assert_told("prompt pin unblock sign Reader 5; owner waiting pin; ");
    fake.prompt->entered(fake.prompt_context);
    assert_told("worker pin 0 unblock; owner waiting card-work; ");
    worker_refuses(STATUS_PUK_BLOCKED);
    assert_told("prompt fail PUK_BLOCKED; worker released; owner refused PUK_BLOCKED; ");
}

static void test_pin_that_is_set_already(void **state)
{
    (void)state;
    readers_are(true, 1, CARD_PRESENT);
    begin_pin(PIN_ACTIVATE);
    forget();
    worker_finds_key(3, false);
    assert_told("prompt fail BAD_REQUEST; worker released; owner refused BAD_REQUEST; ");
}

/* ---- Pages ---- */

static void sign_until_pin(void)
{
    static struct document_view view;
    view.description = three_pages;
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_SIGN);
    operation_upload(operation, (const uint8_t *)"0123456789", 10);
    fake.document->prepared(fake.document_context, &view);
    worker_finds_key(3, false);
    fake.document->attributes(fake.document_context, "QVRU");
    forget();
}

static void page_comes(size_t size)
{
    const struct buffer picture = {.size = size};
    fake.document->page(fake.document_context, &picture);
}

static void picture_is_sent(void)
{
    fake.prompt->picture_sent(fake.prompt_context);
}

static void test_pages(void **state)
{
    (void)state;
    sign_until_pin();
    fake.prompt->page(fake.prompt_context, 2, 600);
    assert_told(""); /* the first page is still on its way */
    fake.prompt->page(fake.prompt_context, 3, 600);
    picture_is_sent();
    assert_told("document page 2 600; ");
    page_comes(5);
    assert_told("prompt page 2 of 5 bytes; ");
    picture_is_sent();
    assert_told("document page 3 600; ");
    page_comes(6);
    assert_told("prompt page 3 of 6 bytes; ");
    picture_is_sent();
    assert_told("");
}

static void test_page_that_there_is_not(void **state)
{
    (void)state;
    sign_until_pin();
    fake.prompt->page(fake.prompt_context, 4, 600);
    assert_told("worker released; prompt closed; document released; "
                "owner refused PROMPT_UNAVAILABLE; ");
}

/* ---- A prompt that is kept ready ---- */

static void test_warm_prompt(void **state)
{
    (void)state;
    fake.tells_starts = true;
    setenv("DISPLAY", ":0", 1);
    operations_expected(place, true);
    assert_told("prompt started; ");
    operations_expected(place, true);
    assert_told("");
    readers_are(true, 1, CARD_PRESENT);
    begin(TRUST_LOGIN);
    assert_told("prompt handed over; worker find login; ");
    operation_cancel(&operation);
    assert_told("worker released; prompt closed; ");
    operations_expected(place, false);
    begin(TRUST_LOGIN);
    assert_told("prompt started; worker find login; ");
    unsetenv("DISPLAY");
}

static void test_warm_prompt_that_ends_is_not_missed(void **state)
{
    (void)state;
    fake.tells_starts = true;
    setenv("DISPLAY", ":0", 1);
    operations_expected(place, true);
    fake.prompt->gone(fake.prompt_context);
    assert_told("prompt started; prompt closed; ");
    begin(TRUST_LOGIN);
    assert_told("prompt started; prompt wait pcsc; owner waiting pcsc; ");
    unsetenv("DISPLAY");
}

static void test_no_warm_prompt_without_a_display(void **state)
{
    (void)state;
    fake.tells_starts = true;
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    operations_expected(place, true);
    assert_told("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_login),
        TEST(test_waits_for_pcscd_reader_and_card),
        TEST(test_card_gone_before_it_was_found),
        TEST(test_card_back_before_it_was_missed),
        TEST(test_mute_card),
        TEST(test_unknown_card),
        TEST(test_pin_that_cannot_be_used),
        TEST(test_wrong_pin_asks_again),
        TEST(test_person_says_no),
        TEST(test_prompt_crashes),
        TEST(test_prompt_missing),
        TEST(test_worker_missing),
        TEST(test_worker_crashes),
        TEST(test_card_pulled_while_the_pin_is_asked),
        TEST(test_reader_unplugged_while_the_pin_is_asked),
        TEST(test_pcscd_ends_while_the_pin_is_asked),
        TEST(test_card_pulled_while_it_works),
        TEST(test_card_pulled_with_a_wrong_pin),
        TEST(test_caller_goes_away),
        TEST(test_one_at_a_time),
        TEST(test_farewell_makes_way_for_the_next),
        TEST(test_farewell_is_closed_by_the_person),
        TEST(test_a_worker_that_lies_about_a_key),
        TEST(test_signature),
        TEST(test_document_that_cannot_be_signed_opens_no_window),
        TEST(test_disk_full),
        TEST(test_no_file_for_the_document),
        TEST(test_card_pulled_while_attributes_are_formed),
        TEST(test_card_may_be_pulled_once_it_has_signed),
        TEST(test_warm_prompt),
        TEST(test_warm_prompt_that_ends_is_not_missed),
        TEST(test_no_warm_prompt_without_a_display),
        TEST(test_choice_of_two_cards),
        TEST(test_remembered_card_is_not_there),
        TEST(test_choice_is_for_one_purpose),
        TEST(test_card_pulled_while_the_person_chooses),
        TEST(test_all_cards_pulled_while_the_person_chooses),
        TEST(test_choice_of_no_card),
        TEST(test_expired_card_is_not_asked_for),
        TEST(test_other_card_where_there_is_none),
        TEST(test_card_changed_while_it_is_looked_for),
        TEST(test_pad),
        TEST(test_prompt_that_lies),
        TEST(test_certificate),
        TEST(test_certificate_that_has_expired),
        TEST(test_hash),
        TEST(test_hash_for_a_card_that_is_not_there),
        TEST(test_new_pin),
        TEST(test_pin_unblocked),
        TEST(test_pin_that_is_set_already),
        TEST(test_pages),
        TEST(test_page_that_there_is_not),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
