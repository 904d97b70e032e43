/*
 * An IFD handler that makes PIN-pad readers of the two virtual readers of libifdvpcd: all calls go
 * to that, and two features come on top, FEATURE_VERIFY_PIN_DIRECT and FEATURE_MODIFY_PIN_DIRECT
 * (PC/SC part 10). The person before reader N obeys the socket $PINPAD_CONTROL followed by the port
 * of that reader.
 */
#include <arpa/inet.h>
#include <ifdhandler.h>
#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/pinpad/person.h"
#include "tests/pinpad/pin_entry.h"
#include "tests/pinpad/vpcd.h"

#define EXPORT __attribute__((visibility("default")))
#define SLOTS 2 /* of one entry in pcscd's configuration */
#define SLOT(lun) ((lun)&0xFFFF)
#define DEFAULT_TIMEOUT_S 30
#define PROTOCOL_T1 1

/* Any numbers: applications learn them from the features. */
#define CONTROL_VERIFY SCARD_CTL_CODE(0x4A06)
#define CONTROL_MODIFY SCARD_CTL_CODE(0x4A07)

/* Answers of the reader instead of the card's (PC/SC part 10, 2.5.2, table). */
enum {
    SW_TIMED_OUT = 0x6400,
    SW_CANCELLED = 0x6401,
    SW_NEW_PINS_DIFFER = 0x6402,
    SW_PIN_LENGTH = 0x6403,
};

static struct person persons[SLOTS] = {{.listener = -1}, {.listener = -1}};

static bool call_person(unsigned slot, unsigned long port)
{
    char path[sizeof persons[slot].address.sun_path];
    const char *prefix = getenv("PINPAD_CONTROL");
    if (prefix == NULL || persons[slot].listener >= 0) {
        return prefix != NULL;
    }
    int size = snprintf(path, sizeof path, "%s%lu", prefix, port + slot);
    return size > 0 && (size_t)size < sizeof path && person_come(&persons[slot], path);
}

EXPORT RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR device_name)
{
    const struct vpcd *vpcd = vpcd_get();
    const char *port = strrchr(device_name, ':');
    if (vpcd == NULL || port == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (!call_person(slot, strtoul(port + 1, NULL, 10))) {
            return IFD_COMMUNICATION_ERROR;
        }
    }
    return vpcd->create_channel_by_name(lun, device_name);
}

EXPORT RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->create_channel(lun, channel) : IFD_COMMUNICATION_ERROR;
}

EXPORT RESPONSECODE IFDHCloseChannel(DWORD lun)
{
    const struct vpcd *vpcd = vpcd_get();
    if (SLOT(lun) < SLOTS) {
        person_go(&persons[SLOT(lun)]);
    }
    return vpcd != NULL ? vpcd->close_channel(lun) : IFD_COMMUNICATION_ERROR;
}

EXPORT RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->get_capabilities(lun, tag, length, value) : IFD_ERROR_TAG;
}

EXPORT RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->set_capabilities(lun, tag, length, value) : IFD_ERROR_TAG;
}

EXPORT RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1,
                                              UCHAR pts2, UCHAR pts3)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->set_protocol_parameters(lun, protocol, flags, pts1, pts2, pts3)
                        : IFD_COMMUNICATION_ERROR;
}

EXPORT RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD atr_length)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->power_icc(lun, action, atr, atr_length) : IFD_COMMUNICATION_ERROR;
}

EXPORT RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send_pci, PUCHAR tx,
                                      DWORD tx_length, PUCHAR rx, PDWORD rx_length,
                                      PSCARD_IO_HEADER recv_pci)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL
               ? vpcd->transmit_to_icc(lun, send_pci, tx, tx_length, rx, rx_length, recv_pci)
               : IFD_COMMUNICATION_ERROR;
}

EXPORT RESPONSECODE IFDHICCPresence(DWORD lun)
{
    const struct vpcd *vpcd = vpcd_get();
    return vpcd != NULL ? vpcd->icc_presence(lun) : IFD_COMMUNICATION_ERROR;
}

