/*
 * A portal in C, with nothing but the installed header: prints the code and the citizen's fields.
 *
 *     certs-library TRUST CACHE require|prefer|off ORIGIN NONCE < TOKEN
 */
#include <piradi-certs.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments)
{
    static char token[65536];
    struct piradi_citizen *citizen;
    const char *detail = "";
    if (count != 6) {
        return 2;
    }
    size_t size = fread(token, 1, sizeof token, stdin);
    enum piradi_revocation revocation = arguments[3][0] == 'r'   ? PIRADI_REVOCATION_REQUIRE
                                        : arguments[3][0] == 'p' ? PIRADI_REVOCATION_PREFER
                                                                 : PIRADI_REVOCATION_OFF;
    struct piradi_verifier *verifier = piradi_verifier_open(arguments[1], arguments[2], revocation);
    if (verifier == NULL) {
        return 1;
    }
    const char *code =
        piradi_verify_token(verifier, token, size, arguments[4], arguments[5], &citizen, &detail);
    printf("%s\n", code);
    for (int field = PIRADI_NAME; citizen != NULL && field <= PIRADI_REVOCATION_ANSWER; field++) {
        printf("%s\n", piradi_citizen_text(citizen, (enum piradi_field)field));
    }
    if (citizen != NULL &&
        piradi_citizen_text(citizen, (enum piradi_field)(PIRADI_REVOCATION_ANSWER + 1)) != NULL) {
        return 1;
    }
    piradi_citizen_free(citizen);
    piradi_verifier_close(verifier);
    return (citizen == NULL) == (detail != NULL) ? 0 : 1;
}
