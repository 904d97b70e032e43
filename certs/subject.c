#include "certs/subject.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <string.h>

#include "certs/latin.h"

#define REPLACEMENT 0xFFFDU

static const char ellipsis[] = "\xE2\x80\xA6";

static const struct {
    uint32_t first, last;
} unsafe_ranges[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},     /* control characters */
    {0x00AD, 0x00AD},                         /* soft hyphen */
    {0x034F, 0x034F},   {0x061C, 0x061C},     /* joiner, Arabic letter mark */
    {0x115F, 0x1160},   {0x17B4, 0x17B5},     /* fillers */
    {0x180B, 0x180F},   {0x200B, 0x200F},     /* zero width, marks of direction */
    {0x2028, 0x202E},   {0x2060, 0x206F},     /* separators, embeddings, isolates */
    {0x3164, 0x3164},   {0xD800, 0xDFFF},     /* filler, surrogates */
    {0xE000, 0xF8FF},   {0xFE00, 0xFE0F},     /* private use, variation selectors */
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},     /* byte order mark, filler */
    {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},     /* specials */
    {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFFF}, /* tags, private use, beyond Unicode */
};

static bool is_unsafe(uint32_t character)
{
    for (size_t i = 0; i < sizeof unsafe_ranges / sizeof *unsafe_ranges; i++) {
        if (character >= unsafe_ranges[i].first && character <= unsafe_ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* Takes one character of UTF-8; a byte that begins none is taken alone, as REPLACEMENT. */
static uint32_t take_character(const uint8_t *bytes, size_t size, size_t *used)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    size_t more = bytes[0] < 0x80             ? 0
                  : (bytes[0] & 0xE0) == 0xC0 ? 1
                  : (bytes[0] & 0xF0) == 0xE0 ? 2
                                              : 3;
    *used = 1;
    if (more == 0) {
        return bytes[0];
    }
    if ((more == 3 && (bytes[0] & 0xF8) != 0xF0) || more >= size) {
        return REPLACEMENT;
    }
    uint32_t character = bytes[0] & (0x3FU >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return REPLACEMENT;
        }
        character = character << 6 | (bytes[i] & 0x3FU);
    }
    if (character < least[more]) {
        return REPLACEMENT;
    }
    *used = more + 1;
    return character;
}

void subject_safe_text(const void *bytes, size_t size, char *text, size_t text_size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const uint8_t *next = bytes;
    size_t length = 0;
    size_t cut = 0; /* where an ellipsis still fits */
    while (size > 0) {
        size_t used;
        bool unsafe = is_unsafe(take_character(next, size, &used));
        unsafe = unsafe || (used == 1 && *next >= 0x80);
        const void *from = unsafe ? (const void *)replacement : next;
        size_t wide = unsafe ? strlen(replacement) : used;
        if (length + wide >= text_size) {
            memcpy(text + cut, ellipsis, sizeof ellipsis);
            return;
        }
        memcpy(text + length, from, wide);
        length += wide;
        if (length + sizeof ellipsis <= text_size) {
            cut = length;
        }
        next += used;
        size -= used;
    }
    text[length] = '\0';
}

/* The one entry of this kind; NULL if there is none. False if there are several. */
static bool find_entry(const X509_NAME *name, int nid, const ASN1_STRING **value)
{
    *value = NULL;
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return true;
    }
    *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    return X509_NAME_get_index_by_NID(name, nid, at) < 0;
}

/* Empty where there is no such entry. */
static bool read_text(const X509_NAME *name, int nid, char text[SUBJECT_TEXT_MAX])
{
    const ASN1_STRING *value;
    if (!find_entry(name, nid, &value)) {
        return false;
    }
    text[0] = '\0';
    if (value == NULL) {
        return true;
    }
    unsigned char *utf8 = NULL;
    int size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size < 0) {
        return false;
    }
    subject_safe_text(utf8, (size_t)size, text, SUBJECT_TEXT_MAX);
    OPENSSL_free(utf8);
    return true;
}

static bool is_personal_number(const char *text)
{
    return strlen(text) == SUBJECT_PERSONAL_NUMBER_DIGITS &&
           strspn(text, "0123456789") == SUBJECT_PERSONAL_NUMBER_DIGITS;
}

static bool read_numbers(const X509_NAME *name, struct subject *subject)
{
    static const char person[] = "PNOGE-";
    static const char card[] = "IDCGE-";
    char text[SUBJECT_TEXT_MAX];
    if (!read_text(name, NID_serialNumber, text)) {
        return false;
    }
    if (strncmp(text, card, strlen(card)) == 0) {
        memcpy(subject->document_number, text + strlen(card), strlen(text + strlen(card)) + 1);
        return true;
    }
    const char *number = strncmp(text, person, strlen(person)) == 0 ? text + strlen(person) : text;
    if (is_personal_number(number)) {
        memcpy(subject->personal_number, number, sizeof subject->personal_number);
    }
    return true;
}

static bool read_country(const X509_NAME *name, struct subject *subject)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char text[SUBJECT_TEXT_MAX];
    if (!read_text(name, NID_countryName, text)) {
        return false;
    }
    if (strlen(text) == 2 && strspn(text, capitals) == 2) {
        memcpy(subject->country, text, sizeof subject->country);
    }
    return true;
}

static bool read_end(const X509 *certificate, struct subject *subject)
{
    struct tm end;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
        return false;
    }
    subject->valid_until = timegm(&end);
    return strftime(subject->valid_until_date, sizeof subject->valid_until_date, "%Y-%m-%d", &end) >
           0;
}

bool subject_read(const X509 *certificate, struct subject *subject)
{
    struct subject read = {0};
    const X509_NAME *holder = X509_get_subject_name(certificate);
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    if (!read_text(holder, NID_commonName, read.name) || read.name[0] == '\0' ||
        !read_text(holder, NID_givenName, read.given_name) ||
        !read_text(holder, NID_surname, read.surname) || !read_numbers(holder, &read) ||
        !read_country(holder, &read) || !read_text(issuer, NID_commonName, read.issuer) ||
        !read_end(certificate, &read) || !qualified_read(certificate, &read.qualified)) {
        return false;
    }
    latin_name(read.name, read.name_latin, sizeof read.name_latin);
    *subject = read;
    return true;
}
