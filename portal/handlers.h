/* Every handler, by the file that has it. portal/api.md tells what each takes and gives. */
#ifndef PIRADI_PORTAL_HANDLERS_H
#define PIRADI_PORTAL_HANDLERS_H

#include "portal/route.h"

/* handle_login.c */
route_handler handle_login;
route_handler handle_logout;
route_handler handle_nonce;
route_handler handle_session;

/* handle_letters.c */
route_handler handle_bodies;
route_handler handle_letter;
route_handler handle_letter_compose;
route_handler handle_letter_discard;
route_handler handle_letter_draft;
route_handler handle_letter_page;
route_handler handle_letter_send;
route_handler handle_letter_signed;
route_handler handle_letters;

#endif
