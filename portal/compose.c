#include "portal/compose.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

/* Points of 1/72 inch. */
#define PAGE_WIDTH 595.276
#define PAGE_HEIGHT 841.89
#define MARGIN_LEFT 70.0
#define MARGIN_RIGHT 57.0
#define MARGIN_TOP 62.0
#define MARGIN_BOTTOM 78.0
#define TEXT_WIDTH (PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT)
#define LABEL_WIDTH 96.0
#define FOOTER_TOP (PAGE_HEIGHT - 50.0)
#define LINE_SPACING 1.35

#define FONT "Noto Sans Georgian, Noto Sans, DejaVu Sans"
#define FONT_TEXT FONT " 10.5"
#define FONT_LABEL FONT " 9"
#define FONT_TITLE FONT " Bold 13"
#define FONT_SMALL FONT " 7.5"

#define INK 0.10
#define INK_LABEL 0.38

/* Where the next line goes. Without a cairo the lines are only counted. */
struct flow {
    PangoContext *context;
    cairo_t *cairo;
    unsigned only_page; /* draws just this one; 0: all, each on a page of the surface */
    unsigned page;
    unsigned pages; /* in all, for the footer */
    double y;
    bool undrawable; /* a character had no glyph */
    const struct letter *letter;
};

static bool is_drawn(const struct flow *flow)
{
    return flow->cairo != NULL && (flow->only_page == 0 || flow->only_page == flow->page);
}

static PangoLayout *new_layout(struct flow *flow, const char *font, const char *text, double width)
{
    PangoFontDescription *description = pango_font_description_from_string(font);
    PangoLayout *layout = pango_layout_new(flow->context);
    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_text(layout, text, -1);
    if (pango_layout_get_unknown_glyphs_count(layout) > 0) {
        flow->undrawable = true;
    }
    return layout;
}

static void draw_line(const struct flow *flow, PangoLayoutLine *line, double x, double baseline,
                      double ink)
{
    if (is_drawn(flow)) {
        cairo_set_source_rgb(flow->cairo, ink, ink, ink);
        cairo_move_to(flow->cairo, x, baseline);
        pango_cairo_show_layout_line(flow->cairo, line);
    }
}

static void draw_rule(const struct flow *flow, double y)
{
    if (is_drawn(flow)) {
        cairo_set_source_rgb(flow->cairo, 0.75, 0.75, 0.75);
        cairo_set_line_width(flow->cairo, 0.5);
        cairo_move_to(flow->cairo, MARGIN_LEFT, y);
        cairo_line_to(flow->cairo, PAGE_WIDTH - MARGIN_RIGHT, y);
        cairo_stroke(flow->cairo);
    }
}

static double line_height(PangoLayoutLine *line, double *ascent)
{
    PangoRectangle logical;
    pango_layout_line_get_extents(line, NULL, &logical);
    *ascent = (double)PANGO_ASCENT(logical) / PANGO_SCALE;
    return (double)logical.height / PANGO_SCALE;
}

/* One line of small print on the present page. */
static void draw_small(struct flow *flow, const char *text, double y, PangoAlignment alignment)
{
    PangoLayout *layout = new_layout(flow, FONT_SMALL, text, TEXT_WIDTH);
    PangoLayoutLine *line = pango_layout_get_line_readonly(layout, 0);
    PangoRectangle logical;
    pango_layout_line_get_extents(line, NULL, &logical);
    double free_width = TEXT_WIDTH - (double)logical.width / PANGO_SCALE;
    double x = MARGIN_LEFT + (alignment == PANGO_ALIGN_RIGHT ? free_width : 0);
    draw_line(flow, line, x, y, INK_LABEL);
    g_object_unref(layout);
}

static void draw_footer(struct flow *flow)
{
    char page[64];
    snprintf(page, sizeof page, "გვერდი %u / %u", flow->page, flow->pages);
    draw_rule(flow, FOOTER_TOP);
    draw_small(flow, "წერილს იურიდიული ძალა აქვს კვალიფიციური ელექტრონული ხელმოწერით.",
               FOOTER_TOP + 14, PANGO_ALIGN_LEFT);
    draw_small(flow, page, FOOTER_TOP + 14, PANGO_ALIGN_RIGHT);
}

