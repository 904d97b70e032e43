#include "tests/pinpad/vpcd.h"

#include <debuglog.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ISO C has no cast from an object's pointer, which dlsym gives, to a function's. */
static bool find(void *library, const char *name, void *function, size_t size)
{
    void *address = dlsym(library, name);
    memcpy(function, &address, size);
    return address != NULL;
}

#define FIND(library, name, member) find(library, name, &(member), sizeof(member))

static bool find_all(void *library, struct vpcd *vpcd)
{
    return FIND(library, "IFDHCreateChannelByName", vpcd->create_channel_by_name) &&
           FIND(library, "IFDHCreateChannel", vpcd->create_channel) &&
           FIND(library, "IFDHCloseChannel", vpcd->close_channel) &&
           FIND(library, "IFDHGetCapabilities", vpcd->get_capabilities) &&
           FIND(library, "IFDHSetCapabilities", vpcd->set_capabilities) &&
           FIND(library, "IFDHSetProtocolParameters", vpcd->set_protocol_parameters) &&
           FIND(library, "IFDHPowerICC", vpcd->power_icc) &&
           FIND(library, "IFDHTransmitToICC", vpcd->transmit_to_icc) &&
           FIND(library, "IFDHControl", vpcd->control) &&
           FIND(library, "IFDHICCPresence", vpcd->icc_presence);
}

static void *open_library(void)
{
    static const char here;
    char path[PATH_MAX];
    Dl_info self;
    if (dladdr(&here, &self) == 0) {
        return NULL;
    }
    int size = snprintf(path, sizeof path, "%s.vpcd", self.dli_fname);
    return size > 0 && (size_t)size < sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

const struct vpcd *vpcd_get(void)
{
    static struct vpcd vpcd;
    static bool loaded;
    if (!loaded) {
        void *library = open_library();
        loaded = library != NULL && find_all(library, &vpcd);
    }
    if (!loaded) {
        Log1(PCSC_LOG_CRITICAL, "no driver of the virtual reader behind the PIN pad");
    }
    return loaded ? &vpcd : NULL;
}
