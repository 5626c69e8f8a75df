/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <string.h>

#include "observe/walk/eval.h"

/* Between the files of xtables' extensions. The struct of one is as long as its kernel made it, or as a stranger's file
 * says: info_take() copies n bytes of it, false where there are fewer. */
static inline bool info_take(const struct world_xt_extension *x, void *out, size_t n)
{
	if (x->info.n < n)
		return false;
	memcpy(out, x->info.v, n);
	return true;
}

/* conntrack, state, connmark and others that look at the connection (xt_conn.c); false: it is none of these. */
bool xt_conn_match(struct eval *ev, const struct world_xt_extension *x, enum truth *t);

/* A struct that is shorter than its revision says, or a revision that isn't known: MAYBE. */
enum truth xt_strange(struct eval *ev);

/* xt_where.c */
enum truth xt_addrtype(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_iprange(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_physdev(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_mac(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_owner(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_cgroup(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_pkttype(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_rpfilter(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_set(struct eval *ev, const struct world_xt_extension *x);

/* xt_time.c */
enum truth xt_time(struct eval *ev, const struct world_xt_extension *x);

/* xt_u32.c */
enum truth xt_string(struct eval *ev, const struct world_xt_extension *x);
enum truth xt_u32(struct eval *ev, const struct world_xt_extension *x);

/* Of ebtables: false, it is none of these. (xt_bridge.c) */
bool xt_bridge_match(struct eval *ev, const struct world_xt_extension *x, enum truth *t);
enum end xt_bridge_mark(struct eval *ev, const struct world_xt_extension *x);
