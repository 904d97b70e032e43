/* The doctor's single looks; each adds what it found. */
#ifndef PIRADI_CLI_DOCTOR_H
#define PIRADI_CLI_DOCTOR_H

#include "agent/cli/findings.h"
#include "agent/cli/pcsc_look.h"

/* Is the agent there; whether it is. */
bool doctor_check_agent(struct findings *findings);

/* The card service, readers, and what is in them; whether there is a card that could be examined.
 */
bool doctor_check_readers(struct findings *findings, const struct pcsc_look *look);

/* What module and card say, by way of the agent; `look` gives the ATRs. */
void doctor_check_card(struct findings *findings, const struct pcsc_look *look);

/* The module's file and this computer's clock, by the program's own age. */
void doctor_check_module(struct findings *findings);
void doctor_check_clock(struct findings *findings);

/* The bridge and its port, the list of portals, and browsers in a sandbox. */
void doctor_check_bridge(struct findings *findings);
void doctor_check_portals(struct findings *findings);
void doctor_check_browsers(struct findings *findings);

/* "gpg-agent (1234), firefox (5678)": who is connected to the card service, as far as this user may
 * see; else empty. */
void doctor_name_card_users(char *text, size_t size);

/* USB devices of the class "smart card" (0x0B) below a folder shaped as /sys/bus/usb/devices. */
unsigned doctor_count_usb_readers(const char *folder);

#endif