static void end_page(struct flow *flow)
{
    draw_footer(flow);
    if (flow->cairo != NULL && flow->only_page == 0) {
        cairo_show_page(flow->cairo);
    }
}

static void next_page(struct flow *flow)
{
    end_page(flow);
    flow->page++;
    flow->y = MARGIN_TOP;
}

/* The lines of a layout below one another, over as many pages as they need. */
static void put_layout(struct flow *flow, PangoLayout *layout, double x, double ink)
{
    int count = pango_layout_get_line_count(layout);
    for (int i = 0; i < count && flow->page <= LETTER_PAGES_MAX; i++) {
        PangoLayoutLine *line = pango_layout_get_line_readonly(layout, i);
        double ascent = 0;
        double height = line_height(line, &ascent) * LINE_SPACING;
        if (flow->y + height > PAGE_HEIGHT - MARGIN_BOTTOM) {
            next_page(flow);
        }
        draw_line(flow, line, x, flow->y + ascent, ink);
        flow->y += height;
    }
}

static void put_text(struct flow *flow, const char *font, const char *text)
{
    PangoLayout *layout = new_layout(flow, font, text, TEXT_WIDTH);
    put_layout(flow, layout, MARGIN_LEFT, INK);
    g_object_unref(layout);
}

/* A label at the left and, beside it, what it names. */
static void put_field(struct flow *flow, const char *label, const char *text)
{
    PangoLayout *left = new_layout(flow, FONT_LABEL, label, LABEL_WIDTH);
    PangoLayout *right = new_layout(flow, FONT_TEXT, text, TEXT_WIDTH - LABEL_WIDTH);
    double ascent = 0;
    (void)line_height(pango_layout_get_line_readonly(right, 0), &ascent);
    draw_line(flow, pango_layout_get_line_readonly(left, 0), MARGIN_LEFT, flow->y + ascent,
              INK_LABEL);
    put_layout(flow, right, MARGIN_LEFT + LABEL_WIDTH, INK);
    flow->y += 3;
    g_object_unref(left);
    g_object_unref(right);
}

/* In Georgian words; the date is Georgia's, UTC+4 all the year since 2005. */
static void format_date(int64_t when, char *text, size_t size)
{
    static const char *const months[] = {
        "იანვარი", "თებერვალი", "მარტი",      "აპრილი",    "მაისი",    "ივნისი",
        "ივლისი",  "აგვისტო",   "სექტემბერი", "ოქტომბერი", "ნოემბერი", "დეკემბერი",
    };
    time_t there = (time_t)when + (time_t)4 * 60 * 60;
    struct tm date;
    gmtime_r(&there, &date);
    snprintf(text, size, "%d წლის %d %s", date.tm_year + 1900, date.tm_mday, months[date.tm_mon]);
}

static void run(struct flow *flow)
{
    const struct letter *letter = flow->letter;
    char date[128];
    format_date(letter->composed, date, sizeof date);
    flow->page = 1;
    flow->y = MARGIN_TOP;

    put_field(flow, "ადრესატი", letter->body.name_ka);
    put_field(flow, "გამომგზავნი", letter->sender.name);
    put_field(flow, "პირადი ნომერი", letter->sender.personal_number);
    put_field(flow, "თარიღი", date);
    flow->y += 8;
    draw_rule(flow, flow->y);
    flow->y += 22;
    put_text(flow, FONT_TITLE, letter->subject);
    flow->y += 10;
    put_text(flow, FONT_TEXT, letter->text);
    flow->y += 18;
    put_text(flow, FONT_TEXT, letter->sender.name);
    end_page(flow);
}

/* Unhinted and unrounded, so that lines break alike on paper and on a picture. */
static PangoContext *new_context(void)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("ka"));
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    return context;
}

