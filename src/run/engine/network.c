/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/net/link.h"
#include "net/bridge.h"
#include "net/former.h"
#include "net/subnet.h"
#include "plan/steps/net.h"
#include "run/engine/lease_owner.h"
#include "run/engine/network_define.h"
#include "run/engine/network_dns.h"
#include "run/engine/network_further.h"
#include "run/engine/network_mark.h"
#include "run/engine/network_parent.h"
#include "run/start/network_pass.h"
#include "state/networks.h"

#define NETWORK "bridge"

/* Of its leases, below net/: each network namespace has its own, as it has a bridge of its own. */
static const char *dir_of(struct arena *a, const char *name)
{
	struct stat here;

	return stat("/proc/self/ns/net", &here) < 0 ?
		       name :
		       arena_printf(a, "%llu/%s", (unsigned long long)here.st_ino, name);
}

static const char *text_of(struct arena *a, struct ip addr)
{
	char buf[IP_TEXT];

	return arena_strdup(a, ip_text(addr, buf));
}

static const char *mac_of(struct arena *a, struct ip addr)
{
	uint8_t m[6];

	subnet_mac(addr, m);
	return arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static int open_network(struct live *live, const char *dir, struct live_network **n, struct err *e)
{
	autoclose int net = openat(live->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*n = live_network(live, dir);
	if (net < 0)
		return err_set(e, "state", errno, "open the directory of networks");
	return lease_open(&(*n)->leases, net, dir, e);
}

static int lock_network(struct live *live, const char *dir, struct live_network **n, struct err *e)
{
	int r = open_network(live, dir, n, e);

	return r < 0 ? r : lease_lock(&(*n)->leases, e);
}

static int open_route(struct live *live, struct err *e)
{
	return live->route.fd >= 0 ? 0 : netlink_open(&live->route, NETLINK_ROUTE, e);
}

/* ---- what a plan must know ---- */

/* A subnet for the network that is always there, beside what the machine uses and others are defined with. */
static int choose_subnet(struct state *st, struct live *live, struct bridge_place *place, struct err *e)
{
	struct ip *used;
	size_t n;
	int r = define_used(st, live->arena, &live->route, AF_INET, NULL, &used, &n, e);

	if (r < 0)
		return r;
	place->mtu = bridge_mtu(&live->route);
	return bridge_choose(st->pools, st->n_pools, used, n, place, e);
}

/* What a person defined it with. */
static void take_subnets(const struct network *def, struct bridge_place *place)
{
	place->n_subnets = def->n_subnets;
	for (size_t i = 0; i < def->n_subnets; i++) {
		place->subnets[i] = def->subnets[i].subnet;
		place->gateways[i] = def->subnets[i].gateway;
	}
}

/* The network's bridge; where there is none, what it shall be. Until it is made the network namespace is locked:
 * another guise might choose the same. */
static int find_bridge(struct state *st, struct live *live, const char *mark, const struct network *def,
		       const struct strv *about, bool dry, struct bridge_place *place, struct err *e)
{
	const char *name = def ? def->interface : NULL;
	int r = bridge_find(&live->route, live->arena, name, mark, about, place, e);

	if (r == 0 && !place->there && !dry && (r = lease_lock_namespace(&live->namespace, e)) == 0)
		r = bridge_find(&live->route, live->arena, name, mark, about, place, e);
	if (r < 0)
		return r;
	if (!def)
		return place->there ? 0 : choose_subnet(st, live, place, e);
	take_subnets(def, place);
	if (!place->there)
		place->mtu = def->mtu ? def->mtu : bridge_mtu(&live->route);
	return 0;
}

/* wanted: none, or one in particular. dry: the first one, as on a machine without containers. */
static int choose_address(struct live *live, const struct network_fact *n, const struct lease_pool *pool,
			  struct ip wanted, bool dry, struct ip *addr, struct err *e)
{
	struct lease_dir *leases;
	int r;

	*addr = ip_is(wanted) ? wanted : ip_add(pool->gateway, 1);
	addr->len = pool->subnet.len;
	if (dry)
		return n->parent ? network_pass_over(live, NULL, pool, wanted, addr, e) : 0;
	leases = &live_network(live, n->dir)->leases;
	r = lease_take(leases, pool, live->id, wanted, addr, e);
	if (r == 0 && n->parent)
		r = network_pass_over(live, leases, pool, wanted, addr, e);
	return r < 0 && ip_is(wanted) ?
		       err_hint(e, "leave out --ip, and the next one that is free is taken") :
		       r;
}

/* The container's end has the MAC address that is wished for, or one made of its address. Neighbours would
 * take what is for the gateway for the container's. */
static int choose_mac(struct live *live, const struct network_fact *n, const char *wanted, struct ip addr,
		      const char **mac, struct err *e)
{
	*mac = wanted ?: mac_of(live->arena, addr);
	if (str_eq(*mac, n->bridge_mac))
		return err_set(e, "bad-mac", EADDRINUSE, "take hardware address %s", *mac),
		       err_cause(e, "the network's gateway has it");
	return 0;
}

static int add_address(struct live *live, struct network_fact *n, const struct spec_attachment *wish,
		       const struct lease_pool *pool, bool dry, struct err *e)
{
	struct address_fact *at = &n->at[n->n_at];
	struct ip addr, wanted = { 0 };
	char text[IP_TEXT];
	int r;

	if (pool->subnet.family == AF_INET6 ? wish->address6 : wish->address)
		ip_parse(pool->subnet.family == AF_INET6 ? wish->address6 : wish->address, &wanted);
	if ((r = choose_address(live, n, pool, wanted, dry, &addr, e)) < 0)
		return r;
	at->subnet = arena_strdup(live->arena, ip_net_text(pool->subnet, text));
	at->gateway = text_of(live->arena, pool->gateway);
	at->address = text_of(live->arena, addr);
	at->prefix = pool->subnet.len;
	at->way_out = !n->internal && !n->no_default_route;
	n->n_at++; /* known to network_release() from here on */
	if (!dry && !n->parent &&
	    (r = former_forget(&live_network(live, n->dir)->leases, pool, addr, e)) < 0)
		return r;
	if (n->n_at > 1 || n->mac) /* its parent's */
		return 0;
	if (!n->parent)
		n->bridge_mac = mac_of(live->arena, pool->gateway);
	return choose_mac(live, n, wish->mac, addr, &n->mac, e);
}

/* The definition of a network but the one that is always there, which has none: NULL. */
static int find_definition(struct state *st, struct live *live, struct network_fact *n,
			   const struct network **def, struct err *e)
{
	struct network *found = arena_new(live->arena, struct network);
	int r;

	*def = NULL;
	if (str_eq(n->name, NETWORK))
		return 0;
	if ((r = networks_load(st, live->arena, n->name, found, e)) < 0)
		return r;
	n->internal = found->internal;
	n->no_default_route = found->no_default_route;
	n->open = found->open;
	if (found->dns_server && found->driver == DRIVER_BRIDGE)
		network_dns(live, n);
	*def = found;
	return 0;
}

/* In the place of a bridge. */
static int find_parent(struct live *live, struct network_fact *n, const struct spec_attachment *wish,
		       const struct network *def, struct bridge_place *place, struct err *e)
{
	*place = (struct bridge_place){ .there = true, .mtu = def->mtu };
	take_subnets(def, place);
	return network_parent(live, def, wish, n, e);
}

/* about: the bridges that the networks before it have, or are about to. */
static int probe_one(struct state *st, struct live *live, struct network_fact *n,
		     const struct spec_attachment *wish, struct strv *about, bool dry, struct err *e)
{
	const struct network *def;
	struct bridge_place place;
	int r = find_definition(st, live, n, &def, e);

	if (r == 0 && def && def->driver != DRIVER_BRIDGE)
		r = find_parent(live, n, wish, def, &place, e);
	else if (r == 0 && (r = find_bridge(st, live, n->mark, def, about, dry, &place, e)) == 0)
		strv_push(live->arena, about, n->bridge = arena_strdup(live->arena, place.name));
	if (r < 0)
		return r;
	n->mtu = place.mtu;
	n->at = arena_array(live->arena, struct address_fact, place.n_subnets);
	for (size_t i = 0; r == 0 && i < place.n_subnets; i++) {
		struct lease_pool pool = { .subnet = place.subnets[i],
					   .gateway = place.gateways[i],
					   .is_alive = lease_owner_is_alive,
					   .arg = st };

		if (def)
			pool.range = def->subnets[i].range;
		r = add_address(live, n, wish, &pool, dry, e);
	}
	if (r == 0 && !dry)
		r = network_further(live, n, about, e);
	n->is_new = !place.there;
	return r < 0 || !def || !def->compat ? r : network_pass(live, n, e);
}

/* The default route of a family goes by the first network that has it. */
static void choose_ways_out(struct facts *f)
{
	bool taken[2] = { false, false };

	for (size_t i = 0; i < f->n_networks; i++) {
		for (size_t k = 0; k < f->networks[i].n_at; k++) {
			struct address_fact *at = &f->networks[i].at[k];
			bool *family = &taken[!!strchr(at->address, ':')];

			at->way_out = at->way_out && !*family;
			*family |= at->way_out;
		}
	}
}

static const struct spec_attachment *list_wishes(struct arena *a, const struct spec_network *wish, size_t *n)
{
	struct spec_network all = *wish;

	spec_network_first(a, &all);
	*n = all.n_attachments;
	for (size_t i = 0; i < *n; i++)
		if (!all.attachments[i].bandwidth.in && !all.attachments[i].bandwidth.out)
			all.attachments[i].bandwidth = all.bandwidth;
	return all.attachments;
}

/* The next of eth0, eth1, ... that nobody wished for. */
static const char *free_link(struct arena *a, const struct spec_attachment *wishes, size_t count,
			     unsigned *next)
{
	const char *link = arena_printf(a, "eth%u", (*next)++);

	for (size_t i = 0; i < count; i++)
		if (str_eq(wishes[i].link, link))
			return free_link(a, wishes, count, next);
	return link;
}

const char *network_cable(struct arena *a, const char *id, size_t i)
{
	return i ? arena_printf(a, "gv%.10s.%zu", id, i) : arena_printf(a, "gv%.10s", id);
}

static void name_networks(struct live *live, const struct spec_attachment *wishes, size_t count,
			  struct facts *f)
{
	unsigned next = 0;

	f->n_networks = count;
	f->networks = arena_array(live->arena, struct network_fact, count);
	for (size_t i = 0; i < count; i++) {
		struct network_fact *n = &f->networks[i];

		n->name = wishes[i].network;
		n->dir = dir_of(live->arena, n->name);
		n->mark = network_mark(live->rundir, live->arena, n->name);
		n->aliases = wishes[i].aliases;
		n->bandwidth = wishes[i].bandwidth;
		n->link = wishes[i].link ? wishes[i].link : free_link(live->arena, wishes, count, &next);
		n->cable = network_cable(live->arena, live->id, i);
	}
}

static int by_dir(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of the directories: net/lease.h. */
static int lock_networks(struct live *live, const struct facts *f, struct err *e)
{
	const char **dirs = arena_array(live->arena, const char *, f->n_networks);
	struct live_network *n;
	int r = 0;

	for (size_t i = 0; i < f->n_networks; i++)
		dirs[i] = f->networks[i].dir;
	qsort(dirs, f->n_networks, sizeof(*dirs), by_dir);
	for (size_t i = 0; r == 0 && i < f->n_networks; i++)
		r = lock_network(live, dirs[i], &n, e);
	return r;
}

int network_probe(struct state *st, struct live *live, const struct spec_network *wish, struct facts *f,
		  bool dry, struct err *e)
{
	const struct spec_attachment *wishes;
	struct strv about = { 0 };
	size_t count;
	int r;

	wishes = list_wishes(live->arena, wish, &count);
	name_networks(live, wishes, count, f);
	f->ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	if ((!dry && (r = lock_networks(live, f, e)) < 0) || (r = open_route(live, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < f->n_networks; i++)
		r = probe_one(st, live, &f->networks[i], &wishes[i], &about, dry, e);
	for (size_t i = 0; r == 0 && !dry && i < f->n_networks; i++)
		if (f->networks[i].is_new)
			network_pass_note(live, &f->networks[i], f);
	choose_ways_out(f);
	return r;
}

void network_release(struct live *live, const struct facts *f)
{
	for (size_t i = 0; i < f->n_networks; i++) {
		struct lease_dir *leases = &live_network(live, f->networks[i].dir)->leases;

		for (size_t k = 0; leases->lock >= 0 && k < f->networks[i].n_at; k++) {
			struct ip addr;

			if (ip_parse(f->networks[i].at[k].address, &addr) == 0)
				lease_release(leases, addr, live->id, &(struct err){ 0 });
		}
	}
}

/* ---- taking away ---- */

/* What all containers of a network share, as far as undo must know it: that goes by names and marks, the
 * addresses don't matter. */
static int undo_shared(struct live *live, const char *dir, struct err *e)
{
	const char *slash = strrchr(dir, '/'), *name = slash ? slash + 1 : dir;
	const struct spec s = { .network.mode = NET_BRIDGE };
	struct address_fact at[] = { { "0.0.0.0/0", "0.0.0.0", "0.0.0.0", 0, false },
				     { "::/0", "::", "::", 0, false } };
	struct network_fact n = {
		.name = name, .dir = dir, .at = at, .n_at = 2, .dns_server = true, .published = true,
		.localnet = true
	};
	struct pass_fact any = { 0, "", "", false };
	const struct facts f = { .networks = &n, .n_networks = 1 };
	struct plan p = { .arena = live->arena };
	struct bridge_place place;
	int r = open_route(live, e);

	n.mark = network_mark(live->rundir, live->arena, name);
	if (r < 0 || (r = bridge_find_marked(&live->route, n.mark, &place, e)) < 0)
		return r;
	/* or one that was left unfinished, without a mark */
	if (!*place.name && (r = bridge_find(&live->route, live->arena, NULL, n.mark, NULL, &place, e)) < 0 &&
	    r != -EEXIST)
		return r;
	n.bridge = place.name;
	n.pass = &any;
	n.n_pass = faccessat(live->rundir, arena_printf(live->arena, "net/%s/" NET_PASS, dir), F_OK, 0) == 0;
	live->behind = true;
	build_network_host(&p, &s, &f);
	r = network_add_furthers(live, &p, &n, e);
	return r < 0 ? r : plan_undo(&p, live, e);
}

/* The state directory was removed. Whoever has made another one in its place has its mark, and so the
 * bridge, which then goes by what is in that one; nobody else looks for either. */
static int lock_successor(struct live *live, const char *network, struct live_network **n, struct err *e)
{
	const char *where = arena_printf(live->arena, "net/%s", network);
	char text[NETWORK_PATH];
	const char *path = network_path(live->rundir, text);
	int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat st;

	if (dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == geteuid() &&
	    faccessat(dir, where, F_OK, 0) == 0) {
		live->rundir = dir;
		return lock_network(live, network, n, e);
	}
	fd_close(&dir);
	return lease_lock_namespace(&live->namespace, e);
}

int network_take_away(struct live *live, const char *dir, struct live_network **n, struct err *e)
{
	int r = lock_network(live, dir, n, e);

	if (r == -ENOENT)
		r = lock_successor(live, dir, n, e);
	return r < 0 ? r : undo_shared(live, dir, e);
}

void network_find_leaving(struct live *live)
{
	const char *here = dir_of(live->arena, "");
	autoclose int dir = openat(live->rundir, arena_printf(live->arena, "net/%s", here),
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	struct live_network *n;
	struct err ignored;

	for (const char *name; dir >= 0 && (name = io_dir_next(&d));) {
		if (faccessat(dir, arena_printf(live->arena, "%s/leaving", name), F_OK, 0) == 0 &&
		    open_network(live, arena_printf(live->arena, "%s%s", here, name), &n, &ignored) == 0)
			n->leaving = true;
	}
}

/* In another network namespace only the leases can be swept: the word is left for whoever comes there. */
static int sweep_one(struct live *live, const char *dir, bool (*is_alive)(const char *id, void *arg),
		     void *arg, unsigned *swept, struct err *e)
{
	bool here = str_after(dir, dir_of(live->arena, ""));
	struct live_network *n;
	int r = lock_network(live, dir, &n, e);

	if (r == 0)
		r = roster_sweep(n->leases.fd, live->arena, is_alive, arg, e);
	if (r == 0)
		r = lease_sweep(&n->leases, is_alive, arg, swept, e);
	if (r < 0 || here)
		return r < 0 ? r : undo_shared(live, dir, e);
	if (lease_any(&n->leases, e) == 0)
		lease_leave(&n->leases);
	return 0;
}

int network_sweep_of(struct live *live, const char *name, bool (*is_alive)(const char *id, void *arg), void *arg,
		     struct err *e)
{
	const char *dir = dir_of(live->arena, name);
	bool behind = live->behind;
	struct lease_dir *leases;
	unsigned swept = 0;
	int r = net_lock(live, dir, &leases, e);

	if (r == 0 && leases)
		r = lease_sweep(leases, is_alive, arg, &swept, e);
	if (r == 0 && swept)
		r = undo_shared(live, dir, e);
	live->behind = behind;
	return r;
}

/* All networks of a namespace, which is a directory below net/. */
static int sweep_namespace(struct state *st, struct arena *a, int net, const char *namespace,
			   bool (*is_alive)(const char *id, void *arg), void *arg, unsigned *swept,
			   struct err *e)
{
	autoclose int dir = openat(net, namespace, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	int r = 0;

	for (const char *name; dir >= 0 && r == 0 && (name = io_dir_next(&d));) {
		unsigned here = 0;
		struct live live;

		if (*name == '.') /* what belongs to all of them */
			continue;
		live_init(&live, "", a, st->fd);
		r = sweep_one(&live, arena_printf(a, "%s/%s", namespace, name), is_alive, arg, &here, e);
		live_close(&live);
		*swept += here;
	}
	return r;
}

int network_sweep(struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg), void *arg,
		  unsigned *swept, struct err *e)
{
	autoclose int net = openat(st->fd, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(net);
	int r = 0;

	*swept = 0;
	for (const char *name; net >= 0 && r == 0 && (name = io_dir_next(&d));)
		r = sweep_namespace(st, a, net, name, is_alive, arg, swept, e);
	return r;
}
