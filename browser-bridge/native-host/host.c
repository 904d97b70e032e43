#include "browser-bridge/native-host/host.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "agent/client.h"
#include "base/log.h"
#include "base/portals.h"
#include "base/program.h"
#include "browser-bridge/native-host/algorithm.h"
#include "browser-bridge/native-host/command.h"
#include "browser-bridge/native-host/message.h"
#include "browser-bridge/native-host/permission.h"

#define READ_SIZE 4096
#define ANSWERS_MAX 2 /* the version and the answer */
#define TEXT_MAX 256

struct host {
    uv_loop_t loop;
    uv_pipe_t in;
    uv_pipe_t out;
    uv_write_t writes[ANSWERS_MAX];
    struct buffer answers[ANSWERS_MAX];
    size_t answer_count;
    struct buffer received;
    struct command command;
    struct agent_client *agent;
    bool unlisted_refused;
    bool answered; /* the last answer is on its way, or nobody waits for one */
    char piece[READ_SIZE];
};

/* What was being asked is cancelled; what is being written still goes out. */
static void finish(struct host *host)
{
    host->answered = true;
    agent_client_close(&host->agent);
    if (!uv_is_closing((uv_handle_t *)&host->in)) {
        uv_close((uv_handle_t *)&host->in, NULL);
    }
}

static void hang_up(struct host *host)
{
    finish(host);
    if (!uv_is_closing((uv_handle_t *)&host->out)) {
        uv_close((uv_handle_t *)&host->out, NULL);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct host *host = write->data;
    bool is_last = host->answered && write == &host->writes[host->answer_count - 1];
    if (status < 0 || is_last) {
        hang_up(host);
    }
}

/* Takes the object over. */
static bool say(struct host *host, json_t *object)
{
    struct buffer *answer = &host->answers[host->answer_count];
    uv_write_t *write = &host->writes[host->answer_count];
    buffer_init(answer, MESSAGE_LENGTH_SIZE + MESSAGE_ANSWER_MAX);
    bool made = object != NULL && message_put(answer, object);
    json_decref(object);
    if (!made) {
        return false;
    }
    host->answer_count++;
    write->data = host;
    uv_buf_t bytes = uv_buf_init((char *)answer->bytes, (unsigned)answer->size);
    return uv_write(write, (uv_stream_t *)&host->out, &bytes, 1, on_written) == 0;
}

static void answer(struct host *host, json_t *object)
{
    if (host->answered) {
        json_decref(object);
        return;
    }
    finish(host);
    if (!say(host, object)) {
        log_error("an answer could not be written");
        hang_up(host);
    }
}

/* The protocol has few codes: ours stands in the message, for a developer. */
static const char *code_of(enum status status)
{
    switch (status) {
    case STATUS_USER_CANCELLED:
        return "ERR_WEBEID_USER_CANCELLED";
    case STATUS_USER_TIMEOUT:
        return "ERR_WEBEID_USER_TIMEOUT";
    case STATUS_BAD_REQUEST:
    case STATUS_NONCE_TOO_SHORT:
        return "ERR_WEBEID_NATIVE_INVALID_ARGUMENT";
    default:
        return "ERR_WEBEID_NATIVE_FATAL";
    }
}

static void fail(struct host *host, enum status status, const char *detail)
{
    char message[TEXT_MAX];
    snprintf(message, sizeof message, "%s%s%s", status_code(status), detail != NULL ? ": " : "",
             detail != NULL ? detail : "");
    answer(host, json_pack("{s:{s:s, s:s}}", "error", "code", code_of(status), "message", message));
}

/* What the extension gets of the agent's answer; NULL when that lacks what was asked for. */
static json_t *given_by(const struct command *command, const json_t *agent)
{
    json_t *token = json_object_get(agent, "token");
    const char *algorithm = json_string_value(json_object_get(agent, "algorithm"));
    switch (command->kind) {
    case COMMAND_AUTHENTICATE:
        return json_is_object(token) ? json_incref(token) : NULL;
    case COMMAND_GET_SIGNING_CERTIFICATE:
        return algorithm == NULL
                   ? NULL
                   : json_pack("{s:O, s:o}", "certificate", json_object_get(agent, "certificate"),
                               "supportedSignatureAlgorithms", algorithms_of(algorithm));
    case COMMAND_SIGN:
        return algorithm == NULL
                   ? NULL
                   : json_pack("{s:O, s:o}", "signature", json_object_get(agent, "signature"),
                               "signatureAlgorithm", algorithm_of(algorithm));
    default:
        return NULL;
    }
}

static void on_agent_answer(void *context, enum status status, const json_t *agent)
{
    struct host *host = context;
    json_t *given;
    if (status != STATUS_OK) {
        fail(host, status, json_string_value(json_object_get(agent, "detail")));
    } else if ((given = given_by(&host->command, agent)) == NULL) {
        fail(host, STATUS_INTERNAL, "the agent's answer lacks what was asked for");
    } else {
        answer(host, given);
    }
}

static void on_agent_ended(void *context, enum agent_client_end end)
{
    if (end == AGENT_CLIENT_LOST) {
        fail(context, STATUS_INTERNAL, "the agent was lost");
    }
}

static const struct agent_client_handlers agent_handlers = {
    .answer = on_agent_answer,
    .ended = on_agent_ended,
};

/* Takes the request over. */
static void ask_agent(struct host *host, json_t *request)
{
    if (request != NULL) {
        host->agent = agent_client_start(&host->loop, request, &agent_handlers, host);
    }
    json_decref(request);
    if (host->agent == NULL) {
        fail(host, STATUS_PROMPT_UNAVAILABLE, "piradi-agent is not running");
    }
}

static const char *reason_of(enum status status)
{
    switch (status) {
    case STATUS_ORIGIN_NOT_ALLOWED:
        return "the administrator lets only listed origins ask";
    case STATUS_POLICY_REFUSED:
        return "the administrator does not let this origin ask for this";
    case STATUS_REQUEST_SIGNATURE_INVALID:
        return "this portal must sign its requests, which an extension cannot pass on";
    default:
        return "the portals' files cannot be read";
    }
}

static enum status check_permission(const struct host *host, enum portal_permission asked,
                                    bool *listed)
{
    char folder[PATH_MAX];
    struct portals *portals = program_config_path("portals", folder) ? portals_load(folder) : NULL;
    enum status status = STATUS_INTERNAL;
    if (portals != NULL) {
        status =
            permission_check(portals, host->unlisted_refused, host->command.origin, asked, listed);
    }
    portals_free(&portals);
    return status;
}

static void ask_if_allowed(struct host *host, enum portal_permission asked)
{
    const struct command *command = &host->command;
    bool listed;
    enum status status = check_permission(host, asked, &listed);
    if (status != STATUS_OK) {
        fail(host, status, reason_of(status));
        return;
    }
    switch (asked) {
    case PORTAL_MAY_AUTHENTICATE:
        ask_agent(host, json_pack("{s:s, s:s, s:s, s:o*}", "command", "authenticate", "origin",
                                  command->origin, "nonce", command->nonce, "listed",
                                  listed ? NULL : json_false()));
        break;
    case PORTAL_MAY_READ_CERTIFICATE:
        ask_agent(host, json_pack("{s:s, s:s}", "command", "signing-certificate", "origin",
                                  command->origin));
        break;
    default:
        ask_agent(host, json_pack("{s:s, s:s, s:s, s:s, s:s}", "command", "sign-hash", "origin",
                                  command->origin, "hash", command->hash, "hash_function",
                                  command->hash_function, "certificate", command->certificate));
    }
}

static void obey(struct host *host)
{
    switch (host->command.kind) {
    case COMMAND_AUTHENTICATE:
        ask_if_allowed(host, PORTAL_MAY_AUTHENTICATE);
        break;
    case COMMAND_GET_SIGNING_CERTIFICATE:
        ask_if_allowed(host, PORTAL_MAY_READ_CERTIFICATE);
        break;
    case COMMAND_SIGN:
        ask_if_allowed(host, PORTAL_MAY_SIGN_HASH);
        break;
    case COMMAND_QUIT:
        answer(host, json_object());
        break;
    case COMMAND_STATUS:
        answer(host, json_pack("{s:s}", "version", HOST_VERSION));
        break;
    }
}

static void take_command(struct host *host)
{
    struct reader payload;
    char wrong[COMMAND_WRONG_MAX];
    switch (message_first(host->received.bytes, host->received.size, &payload)) {
    case MESSAGE_INCOMPLETE:
        return;
    case MESSAGE_MALFORMED:
        fail(host, STATUS_BAD_REQUEST, "a message has 1 to 8192 bytes");
        return;
    case MESSAGE_COMPLETE:
        break;
    }
    enum status status = command_parse(payload.next, payload.left, &host->command, wrong);
    if (status == STATUS_OK) {
        obey(host);
    } else {
        fail(host, status, wrong);
    }
}

static void on_allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *bytes)
{
    struct host *host = handle->data;
    (void)wanted;
    *bytes = uv_buf_init(host->piece, sizeof host->piece);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct host *host = stream->data;
    if (size < 0) {
        hang_up(host);
    } else if (host->command.object != NULL) {
        fail(host, STATUS_BAD_REQUEST, "one conversation has one command");
    } else if (!put_bytes(&host->received, bytes->base, (size_t)size)) {
        fail(host, STATUS_BAD_REQUEST, "a message has 1 to 8192 bytes");
    } else {
        take_command(host);
    }
}

