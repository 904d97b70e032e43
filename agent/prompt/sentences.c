#include "agent/prompt/sentences.h"

#include <stddef.h>

#include "agent/prompt/language.h"

#define TRY_AGAIN N_("Start again.")
#define TELL_THE_SITE N_("Nothing was done. Please tell the people who run this site.")
#define OTHER_DOCUMENT N_("Nothing was signed. Make a new copy of the document and try again.")
#define NEW_CARD N_("Nothing was done. The certificate is renewed at a justice house.")

static const struct sentence sentences[] = {
    [STATUS_NO_READER] = {N_("No card reader is connected"),
                          N_("Connect the card reader, then start again.")},
    [STATUS_NO_CARD] = {N_("There is no card in the reader"),
                        N_("Insert your ID card into the reader, then start again.")},
    [STATUS_CARD_UNKNOWN] = {N_("This card cannot be used here"),
                             N_("Insert your ID card. Other cards, such as bank "
                                "cards, do not work here.")},
    [STATUS_CARD_MUTE] = {N_("The card does not answer"),
                          N_("Take it out, check that the chip is clean and faces the right way, "
                             "and put it back. Then start again.")},
    [STATUS_CARD_REMOVED] = {N_("The card was taken out too early"),
                             N_("Nothing was completed. Put the card back and start again.")},
    [STATUS_CARD_BUSY] =
        {N_("Another program is using the card"),
         N_("Close that program, or wait until it has finished, then start again.")},
    [STATUS_CARD_TIMEOUT] = {N_("The card stopped answering"),
                             N_("Take the card out and put it back, then start again.")},
    [STATUS_CARD_CONTACTLESS] = {N_("The card lies on a contactless reader"),
                                 N_("Put the card into the slot of the reader, chip first, then "
                                    "start again.")},
    [STATUS_PCSC_UNAVAILABLE] = {N_("The card service is not running"),
                                 N_("Start the service \"pcscd\", or ask the person who looks "
                                    "after this computer.")},
    [STATUS_NO_CERTIFICATE] = {N_("The card has no certificate for this"),
                               N_("Ask at a justice house for certificates on your ID card.")},
    [STATUS_CERTIFICATE_EXPIRED] = {N_("The certificate on your card has expired"), NEW_CARD},
    [STATUS_CERTIFICATE_REVOKED] = {N_("The certificate on your card has been revoked"), NEW_CARD},
    [STATUS_CERTIFICATE_UNTRUSTED] =
        {N_("The certificate on this card is not trusted"),
         N_("Nothing was done. Check that this is your own ID card; if it is, ask at a justice "
            "house.")},
    [STATUS_CERTIFICATE_NOT_FOR_THIS_USE] =
        {N_("The certificate on this card is not meant for this"),
         N_("Nothing was done. Check that this is your own ID card; if it is, ask at a justice "
            "house.")},
    [STATUS_REVOCATION_UNKNOWN] =
        {N_("It could not be checked whether your certificate is still valid"),
         N_("Check the internet connection and try again in a few minutes.")},
    [STATUS_PIN_WRONG] = {N_("The PIN was wrong"), N_("Find the right PIN, then start again.")},
    [STATUS_PIN_BLOCKED] = {N_("The PIN is blocked"),
                            N_("A wrong PIN was entered too many times. Unblock it with the PUK "
                               "code, or ask at a justice house.")},
    [STATUS_PUK_BLOCKED] = {N_("The PUK code is blocked"),
                            N_("A wrong PUK code was entered too many times. Only a justice house "
                               "can help now.")},
    [STATUS_PIN_NOT_SET] = {N_("You have not set your signature PIN yet"),
                            N_("Set it first, with the transport PIN that came with the card. It "
                               "can be used only once.")},
    [STATUS_PIN_LENGTH] = {N_("The PIN has the wrong number of digits"),
                           N_("It was not sent to the card, and no try was spent. Start again.")},
    [STATUS_USER_CANCELLED] = {N_("You cancelled"), TRY_AGAIN},
    [STATUS_USER_TIMEOUT] = {N_("Too much time passed without an answer"), TRY_AGAIN},
    [STATUS_ORIGIN_NOT_ALLOWED] =
        {N_("This site may not use your card"),
         N_("Nothing was given to it. If you know and trust the site, tell "
            "the people who run it.")},
    [STATUS_BUSY] = {N_("The card is already in use for something else"),
                     N_("Finish or cancel that first, then start again.")},
    [STATUS_TOO_MANY_REQUESTS] = {N_("The site asks too often"),
                                  N_("Wait a little, then start again.")},
    [STATUS_BAD_REQUEST] = {N_("The site asked in a way that is not understood"), TELL_THE_SITE},
    [STATUS_NONCE_TOO_SHORT] = {N_("The site asked in a way that is not safe"), TELL_THE_SITE},
    [STATUS_DOCUMENT_TOO_LARGE] = {N_("The document is too large"),
                                   N_("Nothing was signed. Use a smaller document.")},
    [STATUS_DOCUMENT_DAMAGED] = {N_("The document is damaged"), OTHER_DOCUMENT},
    [STATUS_DOCUMENT_ENCRYPTED] = {N_("The document is encrypted"),
                                   N_("Nothing was signed. Use a copy without a password.")},
    [STATUS_DOCUMENT_FORBIDS_CHANGE] = {N_("The document does not allow another signature"),
                                        N_("Nothing was signed. Ask its author for a copy that "
                                           "may be signed.")},
    [STATUS_TIMESTAMP_UNAVAILABLE] = {N_("The time-stamp service did not answer"),
                                      N_("The document was not signed. Check the internet "
                                         "connection and try again in a few minutes.")},
    [STATUS_VERSION_UNSUPPORTED] = {N_("The site and this program do not fit together"),
                                    N_("Update this program. If that does not help, tell the "
                                       "people who run this site.")},
    [STATUS_OPERATION_UNKNOWN] = {N_("This request is no longer valid"), TRY_AGAIN},
    [STATUS_POLICY_REFUSED] = {N_("This site may not ask for this"), TELL_THE_SITE},
    [STATUS_REQUEST_SIGNATURE_INVALID] = {N_("It could not be proven that this site is asking"),
                                          TELL_THE_SITE},
    [STATUS_PROMPT_UNAVAILABLE] = {N_("The PIN window could not be shown"),
                                   N_("Log in to the desktop of this computer, then start again.")},
    [STATUS_SESSION_EXPIRED] = {N_("You are no longer logged in on the site"),
                                N_("Log in again, then repeat this.")},
    [STATUS_SIGNER_IS_ANOTHER] = {N_("This is somebody else's card"),
                                  N_("The letter must be signed with the card of the person who "
                                     "is logged in on the site.")},
    [STATUS_SIGNATURE_INVALID] = {N_("The signature could not be confirmed"),
                                  N_("It was not accepted. Start again on the site; if it happens "
                                     "again, tell the people who run it.")},
    [STATUS_DISK_FULL] = {N_("The disk is full"),
                          N_("Nothing was changed. Make room on the disk, then start again.")},
    [STATUS_INTERNAL] = {N_("Something went wrong in this program"),
                         N_("Nothing was completed. Start again. If it happens again, "
                            "restart the computer.")},
};

const struct sentence *sentence_of(enum status status)
{
    bool known = (size_t)status < sizeof sentences / sizeof sentences[0] &&
                 sentences[status].what_happened != NULL;
    return &sentences[known ? status : STATUS_INTERNAL];
}