static RESPONSECODE give_features(PUCHAR rx, DWORD rx_length, LPDWORD returned)
{
    const PCSC_TLV_STRUCTURE features[] = {
        {FEATURE_VERIFY_PIN_DIRECT, sizeof(uint32_t), htonl(CONTROL_VERIFY)},
        {FEATURE_MODIFY_PIN_DIRECT, sizeof(uint32_t), htonl(CONTROL_MODIFY)},
    };
    if (rx_length < sizeof features) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    memcpy(rx, features, sizeof features);
    *returned = sizeof features;
    return IFD_SUCCESS;
}

/* 0, or the reader's answer when this PIN was not typed as it should. */
static unsigned ask(const struct person *person, const struct pin_entry *entry,
                    struct digits *digits)
{
    unsigned timeout_s = entry->timeout_s > 0 ? entry->timeout_s : DEFAULT_TIMEOUT_S;
    switch (person_act(person, timeout_s, digits)) {
    case ACT_TYPED:
        return pin_entry_accepts(entry, digits) ? 0 : SW_PIN_LENGTH;
    case ACT_CANCELLED:
        return SW_CANCELLED;
    case ACT_TIMED_OUT:
        break;
    }
    return SW_TIMED_OUT;
}

static bool same(const struct digits *one, const struct digits *other)
{
    return one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

static unsigned ask_all(const struct person *person, const struct pin_entry *entry,
                        struct digits *current, struct digits *fresh)
{
    struct digits again = {0};
    unsigned status = entry->asks_current ? ask(person, entry, current) : 0;
    if (status == 0 && entry->asks_new) {
        status = ask(person, entry, fresh);
    }
    if (status != 0 || !entry->asks_new_again) {
        return status;
    }
    status = ask(person, entry, &again);
    return status == 0 && !same(&again, fresh) ? SW_NEW_PINS_DIFFER : status;
}

static RESPONSECODE run(DWORD lun, const struct pin_entry *entry, PUCHAR rx, DWORD rx_length,
                        LPDWORD returned)
{
    struct digits current = {0};
    struct digits fresh = {0};
    uint8_t apdu[PIN_APDU_MAX];
    size_t size;
    SCARD_IO_HEADER pci = {PROTOCOL_T1, sizeof pci};
    unsigned status = ask_all(&persons[SLOT(lun)], entry, &current, &fresh);
    if (status != 0) {
        rx[0] = (UCHAR)(status >> 8);
        rx[1] = (UCHAR)status;
        *returned = 2;
        return IFD_SUCCESS;
    }
    if (!pin_entry_fill(entry, &current, &fresh, apdu, &size)) {
        return IFD_COMMUNICATION_ERROR;
    }
    DWORD answered = rx_length;
    RESPONSECODE code = IFDHTransmitToICC(lun, pci, apdu, size, rx, &answered, &pci);
    if (code == IFD_SUCCESS) {
        *returned = answered;
    }
    return code;
}

EXPORT RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR tx, DWORD tx_length, PUCHAR rx,
                                DWORD rx_length, LPDWORD returned)
{
    const struct vpcd *vpcd = vpcd_get();
    struct pin_entry entry;
    *returned = 0;
    if (vpcd == NULL || SLOT(lun) >= SLOTS) {
        return IFD_COMMUNICATION_ERROR;
    }
    if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
        return give_features(rx, rx_length, returned);
    }
    if (code != CONTROL_VERIFY && code != CONTROL_MODIFY) {
        return vpcd->control(lun, code, tx, tx_length, rx, rx_length, returned);
    }
    bool understood = code == CONTROL_VERIFY ? pin_entry_parse_verify(tx, tx_length, &entry)
                                             : pin_entry_parse_modify(tx, tx_length, &entry);
    if (!understood || rx_length < 2) {
        return IFD_COMMUNICATION_ERROR;
    }
    return run(lun, &entry, rx, rx_length, returned);
}