static cairo_status_t write_bytes(void *user, const unsigned char *bytes, unsigned size)
{
    return put_bytes(user, bytes, size) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static enum status measure(struct flow *flow, const char **detail)
{
    run(flow);
    if (flow->undrawable) {
        *detail = "subject, text: a character that cannot be shown";
        return STATUS_BAD_REQUEST;
    }
    if (flow->page > LETTER_PAGES_MAX) {
        *detail = "text: more than 40 pages";
        return STATUS_BAD_REQUEST;
    }
    flow->pages = flow->page;
    return STATUS_OK;
}

static void describe(cairo_surface_t *surface, const struct letter *letter)
{
    char date[sizeof "2026-11-23T12:00:00Z"];
    time_t composed = (time_t)letter->composed;
    struct tm utc;
    gmtime_r(&composed, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, letter->subject);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, letter->sender.name);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

/* Draws by the flow and reports what cairo thinks of it. */
static enum status draw(struct flow *flow, cairo_surface_t *surface)
{
    flow->cairo = cairo_create(surface);
    run(flow);
    cairo_status_t status = cairo_status(flow->cairo);
    cairo_destroy(flow->cairo);
    flow->cairo = NULL;
    if (status != CAIRO_STATUS_SUCCESS) {
        log_error("composing a letter: %s", cairo_status_to_string(status));
        return STATUS_INTERNAL;
    }
    return STATUS_OK;
}

static enum status draw_pdf(struct flow *flow, struct buffer *pdf)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_bytes, pdf, PAGE_WIDTH, PAGE_HEIGHT);
    describe(surface, flow->letter);
    enum status status = draw(flow, surface);
    cairo_surface_finish(surface);
    if (status == STATUS_OK && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        log_error("composing a letter: %s", cairo_status_to_string(cairo_surface_status(surface)));
        status = STATUS_INTERNAL;
    }
    cairo_surface_destroy(surface);
    return status;
}

enum status compose_pdf(const struct letter *letter, struct buffer *pdf, unsigned *pages,
                        const char **detail)
{
    struct flow flow = {.context = new_context(), .letter = letter};
    struct buffer drawn;
    buffer_init(&drawn, LETTER_PDF_MAX);
    enum status status = measure(&flow, detail);
    if (status == STATUS_OK) {
        status = draw_pdf(&flow, &drawn);
    }
    if (status == STATUS_OK && !put_bytes(pdf, drawn.bytes, drawn.size)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        *pages = flow.pages;
    }
    buffer_free(&drawn);
    g_object_unref(flow.context);
    return status;
}

static enum status draw_png(struct flow *flow, struct buffer *png)
{
    const double scale = COMPOSE_PREVIEW_WIDTH / PAGE_WIDTH;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, COMPOSE_PREVIEW_WIDTH,
                                                          (int)(PAGE_HEIGHT * scale + 0.5));
    cairo_surface_set_device_scale(surface, scale, scale);
    cairo_t *paper = cairo_create(surface);
    cairo_set_source_rgb(paper, 1, 1, 1);
    cairo_paint(paper);
    cairo_destroy(paper);
    enum status status = draw(flow, surface);
    if (status == STATUS_OK &&
        cairo_surface_write_to_png_stream(surface, write_bytes, png) != CAIRO_STATUS_SUCCESS) {
        status = STATUS_INTERNAL;
    }
    cairo_surface_destroy(surface);
    return status;
}

enum status compose_preview(const struct letter *letter, unsigned page, struct buffer *png)
{
    struct flow flow = {.context = new_context(), .letter = letter, .only_page = page};
    const char *detail = NULL;
    enum status status = measure(&flow, &detail);
    if (status == STATUS_OK && (page == 0 || page > flow.pages)) {
        status = STATUS_OPERATION_UNKNOWN;
    }
    if (status == STATUS_OK) {
        status = draw_png(&flow, png);
    }
    g_object_unref(flow.context);
    return status;
}
