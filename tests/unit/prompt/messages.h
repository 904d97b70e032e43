/* Messages of the agent, as they are on the wire. */
#ifndef PIRADI_TESTS_PROMPT_MESSAGES_H
#define PIRADI_TESTS_PROMPT_MESSAGES_H

#define SITE                                                                                       \
    "\"origin\":\"https://portal.example.ge\","                                                    \
    "\"portal\":{\"ka\":\"მოქალაქის პორტალი\",\"en\":\"Citizen portal\"},"
#define HOLDER                                                                                      \
    "\"holder\":{\"name\":\"ნინო ნიმუში\",\"personal_number\":\"01010101010\"," \
    "\"issuer\":\"GEO\",\"valid_until\":\"2028-05-01\"},"
#define READER "\"reader\":\"Virtual PCD 00 00\""
#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define WAIT_CARD "{\"command\":\"wait\",\"purpose\":\"login\"," SITE "\"for\":\"card\"}"
#define ASK_LOGIN                                                                                  \
    "{\"command\":\"ask\",\"purpose\":\"login\"," SITE HOLDER READER ","                           \
    "\"pin\":{\"min\":6,\"max\":6,\"tries_left\":3}}"
#define ASK_SIGN                                                                                   \
    "{\"command\":\"ask\",\"purpose\":\"sign\"," SITE HOLDER READER ","                            \
    "\"pin\":{\"min\":6,\"max\":8,\"tries_left\":3},"                                              \
    "\"document\":{\"name\":\"წერილი.pdf\",\"size\":5000000000,\"sha256\":\"" DIGEST "\","         \
    "\"pages\":2,\"not_shown\":[\"plan.xlsx\"],\"image_size\":10}}"
#define CARD_1 "{" HOLDER READER "}"
#define CARD_2                                                                                             \
    "{\"holder\":{\"name\":\"გიორგი ნიმუში\",\"personal_number\":\"02020202020\"," \
    "\"issuer\":\"GEO\",\"valid_until\":\"2027-05-01\"},\"reader\":\"Virtual PCD 00 01\"}"
#define CHOOSE                                                                                     \
    "{\"command\":\"choose\",\"purpose\":\"login\"," SITE "\"cards\":[" CARD_1 "," CARD_2 "]}"
#define CONSENT "{\"command\":\"consent\",\"what\":\"certificate\"," SITE HOLDER READER "}"
#define MANAGE                                                                                     \
    "{\"command\":\"pin\",\"action\":\"unblock\",\"which\":\"sign\"," HOLDER READER                \
    ",\"pin\":{\"min\":6,\"max\":6,\"tries_left\":0},"                                             \
    "\"authorization\":{\"min\":8,\"max\":8,\"tries_left\":10}}"
#define PAGE_2 "{\"command\":\"page\",\"number\":2,\"image_size\":5}"
#define DONE "{\"command\":\"done\"}"
#define PIN_WRONG "{\"event\":\"pin\",\"status\":\"PIN_WRONG\",\"tries_left\":1}"
#define FAIL "{\"command\":\"fail\",\"status\":\"CARD_REMOVED\"}"

#endif
