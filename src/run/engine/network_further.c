/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_further.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/net/link.h"
#include "net/bridge.h"
#include "net/further.h"
#include "net/rules.h"
#include "plan/fault.h"
#include "plan/steps/net.h"
#include "run/engine/network_mark.h"

/* A bridge has 1,023 ports (BR_MAX_PORTS of the kernel), of which the first needs some for the others. */
enum { PORTS_MAX = 1023, PORTS_ENOUGH = 1000 };

/* More than the ports that are left there. */
enum { FURTHERS_MAX = 128 };

/* What a network's k-th further bridge is known by: no network's name has a +. */
static const char *mark_of(const struct live *live, const char *name, unsigned k)
{
	return network_mark(live->rundir, live->arena, arena_printf(live->arena, "%s+%u", name, k));
}

/* ---- where a container is ---- */

/* None, where it is not there yet. */
static int count_ports(struct live *live, const char *bridge, unsigned *n, struct err *e)
{
	struct link_info link;
	int r = link_get(&live->route, bridge, &link, e);

	*n = 0;
	return r == -ENODEV ? 0 : r < 0 ? r : link_count_ports(&live->route, link.index, n, e);
}

/* The first name that no link has, and none is about to have (or one that a kill left unfinished); or, before that, the
 * bridge with the mark: *found, by that it has an MTU. */
static int name_further(struct live *live, const char *mark, const struct strv *about, const char **name, bool *found,
			struct err *e)
{
	struct bridge_place place = { 0 };
	int r = -EEXIST;

	for (unsigned i = 0; r == -EEXIST; i++) {
		*name = arena_printf(live->arena, FURTHER_PREFIX "%u", i);
		if (!strv_has(about, *name))
			r = bridge_find(&live->route, live->arena, *name, mark, NULL, &place, e);
	}
	*found = r == 0 && place.mtu;
	return r;
}

/* Before anything is made: has the first a port for the cable? */
static int check_first(struct live *live, const struct network_fact *n, struct err *e)
{
	unsigned ports;
	int r = count_ports(live, n->bridge, &ports, e);

	return r < 0 || ports < PORTS_MAX ? r : net_bridge_full(n->dir, n->bridge, e);
}

/* All links are looked at only before one is made. */
static int find_further(struct live *live, struct network_fact *n, unsigned k, struct strv *about, struct err *e)
{
	struct bridge_place place = { 0 };
	bool found;
	int r = lease_lock_namespace(&live->namespace, e);

	n->further_mark = mark_of(live, n->name, k);
	if (r == 0)
		r = name_further(live, n->further_mark, about, &n->further, &found, e);
	if (r == 0 && !found && (r = bridge_find_marked(&live->route, n->further_mark, &place, e)) == 0 && !*place.name)
		r = check_first(live, n, e);
	if (*place.name)
		n->further = arena_strdup(live->arena, place.name);
	strv_push(live->arena, about, n->further);
	return r;
}

/* How many the first one has. */
static unsigned first_enough(void)
{
	return fault_number("GUISE_FAULT_PORTS", PORTS_ENOUGH);
}

/* Is the network's k-th bridge (0: the first) full? Its cables are plugged in when the network is no longer locked, so those of
 * other starts are perhaps not there yet; but their addresses are taken, and by these so many bridges are full. */
static int is_full(struct live *live, const struct network_fact *n, unsigned k, unsigned containers, struct err *e)
{
	unsigned ports;
	int r;

	if (containers > first_enough() + k * PORTS_ENOUGH)
		return 1;
	r = count_ports(live, k ? n->further : n->bridge, &ports, e);
	return r < 0 ? r : ports >= (k ? PORTS_ENOUGH : first_enough());
}

/* Each container has an address of each subnet. Ports are counted only where there may be so many. */
int network_further(struct live *live, struct network_fact *n, struct strv *about, struct err *e)
{
	unsigned containers;
	int r = 0;

	if (!n->bridge || !n->n_at)
		return 0;
	containers = lease_count(&live_network(live, n->dir)->leases) / (unsigned)n->n_at;
	if (containers < first_enough())
		return 0;
	for (unsigned k = 0; r == 0 && (r = is_full(live, n, k, containers, e)) > 0; k++)
		r = find_further(live, n, k + 1, about, e);
	return r;
}

/* ---- taking away ---- */

struct furthers {
	struct live *live;
	struct plan *plan;
	struct network_fact *n;
	struct strv marks; /* of those that are in the plan */
};

static bool is_its(const struct furthers *f, const char *mark)
{
	const char *begin = arena_printf(f->live->arena, BRIDGE_MARK " %s+", f->n->name);
	const char *number = str_after(mark, begin);

	return number && str_eq(mark, mark_of(f->live, f->n->name, (unsigned)strtoul(number, NULL, 10)));
}

static void add(const char *bridge, const char *mark, void *arg)
{
	struct furthers *f = arg;

	if (!is_its(f, mark) || strv_has(&f->marks, mark))
		return;
	f->n->further = arena_strdup(f->live->arena, bridge);
	f->n->further_mark = arena_strdup(f->live->arena, mark);
	strv_push(f->live->arena, &f->marks, f->n->further_mark);
	build_further(f->plan, f->n);
}

/* One that was killed before it had a mark is known by its MAC address. */
static void add_unfinished(struct furthers *f, const struct link_info *link)
{
	for (unsigned k = 1; k <= FURTHERS_MAX; k++) {
		const char *mark = mark_of(f->live, f->n->name, k);

		if (bridge_is_unfinished(link, mark))
			add(link->name, mark, f);
	}
}

static int add_links(struct furthers *f, struct err *e)
{
	struct link_info *links;
	size_t count;
	int r = link_list(&f->live->route, f->live->arena, "bridge", &links, &count, e);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (*links[i].alias)
			add(links[i].name, links[i].alias, f);
		else if (str_after(links[i].name, FURTHER_PREFIX))
			add_unfinished(f, &links[i]);
	}
	return r;
}

int network_add_furthers(struct live *live, struct plan *p, struct network_fact *n, struct err *e)
{
	struct furthers f = { .live = live, .plan = p, .n = n };
	int r = add_links(&f, e);

	if (r == 0 && (r = net_open_nft(live, e)) == 0)
		r = rules_list_bridges(&live->nft, add, &f, e);
	return net_no_rules(r, e);
}
