#include "agent/login_token.h"

json_t *login_token(const char *certificate, const char *algorithm, const char *signature)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "unverifiedCertificate", certificate, "algorithm",
                     algorithm, "signature", signature, "format", "web-eid:1.0", "appVersion",
                     "piradi/" PIRADI_VERSION);
}
