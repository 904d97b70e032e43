/*
 * The driver of the virtual reader, libifdvpcd, behind the PIN pad: a file of its own that lies
 * beside the PIN pad's, named as that with ".vpcd" behind it.
 */
#ifndef PIRADI_TESTS_PINPAD_VPCD_H
#define PIRADI_TESTS_PINPAD_VPCD_H

#include <ifdhandler.h>
#include <stdbool.h>

#include "base/must_use.h"

/* The functions of IFD handler API 3.0, by their names without IFDH. */
struct vpcd {
    RESPONSECODE (*create_channel_by_name)(DWORD lun, LPSTR device_name);
    RESPONSECODE (*create_channel)(DWORD lun, DWORD channel);
    RESPONSECODE (*close_channel)(DWORD lun);
    RESPONSECODE (*get_capabilities)(DWORD lun, DWORD tag, PDWORD length, PUCHAR value);
    RESPONSECODE (*set_capabilities)(DWORD lun, DWORD tag, DWORD length, PUCHAR value);
    RESPONSECODE(*set_protocol_parameters)
    (DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3);
    RESPONSECODE (*power_icc)(DWORD lun, DWORD action, PUCHAR atr, PDWORD atr_length);
    RESPONSECODE(*transmit_to_icc)
    (DWORD lun, SCARD_IO_HEADER send_pci, PUCHAR tx, DWORD tx_length, PUCHAR rx, PDWORD rx_length,
     PSCARD_IO_HEADER recv_pci);
    RESPONSECODE(*control)
    (DWORD lun, DWORD code, PUCHAR tx, DWORD tx_length, PUCHAR rx, DWORD rx_length,
     LPDWORD returned);
    RESPONSECODE (*icc_presence)(DWORD lun);
};

/* The driver, loaded at the first call; NULL when that cannot be done. It stays loaded. */
const struct vpcd *vpcd_get(void) MUST_USE;

#endif
