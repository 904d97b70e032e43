/* Who has logged in: what the portal keeps of a certificate's subject. */
#ifndef PIRADI_PORTAL_CITIZEN_H
#define PIRADI_PORTAL_CITIZEN_H

#include "certs/subject.h"

struct citizen {
    char name[SUBJECT_TEXT_MAX];
    char personal_number[SUBJECT_PERSONAL_NUMBER_DIGITS + 1];
};

#endif
