/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/restore.h"
#include "state/state.h"

/*
 * Networks are put back after others took parts of them away: the rules by `nft flush ruleset`, forwarding by a file of
 * sysctl.d, a bridge by hand. What they shall be is in the records: of each container that runs, the steps of its plan
 * that are about a network in this network namespace, and that can be restored from outside (plan/restore.h).
 *
 * A network is locked meanwhile, and its namespace (net/lease.h), so that neither a start nor the last container's end
 * comes between. Only a container that has its lease counts: one that has ended gives that back first. What its
 * containers share is looked at once; what is a container's own, only when its command is executed: until then its
 * guise may be about to make it.
 */
struct reloaded {
	const char *network, *container; /* container NULL: what they share */
	const struct restored *what;
};
typedef void reloaded_fn(const struct reloaded *done, void *arg);

/* Those of that name, or, where names is empty, all. tell is called for each thing that was not as it shall be. Fails
 * only where nothing can be looked at. */
int reload(struct state *st, struct arena *a, const struct strv *names, reloaded_fn *tell, void *arg,
	   struct err *e);

/* Now, and again whenever something of guise's rules is taken away; many at once count as one. Returns only when that
 * can't be. What killed guises left behind is not looked at, for which more privilege is needed than CAP_NET_ADMIN. */
int reload_watch(struct state *st, const struct strv *names, reloaded_fn *tell, void *arg, struct err *e);
