/* The least that GTK 4 can show: what the prompt's window is measured against (bench.py). */
#include <gtk/gtk.h>

static void activate(GtkApplication *application, gpointer user)
{
    (void)user;
    GtkWidget *window = gtk_application_window_new(application);
    gtk_window_set_child(GTK_WINDOW(window), gtk_label_new("PIN"));
    gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char **argv)
{
    GtkApplication *application = gtk_application_new(NULL, G_APPLICATION_NON_UNIQUE);
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    return g_application_run(G_APPLICATION(application), argc, argv);
}
