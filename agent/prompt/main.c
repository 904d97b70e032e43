/*
 * piradi-prompt: asks the person. Started by the agent for one operation, with the agent on
 * descriptor 3 and the worker, for the PIN alone, on descriptor 4 (docs/protocols.md, "Prompt").
 * Nothing is shown before the agent's first message, so that it may be started ahead of need. With
 * --terminal it asks in the terminal on descriptor 5. Ends with 0 when the agent or the person
 * closes it, with 1 when it cannot show anything or cannot believe the agent.
 */
#include <fcntl.h>
#include <gtk/gtk.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prompt/colour_scheme.h"
#include "agent/prompt/language.h"
#include "agent/prompt/session.h"
#include "agent/prompt/terminal.h"
#include "agent/prompt/window.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/program.h"

#define PROGRAM "piradi-prompt"
#define GEORGIAN_FONT "Noto Sans Georgian"
#define AGENT_FD 3
#define WORKER_FD 4
#define TERMINAL_FD 5

struct prompt {
    struct session *session;
    struct window *window;     /* NULL in a terminal */
    struct terminal *terminal; /* NULL on a display */
    GMainLoop *loop;
    int exit_status;
};

static bool dialog_changed(void *user)
{
    struct prompt *prompt = user;
    if (prompt->terminal != NULL) {
        terminal_update(prompt->terminal);
        return true;
    }
    return window_update(prompt->window);
}

static void session_ended(int exit_status, void *user)
{
    struct prompt *prompt = user;
    prompt->exit_status = exit_status;
    g_main_loop_quit(prompt->loop);
}

static bool inherit_descriptors(bool in_terminal)
{
    int last = in_terminal ? TERMINAL_FD : WORKER_FD;
    for (int fd = AGENT_FD; fd <= last; fd++) {
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
            log_error("only the agent starts this program: descriptors 3 to %d are missing", last);
            return false;
        }
    }
    return true;
}

/* The person's own font, and a font made for it where that has no Georgian: what is found otherwise
 * often has no bold. */
static void add_georgian_font(void)
{
    GtkSettings *settings = gtk_settings_get_default();
    char *name;
    g_object_get(settings, "gtk-font-name", &name, NULL);
    PangoFontDescription *font = pango_font_description_from_string(name);
    char *families = g_strconcat(pango_font_description_get_family(font), "," GEORGIAN_FONT, NULL);
    pango_font_description_set_family(font, families);
    char *both = pango_font_description_to_string(font);
    g_object_set(settings, "gtk-font-name", both, NULL);
    g_free(both);
    g_free(families);
    pango_font_description_free(font);
    g_free(name);
}

static bool begin_gtk(void)
{
    g_set_prgname(PROGRAM); /* the window's class */
    /* Nothing here moves: the plain renderer starts faster and loads no graphics driver. */
    g_setenv("GSK_RENDERER", "cairo", FALSE);
    gtk_disable_setlocale();
    language_begin();
    if (!gtk_init_check()) {
        log_error("there is no display to show a window on");
        return false;
    }
    GtkCssProvider *style = gtk_css_provider_new();
    gtk_css_provider_load_from_resource(style, "/piradi/prompt/style.css");
    gtk_style_context_add_provider_for_display(gdk_display_get_default(), GTK_STYLE_PROVIDER(style),
                                               GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    g_object_unref(style);
    add_georgian_font();
    colour_scheme_follow();
    return true;
}

/* Whatever shows the dialog; false, with a line in the log, if it cannot. */
static bool open_face(struct prompt *prompt, bool in_terminal)
{
    if (in_terminal) {
        prompt->terminal = terminal_new(TERMINAL_FD, prompt->session);
        if (prompt->terminal == NULL) {
            log_error("descriptor 5 is no terminal, or no memory can be locked for a PIN");
        }
        return prompt->terminal != NULL;
    }
    prompt->window = window_new(prompt->session);
    if (prompt->window == NULL) {
        log_error("no memory can be locked for a PIN");
    }
    return prompt->window != NULL;
}

static int run(bool in_terminal)
{
    struct prompt prompt = {.exit_status = EXIT_FAILURE};
    const struct session_calls calls = {dialog_changed, session_ended, &prompt};

    prompt.session = session_new(AGENT_FD, WORKER_FD, &calls);
    if (prompt.session == NULL) {
        log_error("no memory can be locked for a PIN");
        return EXIT_FAILURE;
    }
    if (open_face(&prompt, in_terminal)) {
        prompt.loop = g_main_loop_new(NULL, FALSE);
        g_main_loop_run(prompt.loop);
        g_main_loop_unref(prompt.loop);
    }
    terminal_free(&prompt.terminal);
    window_free(&prompt.window);
    session_free(&prompt.session);
    return prompt.exit_status;
}

static bool begin(bool in_terminal)
{
    if (in_terminal) {
        /* Not ours to be stopped by: the terminal is lent. */
        signal(SIGTTOU, SIG_IGN);
        signal(SIGTTIN, SIG_IGN);
        language_begin();
        return true;
    }
    return begin_gtk();
}

int main(int argc, char **argv)
{
    bool in_terminal = argc == 2 && strcmp(argv[1], "--terminal") == 0;
    if (!program_begin(PROGRAM)) {
        return EXIT_FAILURE;
    }
    if (argc != 1 && !in_terminal) {
        log_error("takes no arguments but --terminal: the agent starts it");
        return EXIT_FAILURE;
    }
    /* Before GTK, which starts threads. */
    return inherit_descriptors(in_terminal) && confine(CONFINE_PROMPT, NULL) && begin(in_terminal)
               ? run(in_terminal)
               : EXIT_FAILURE;
}
