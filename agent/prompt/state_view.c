#include "agent/prompt/state_view.h"

#include "agent/prompt/language.h"
#include "agent/prompt/sentences.h"
#include "agent/prompt/text.h"
#include "agent/prompt/widgets.h"
#include "agent/prompt/wording.h"

static GtkWidget *new_notice(const char *icon_name, const struct sentence *sentence)
{
    return widgets_notice(widgets_picture(icon_name), _(sentence->what_happened),
                          _(sentence->what_to_do));
}

static GtkWidget *new_waiting_view(enum waiting_for waiting_for)
{
    static const char *const pictures[] = {
        [WAITING_FOR_READER] = "drive-harddisk-usb-symbolic",
        [WAITING_FOR_CARD] = "auth-smartcard-symbolic",
        [WAITING_FOR_PCSC] = "dialog-warning-symbolic",
    };
    return new_notice(pictures[waiting_for], wording_waiting(waiting_for));
}

static GtkWidget *new_working_view(const struct dialog *dialog)
{
    const struct sentence *sentence = wording_working(dialog);
    GtkWidget *spinner = gtk_spinner_new();
    gtk_widget_set_size_request(spinner, 32, 32);
    gtk_widget_set_halign(spinner, GTK_ALIGN_CENTER);
    gtk_spinner_start(GTK_SPINNER(spinner));
    return widgets_notice(spinner, _(sentence->what_happened), _(sentence->what_to_do));
}

static GtkWidget *new_failure_view(const struct failure *failure)
{
    GtkWidget *view = new_notice("dialog-warning-symbolic", sentence_of(failure->status));
    if (failure->holder != NULL) {
        char *holder = text_for_display(failure->holder);
        char *text = g_strdup_printf(_("The other program: %s"), holder);
        gtk_box_append(GTK_BOX(view), widgets_centred_label(text, NULL));
        g_free(text);
        g_free(holder);
    }
    GtkWidget *code = widgets_label(status_code(failure->status), "code");
    gtk_label_set_selectable(GTK_LABEL(code), TRUE);
    gtk_widget_set_halign(code, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(view), code);
    return view;
}

/* What is wrong, or how many tries are left; NULL if neither. */
static GtkWidget *new_trouble_view(const struct dialog *dialog)
{
    char *text = wording_trouble(dialog);
    if (text == NULL) {
        return NULL;
    }
    bool wrong = dialog->pin_was_wrong || dialog->new_pins_differ;
    GtkWidget *view = widgets_alert(text, wrong ? "error" : NULL);
    g_free(text);
    return view;
}

static GtkWidget *new_last_try_view(const struct dialog *dialog)
{
    const struct sentence *sentence = wording_last_try(dialog);
    GtkWidget *view = widgets_column(4, "warning-sheet");
    gtk_box_append(GTK_BOX(view), widgets_alert(_(sentence->what_happened), "name"));
    gtk_box_append(GTK_BOX(view), widgets_alert(_(sentence->what_to_do), NULL));
    return view;
}

static void describe_field(const struct dialog *dialog, PinField *field, const char *name)
{
    bool wrong = dialog->pin_was_wrong || dialog->new_pins_differ;
    gtk_accessible_update_property(GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_accessible_update_state(GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_STATE_INVALID,
                                wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                                -1);
}

/* Which of the three this is, so that nobody wonders how many follow. */
static void add_step(GtkWidget *view, enum dialog_step step)
{
    if (step != STEP_ONLY) {
        char *text = g_strdup_printf(_("Step %u of 3"), (unsigned)step);
        gtk_box_append(GTK_BOX(view), widgets_label(text, "dim-label"));
        g_free(text);
    }
}

static GtkWidget *new_field_heading(const char *name)
{
    GtkWidget *heading = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *label = widgets_label(name, "name");
    gtk_widget_set_hexpand(label, TRUE);
    gtk_box_append(GTK_BOX(heading), label);
    gtk_box_append(GTK_BOX(heading), digit_pad_switch_new());
    return heading;
}

static GtkWidget *new_asking_view(const struct dialog *dialog, PinField *field,
                                  const struct digit_pad_options *pad)
{
    char *name = wording_field(dialog);
    GtkWidget *view = widgets_column(6, "asking");
    GtkWidget *trouble = new_trouble_view(dialog);
    if (dialog_is_last_try(dialog)) {
        gtk_box_append(GTK_BOX(view), new_last_try_view(dialog));
    }
    add_step(view, dialog->step);
    gtk_box_append(GTK_BOX(view), new_field_heading(name));
    gtk_box_append(GTK_BOX(view), GTK_WIDGET(field));
    if (trouble != NULL) {
        gtk_box_append(GTK_BOX(view), trouble);
    }
    if (pad->shown) {
        gtk_box_append(GTK_BOX(view), digit_pad_new(pad, field));
    }
    describe_field(dialog, field, name);
    g_free(name);
    return view;
}

static GtkWidget *new_agreeing_view(const struct dialog *dialog)
{
    GtkWidget *view = widgets_column(6, "asking");
    GtkWidget *trouble = dialog_has_pad(dialog) ? new_trouble_view(dialog) : NULL;
    if (dialog_is_last_try(dialog)) {
        gtk_box_append(GTK_BOX(view), new_last_try_view(dialog));
    }
    gtk_box_append(GTK_BOX(view), new_notice(dialog_has_pad(dialog) ? "auth-smartcard-symbolic"
                                                                    : "dialog-question-symbolic",
                                             wording_agreeing(dialog)));
    if (trouble != NULL) {
        gtk_box_append(GTK_BOX(view), trouble);
    }
    return view;
}

GtkWidget *state_view_new(const struct dialog *dialog, PinField *field,
                          const struct digit_pad_options *pad)
{
    switch (dialog->state) {
    case DIALOG_WAITING:
        return new_waiting_view(dialog->request.request.waiting_for);
    case DIALOG_CHOOSING:
        return widgets_column(0, NULL);
    case DIALOG_AGREEING:
        return new_agreeing_view(dialog);
    case DIALOG_ASKING:
        return new_asking_view(dialog, field, pad);
    case DIALOG_WORKING:
    case DIALOG_ANSWERED:
    case DIALOG_RECEIVING:
        return new_working_view(dialog);
    case DIALOG_DONE:
        return new_notice("object-select-symbolic", wording_done(&dialog->request.request));
    default:
        return new_failure_view(&dialog->failure.failure);
    }
}

GtkWidget *state_view_notice(GtkWidget *view)
{
    if (gtk_widget_get_focusable(view)) {
        return view;
    }
    GtkWidget *child = gtk_widget_get_first_child(view);
    while (child != NULL && !gtk_widget_get_focusable(child)) {
        child = gtk_widget_get_next_sibling(child);
    }
    return child;
}
