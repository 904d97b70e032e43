/* What every route may use; owned by main. */
#ifndef PIRADI_BRIDGE_BRIDGE_H
#define PIRADI_BRIDGE_BRIDGE_H

#include <stddef.h>
#include <uv.h>

struct agent_state;
struct documents;
struct kept_answer;
struct limits;
struct nonces;
struct operations;
struct portals;

struct bridge {
    uv_loop_t *loop;
    const struct portals *portals;
    struct agent_state *agent;
    struct documents *documents;
    struct limits *limits;
    struct nonces *nonces;
    struct operations *operations;
    struct kept_answer *status; /* the last that was given; NULL: none yet */
    size_t streams;             /* of events, open now */
};

#endif
