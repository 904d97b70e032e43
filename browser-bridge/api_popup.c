/*
 * GET /popup and its parts: our own page, which a portal opens in a window where the browser keeps
 * the portal's page from the bridge. Served alike to everybody; what it does, it asks of the other
 * routes (popup/popup.js). Rules B8 and B9 of docs/security.md.
 */
#include "browser-bridge/exchange.h"
#include "browser-bridge/popup/files.h"
#include "browser-bridge/reply.h"

static void give_page(struct exchange *exchange)
{
    reply_popup_file(exchange, &popup_page, "text/html; charset=utf-8");
}

static void give_script(struct exchange *exchange)
{
    reply_popup_file(exchange, &popup_script, "text/javascript; charset=utf-8");
}

static void give_style(struct exchange *exchange)
{
    reply_popup_file(exchange, &popup_style, "text/css; charset=utf-8");
}

const struct endpoint popup_endpoint = {.complete = give_page};
const struct endpoint popup_script_endpoint = {.complete = give_script};
const struct endpoint popup_style_endpoint = {.complete = give_style};