static bool open_pipes(struct host *host, int in_fd, int out_fd)
{
    bool made = uv_pipe_init(&host->loop, &host->in, 0) == 0 &&
                uv_pipe_init(&host->loop, &host->out, 0) == 0;
    host->in.data = host;
    return made && uv_pipe_open(&host->in, in_fd) == 0 && uv_pipe_open(&host->out, out_fd) == 0 &&
           uv_read_start((uv_stream_t *)&host->in, on_allocate, on_read) == 0;
}

bool host_converse(int in_fd, int out_fd, bool unlisted_refused)
{
    struct host host = {.unlisted_refused = unlisted_refused};
    buffer_init(&host.received, MESSAGE_LENGTH_SIZE + MESSAGE_MAX);
    if (uv_loop_init(&host.loop) != 0 || !open_pipes(&host, in_fd, out_fd) ||
        !say(&host, json_pack("{s:s}", "version", HOST_VERSION))) {
        log_error("standard input and output are not what a browser gives");
        return false;
    }
    uv_run(&host.loop, UV_RUN_DEFAULT);
    command_free(&host.command);
    for (size_t i = 0; i < host.answer_count; i++) {
        buffer_free(&host.answers[i]);
    }
    buffer_free(&host.received);
    return uv_loop_close(&host.loop) == 0;
}
