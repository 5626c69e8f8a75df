/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "kernel/net/netlink.h"
#include "spec/spec.h"

/*
 * Repairs: steps of no container's. Each changes one thing in one network namespace, which is named by a path
 * (/run/netns/net1, /proc/4711/ns/net; "": the one that guise is in), and has in it what was before, so that undo gives
 * that back, whoever made it. An undo that finds it changed once more by somebody else does no harm: it writes what was.
 */

/* STEP_FIX_LINK: `ip link set LINK KEY VALUE`. keys: see fix_link.c */
struct step_fix_link {
	const char *netns, *link, *key, *value, *was;
};

/* STEP_FIX_ADDRESS */
struct step_fix_address {
	const char *netns, *link, *address; /* "10.10.0.1/24" */
	bool remove;
};

/* STEP_FIX_NEIGHBOUR: an entry is deleted. */
struct step_fix_neighbour {
	const char *netns, *link, *address, *mac;
	uint64_t state; /* NUD_*, that undo gives it again */
};

/* STEP_FIX_ROUTE */
struct step_fix_route {
	const char *netns;
	const char *to, *via, *link, *source; /* "" default, none */
	uint64_t family, type, table, scope, protocol, metric;
	bool remove;
};

/* STEP_FIX_POLICY: a rule of ip-rule(8) */
struct step_fix_policy {
	const char *netns;
	const char *from, *to, *iif, *oif; /* "": any */
	uint64_t family, action, table, priority, mark, mask;
	bool invert, remove;
};

/* STEP_FIX_SETTING: a sysctl */
struct step_fix_setting {
	const char *netns, *name, *value, *was;
};

/* STEP_FIX_RULE: kernel/net/nft_insert.h */
struct step_fix_rule {
	const char *netns, *table, *chain;
	uint64_t family, before; /* NFPROTO_* */
	const char *in, *out, *not_out, *source;
	bool replies, masquerade, own_table, xtables;
	const char *comment;
};

/* STEP_FIX_PROGRAM: see fix_rule.c */
struct step_fix_program {
	const char *netns;
	struct strv argv, back;
};

/* ---- what they have in common: fix.c ---- */

struct step;
struct target;

/* Nobody's process has them: whether one holds is seen by looking at the world anew (observe/findings). */
int fix_read(const struct step *want, struct target *t, struct step *have, struct str *text);

/* A socket of that protocol in that namespace. */
int fix_open(const char *netns, int protocol, struct netlink *nl, struct err *e);

/* Call fn(arg) in that namespace, as ns_call(). */
int fix_call(const char *netns, int (*fn)(const void *arg, void *out), const void *arg, struct err *e);

/* The same, and the index of that link there; "": 0. The socket is left open where both succeed. */
int fix_open_link(const char *netns, const char *link, struct netlink *nl, int *index, struct err *e);

/* The beginning of a line that does it there: "ip netns exec net1 ", or "". */
const char *fix_enter(const struct str *out, const char *netns);
