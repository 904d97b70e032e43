#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/doctor.h"
#include "agent/cli/language.h"
#include "agent/cli/sockets.h"
#include "base/portals.h"
#include "base/program.h"

#define BRIDGE_PORT 27310 /* docs/decisions.md: one port */
#define DAY_S (24 * 60 * 60)

void doctor_check_module(struct findings *findings)
{
    char path[PATH_MAX] = "";
    int fd = program_module_path(path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
    if (fd < 0) {
        findings_add(findings, "MODULE_MISSING", "%s: %s", path, strerror(errno));
    } else {
        close(fd);
    }
}

void doctor_check_clock(struct findings *findings)
{
    struct stat program;
    char today[sizeof "2026-11-24"];
    time_t now = time(NULL);
    struct tm broken_down;
    if (stat("/proc/self/exe", &program) == 0 && program.st_mtime > now + DAY_S) {
        gmtime_r(&now, &broken_down);
        strftime(today, sizeof today, "%Y-%m-%d", &broken_down);
        findings_add(findings, "CLOCK_WRONG", _("today is %s here, and this program is newer"),
                     today);
    }
}

/* A listener that is not ours to look into, and runs as us, is the bridge itself or nobody known;
 * systemd holds the port for it when it starts on demand. */
static bool is_bridge(const struct listener *listener, const struct program *program, bool seen)
{
    if (listener->user != geteuid()) {
        return false;
    }
    return seen ? strcmp(program->name, "piradi-bridge") == 0 ||
                      strcmp(program->name, "systemd") == 0
                : sockets_runs("piradi-bridge");
}

static const char *user_name(uid_t user)
{
    const struct passwd *entry = getpwuid(user);
    return entry != NULL ? entry->pw_name : "?";
}

/* Whether that half of the port is the bridge's. */
static bool check_port(struct findings *findings, bool ipv4, bool *taken)
{
    struct listener listener;
    struct program program = {.pid = 0};
    const char *address = ipv4 ? "127.0.0.1" : "[::1]";
    if (!sockets_listener(ipv4, BRIDGE_PORT, &listener)) {
        return false;
    }
    bool seen = sockets_program(listener.inode, &program);
    if (is_bridge(&listener, &program, seen)) {
        return true;
    }
    *taken = true;
    if (seen) {
        findings_add(findings, "PORT_TAKEN", "%s:%d: %s (%d)", address, BRIDGE_PORT, program.name,
                     (int)program.pid);
    } else {
        findings_add(findings, "PORT_TAKEN", _("%s:%d: a program of user %s (%u)"), address,
                     BRIDGE_PORT, user_name(listener.user), (unsigned)listener.user);
    }
    return false;
}

void doctor_check_bridge(struct findings *findings)
{
    bool taken = false;
    bool ipv4 = check_port(findings, true, &taken);
    bool ipv6 = check_port(findings, false, &taken);
    if (ipv4 && ipv6) {
        findings_add(findings, "BRIDGE_RUNNING", "%s", "");
    } else if (!taken) {
        findings_add(findings, "BRIDGE_UNAVAILABLE", "%s", "");
    }
}

void doctor_check_portals(struct findings *findings)
{
    char folder[PATH_MAX];
    char reason[PORTALS_REASON_MAX];
    if (!program_config_path("portals", folder)) {
        return;
    }
    struct portals *portals = portals_load_or_say(folder, reason);
    if (portals == NULL) {
        findings_add(findings, "PORTALS_WRONG", "%s", reason);
    } else if (portals_count(portals) == 0) {
        findings_add(findings, "PORTALS_EMPTY", "%s", folder);
    } else {
        findings_add(findings, "PORTALS_READ", "%s", folder);
    }
    portals_free(&portals);
}

static bool exists(const char *folder, const char *rest, const char *name)
{
    char path[PATH_MAX];
    struct stat found;
    int length = snprintf(path, sizeof path, "%s%s%s", folder, rest, name);
    return length > 0 && length < PATH_MAX && lstat(path, &found) == 0;
}

void doctor_check_browsers(struct findings *findings)
{
    static const char *const snaps[] = {"firefox", "chromium", "brave", "opera"};
    static const char *const flatpaks[] = {
        "com.brave.Browser",   "com.google.Chrome",     "com.microsoft.Edge", "com.opera.Opera",
        "com.vivaldi.Vivaldi", "org.chromium.Chromium", "org.gnome.Epiphany", "org.mozilla.firefox",
    };
    const char *home = getenv("HOME");
    for (size_t i = 0; i < sizeof snaps / sizeof *snaps; i++) {
        if (exists("/snap", "/bin/", snaps[i]) ||
            (home != NULL && exists(home, "/snap/", snaps[i]))) {
            findings_add(findings, "BROWSER_SANDBOXED", "%s (snap)", snaps[i]);
        }
    }
    for (size_t i = 0; i < sizeof flatpaks / sizeof *flatpaks; i++) {
        if (exists("/var/lib", "/flatpak/app/", flatpaks[i]) ||
            (home != NULL && exists(home, "/.local/share/flatpak/app/", flatpaks[i]))) {
            findings_add(findings, "BROWSER_SANDBOXED", "%s (flatpak)", flatpaks[i]);
        }
    }
}
