#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/doctor.h"
#include "agent/cli/sockets.h"

#define USB_DEVICES "/sys/bus/usb/devices"
#define NAMED_MAX 8

unsigned doctor_count_usb_readers(const char *folder)
{
    unsigned count = 0;
    DIR *devices = opendir(folder);
    if (devices == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(devices); entry != NULL; entry = readdir(devices)) {
        char path[sizeof entry->d_name + sizeof "/bInterfaceClass"];
        char class[2] = "";
        snprintf(path, sizeof path, "%s/bInterfaceClass", entry->d_name);
        int fd = openat(dirfd(devices), path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            if (read(fd, class, sizeof class) == sizeof class &&
                memcmp(class, "0b", sizeof class) == 0) {
                count++;
            }
            close(fd);
        }
    }
    closedir(devices);
    return count;
}

void doctor_name_card_users(char *text, size_t size)
{
    struct program programs[NAMED_MAX];
    size_t count = sockets_peers(pcsc_socket_path(), programs, NAMED_MAX);
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%s (%d)", i > 0 ? ", " : "",
                               programs[i].name, (int)programs[i].pid);
    }
}

static bool check_reader(struct findings *findings, const struct pcsc_reader *reader)
{
    char users[256];
    switch (reader->card) {
    case PCSC_NO_CARD:
        return false;
    case PCSC_CARD:
        findings_add(findings, "CARD_PRESENT", "%s, ATR %s", reader->name, reader->atr);
        return true;
    case PCSC_CARD_MUTE:
        findings_add_status(findings, STATUS_CARD_MUTE, "%s", reader->name);
        return false;
    case PCSC_CARD_EXCLUSIVE:
        doctor_name_card_users(users, sizeof users);
        findings_add_status(findings, STATUS_CARD_BUSY, "%s%s%s", reader->name,
                            users[0] != '\0' ? ": " : "", users);
        return false;
    }
    return false;
}

static void no_reader(struct findings *findings)
{
    unsigned connected = doctor_count_usb_readers(USB_DEVICES);
    if (connected > 0) {
        findings_add(findings, "READER_WITHOUT_DRIVER", "%u × USB 0x0B", connected);
    } else {
        findings_add_status(findings, STATUS_NO_READER, "%s", "");
    }
}

static bool check_each_reader(struct findings *findings, const struct pcsc_look *look)
{
    bool examinable = false;
    size_t before = findings->count;
    for (size_t i = 0; i < look->count; i++) {
        examinable |= check_reader(findings, &look->readers[i]);
    }
    if (findings->count == before) {
        findings_add_status(findings, STATUS_NO_CARD, "%s", look->readers[0].name);
    }
    return examinable;
}

bool doctor_check_readers(struct findings *findings, const struct pcsc_look *look)
{
    switch (look->service) {
    case PCSC_RUNNING:
        break;
    case PCSC_ABSENT:
        findings_add_status(findings, STATUS_PCSC_UNAVAILABLE, "%s", pcsc_socket_path());
        return false;
    case PCSC_REFUSED:
        findings_add(findings, "PCSC_REFUSED", "%s", pcsc_socket_path());
        return false;
    case PCSC_SILENT:
        findings_add(findings, "PCSC_SILENT", "%s", pcsc_socket_path());
        return false;
    }
    findings_add(findings, "PCSC_RUNNING", "%s", "");
    if (look->count == 0) {
        no_reader(findings);
        return false;
    }
    return check_each_reader(findings, look);
}
