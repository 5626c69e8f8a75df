/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/reload.h"

#include "base/fd.h"
#include "kernel/net/nft_watch.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"
#include "net/rules_table.h"
#include "plan/steps/net.h"
#include "state/networks.h"

struct reload {
	struct state *st;
	struct arena *arena;
	const struct strv *names;
	struct strv done; /* networks of which what is shared is as it shall be */
	reloaded_fn *tell;
	void *arg;
	/* the one that is looked at */
	const char *network, *container;
	int pidfd;   /* its first process; borrowed */
	bool stays; /* that has not ended when it was waited for */
};

/* A container that ends meanwhile takes what is its own away itself; its namespace goes a moment before its end is seen. For
 * that is waited once. */
static bool ends(struct reload *l)
{
	enum { SOON = 1000 };
	bool ended = pidfd_ended(l->pidfd, l->stays ? 0 : SOON);

	l->stays = !ended;
	return ended;
}

static void tell(const struct restored *what, void *arg)
{
	struct reload *l = arg;
	bool shared = step_ops(what->step->kind)->life == LIFE_SHARED;
	const struct reloaded done = { l->network, shared ? NULL : l->container, what };

	if (what->result < 0 && !shared && ends(l))
		return;
	l->tell(&done, l->arg);
}

/* live is anew for each, as is what of the kernel's it has read. */
static int reload_network(struct reload *l, const struct record *r, const char *network, struct target *t,
			  struct err *e)
{
	/* of containers on a further bridge, that is shared, too */
	const char *shares = arena_printf(l->arena, "%s %s", network, plan_further(&r->plan, network) ?: "");
	bool shared = !strv_has(&l->done, shares), owned = proc_has_executed(r->pid);
	struct lease_dir *leases;
	struct live live;
	int n;

	live_init(&live, r->id, l->arena, l->st->fd);
	n = net_lock_and_ask(&live, network, &leases, e);
	if (n > 0 && (n = lease_lock_namespace(&live.namespace, e)) == 0 &&
	    plan_has_lease(&r->plan, network, t)) {
		l->network = net_name(network);
		if (plan_restore(&r->plan, network, shared, owned, t, &live, tell, l) == 0 && shared)
			strv_push(l->arena, &l->done, shares);
	}
	live_close(&live);
	return n < 0 ? n : 0;
}

/* Each network of a container once, in this network namespace. */
static int reload_networks(struct reload *l, const struct record *r, struct target *t, struct err *e)
{
	struct strv seen = { 0 };
	int n = 0;

	for (size_t i = 0; n == 0 && i < r->plan.count; i++) {
		const char *network = step_network_dir(&r->plan.steps[i]);

		if (!network || strv_has(&seen, network))
			continue;
		strv_push(l->arena, &seen, network);
		if (net_is_here(network) && (!l->names->n || strv_has(l->names, net_name(network))))
			n = reload_network(l, r, network, t, e);
	}
	return n;
}

/* One that is just being removed, or whose record can't be read, is passed over. */
static int reload_container(struct reload *l, const char *id, struct err *e)
{
	struct container c;
	struct record r;
	struct target t;
	struct err ignored;
	int n = 0, pidfd = -1;

	if (container_open(&c, l->st, l->arena, id, &ignored) < 0)
		return 0;
	if (record_read(&c, l->arena, &r, &ignored) == 0 && r.pid && !r.finished)
		pidfd = proc_open(r.pid, r.start_time);
	target_init(&t, l->arena, r.pid, pidfd);
	t.id = c.id;
	t.rundir = l->st->fd;
	t.plan = &r.plan;
	l->container = r.name;
	l->pidfd = pidfd;
	l->stays = false;
	if (pidfd >= 0)
		n = reload_networks(l, &r, &t, e);
	target_close(&t);
	container_close(&c);
	return n;
}

static bool any_passes(struct state *st, struct arena *a)
{
	struct network *list;
	unsigned broken;
	size_t n = 0;
	struct err ignored;

	networks_list(st, a, &list, &n, &broken, &ignored);
	for (size_t i = 0; i < n; i++)
		if (list[i].compat)
			return true;
	return false;
}

/* Until something went that may be guise's: of its table, or, where a network has rules in others' chains, any; and then
 * until nothing more has gone for a moment, or that went on for long. */
static int await_loss(struct state *st, struct arena *a, struct netlink *nl, struct err *e)
{
	enum { QUIET_MS = 100, TURNS = 10 };
	int gone;

	do
		gone = nft_watch(nl, RULES_TABLE, -1, e);
	while (gone == 0 || (gone == NFT_GONE_ELSEWHERE && !any_passes(st, a)));
	for (int i = 0; gone > 0 && i < TURNS; i++)
		gone = nft_watch(nl, RULES_TABLE, QUIET_MS, e);
	return gone;
}

/* What it puts back itself takes away what is in its place: so it looks once more, and finds all well. */
int reload_watch(struct state *st, const struct strv *names, reloaded_fn *fn, void *arg, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = nft_watch_open(&nl, e);

	while (r >= 0) {
		struct arena a = { 0 };

		r = reload(st, &a, names, fn, arg, e);
		arena_free(&a);
		if (r >= 0)
			r = await_loss(st, &a, &nl, e);
		arena_free(&a);
	}
	netlink_close(&nl);
	return r;
}

int reload(struct state *st, struct arena *a, const struct strv *names, reloaded_fn *fn, void *arg,
	   struct err *e)
{
	struct reload l = { .st = st, .arena = a, .names = names, .tell = fn, .arg = arg };
	struct strv ids;
	int r = container_list(st, a, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = reload_container(&l, ids.v[i], e);
	return r;
}
