/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_define.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "net/bridge.h"
#include "net/holder.h"
#include "net/subnet.h"
#include "run/engine/network_upon.h"
#include "state/networks.h"

int define_used(struct state *st, struct arena *a, struct netlink *nl, int family, const char *but,
		struct ip **used, size_t *n, struct err *e)
{
	struct network *list;
	size_t count, machine;
	struct ip *seen;
	unsigned broken;
	int r = bridge_used(nl, a, family, &seen, &machine, e);

	if (r < 0 || (r = networks_list(st, a, &list, &count, &broken, e)) < 0)
		return r;
	*used = arena_array(a, struct ip, machine + count * NETWORK_SUBNETS);
	if (machine)
		memcpy(*used, seen, machine * sizeof(**used));
	*n = machine;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < list[i].n_subnets && !str_eq(list[i].name, but); k++)
			(*used)[(*n)++] = list[i].subnets[k].subnet;
	return 0;
}

/* Who is in a subnet's way: another network, whose bridge has the address where it is up, or the machine. */
static const char *whose(struct state *st, struct arena *a, struct netlink *nl, const struct network *n,
			 struct ip subnet, struct ip taken)
{
	struct network *list;
	unsigned broken;
	size_t count = 0;
	char text[IP_TEXT];
	struct err ignored;

	networks_list(st, a, &list, &count, &broken, &ignored);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < list[i].n_subnets && !str_eq(list[i].name, n->name); k++)
			if (ip_overlap(list[i].subnets[k].subnet, subnet))
				return arena_printf(a, "network %s has %s", list[i].name,
						    ip_net_text(list[i].subnets[k].subnet, text));
	return holder_of(nl, a, taken);
}

/* Of those that a person named. A prefix shorter than /8 is a way out, and no clash (net/subnet.h). */
static int check_free(struct state *st, struct arena *a, struct netlink *nl, const struct network *n,
		      int family, const struct ip *used, size_t n_used, struct err *e)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < n->n_subnets; i++) {
		struct ip subnet = n->subnets[i].subnet;

		for (size_t k = 0; k < n_used && subnet.family == family; k++) {
			if (used[k].len < 8 || !ip_overlap(subnet, used[k]))
				continue;
			err_set(e, "subnet-taken", EADDRINUSE, "use subnet %s", ip_net_text(subnet, text));
			err_cause(e, "%s", whose(st, a, nl, n, subnet, used[k]));
			return err_hint(e, "choose another, or leave out --subnet, and a free one is taken");
		}
	}
	return 0;
}

/* The first /24 there is belongs to the network that is always there. */
static const struct ip reserved = { .family = AF_INET, .len = 24, .bytes = { 10, 10 } };

static int add_chosen(struct state *st, struct arena *a, struct network *n, int family, struct ip *used,
		      size_t n_used, struct err *e)
{
	struct ip subnet, pool, none = { 0 }, *all = arena_array(a, struct ip, n_used + 1);
	int r = family == AF_INET6 ? networks_prefix(st, &pool, e) : 0;

	if (r < 0)
		return r;
	if (n_used)
		memcpy(all, used, n_used * sizeof(*all));
	all[n_used] = reserved;
	if (family == AF_INET6)
		r = subnet_choose(&pool, 1, all, n_used + 1, &subnet, e);
	else
		r = subnet_choose(st->pools, st->n_pools, all, n_used + (st->n_pools == 0), &subnet, e);
	return r < 0 ? r : network_add_subnet(n, subnet, none, none, e);
}

static int define_family(struct state *st, struct arena *a, struct netlink *nl, struct network *n, int family,
			 bool wanted, struct err *e)
{
	struct ip *used;
	size_t n_used;
	int r = define_used(st, a, nl, family, n->name, &used, &n_used, e);

	if (r < 0 || (r = check_free(st, a, nl, n, family, used, n_used, e)) < 0 || !wanted ||
	    network_has(n, family))
		return r;
	return add_chosen(st, a, n, family, used, n_used, e);
}

static int check_interface(struct state *st, struct arena *a, struct netlink *nl, const struct network *n,
			   struct err *e)
{
	struct bridge_place place;
	struct network *list;
	unsigned broken;
	size_t count;
	int r = networks_list(st, a, &list, &count, &broken, e);

	for (size_t i = 0; r == 0 && i < count; i++)
		if (str_eq(list[i].interface, n->interface))
			return err_set(e, "interface-taken", EEXIST, "name the bridge %s", n->interface),
			       err_cause(e, "network %s has a bridge of that name", list[i].name);
	return r < 0 ? r : bridge_find(nl, a, n->interface, BRIDGE_MARK, NULL, &place, e);
}

static int make_id(struct arena *a, struct network *n, struct err *e)
{
	uint8_t raw[32];
	char *id = arena_alloc(a, 2 * sizeof(raw) + 1);

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return err_set(e, "random", errno, "make an id");
	for (size_t i = 0; i < sizeof(raw); i++)
		sprintf(id + 2 * i, "%02x", raw[i]);
	n->id = id;
	n->created = time(NULL);
	return 0;
}

int define_network(struct state *st, struct arena *a, struct netlink *nl, struct network *n, bool ipv4,
		   bool ipv6, struct err *e)
{
	int r = make_id(a, n, e);

	if (r == 0 && n->driver != DRIVER_BRIDGE)
		return upon_complete(nl, a, n, e);
	if (r == 0 && n->interface)
		r = check_interface(st, a, nl, n, e);
	if (r == 0)
		r = define_family(st, a, nl, n, AF_INET, ipv4, e);
	return r < 0 ? r : define_family(st, a, nl, n, AF_INET6, ipv6, e);
}
