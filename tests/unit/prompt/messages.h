/* Messages of the agent, as they are on the wire. */
#ifndef PIRADI_TESTS_PROMPT_MESSAGES_H
#define PIRADI_TESTS_PROMPT_MESSAGES_H

#define SITE                                                                                       \
    "\"origin\":\"https://portal.example.ge\","                                                    \
    "\"portal\":{\"ka\":\"მოქალაქის პორტალი\",\"en\":\"Citizen portal\"},"
#define HOLDER                                                                                      \
    "\"holder\":{\"name\":\"ნინო ნიმუში\",\"personal_number\":\"01010101010\"," \
    "\"issuer\":\"GEO\",\"valid_until\":\"2028-05-01\"},\"reader\":\"Virtual PCD 00 00\","
#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define WAIT_CARD "{\"command\":\"wait\",\"purpose\":\"login\"," SITE "\"for\":\"card\"}"
#define ASK_LOGIN                                                                                  \
    "{\"command\":\"ask\",\"purpose\":\"login\"," SITE HOLDER                                      \
    "\"pin\":{\"min\":6,\"max\":6,\"tries_left\":3}}"
#define ASK_SIGN                                                                                   \
    "{\"command\":\"ask\",\"purpose\":\"sign\"," SITE HOLDER                                       \
    "\"pin\":{\"min\":6,\"max\":8,\"tries_left\":3},"                                              \
    "\"document\":{\"name\":\"წერილი.pdf\",\"size\":5000000000,\"sha256\":\"" DIGEST "\","         \
    "\"pages\":2,\"not_shown\":[\"plan.xlsx\"],\"image_size\":10}}"
#define PIN_WRONG "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":1}"
#define FAIL "{\"command\":\"fail\",\"status\":\"CARD_REMOVED\"}"

#endif
