/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/bridge.h"
#include "net/subnet.h"

#define NETWORK "bridge"

/* The longest path that a mark holds. */
enum { PATH_LEN = 100, PATH_SIZE = PATH_LEN + 16 };

/* The path of the state directory, also of one that was removed; NULL where it is too long. */
static const char *path_of(int rundir, char path[PATH_SIZE])
{
	static const char removed[] = " (deleted)"; /* the kernel's word in the link */
	const size_t end = sizeof(removed) - 1;
	char self[32];
	struct stat dir;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", rundir);
	if ((n = readlink(self, path, PATH_SIZE - 1)) <= 0 || fstat(rundir, &dir) < 0)
		return NULL;
	if (!dir.st_nlink && (size_t)n > end && memcmp(path + n - end, removed, end) == 0)
		n -= (ssize_t)end;
	path[n] = '\0';
	return n <= PATH_LEN ? path : NULL;
}

/* Whose a bridge is, for a person to read: the state directory by its path, or, where that is long or would have to be
 * quoted somewhere, by its number. That of the machine's guise is not named. */
static const char *mark_of(int rundir, struct arena *a)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";
	char text[PATH_SIZE];
	const char *path = path_of(rundir, text);
	struct stat dir;

	if (str_eq(path, "/run/guise"))
		return BRIDGE_MARK;
	if (path && !path[strspn(path, plain)])
		return arena_printf(a, BRIDGE_MARK " of %s", path);
	return fstat(rundir, &dir) < 0 ?
		       BRIDGE_MARK :
		       arena_printf(a, BRIDGE_MARK " of %llx:%llx", (unsigned long long)dir.st_dev,
				    (unsigned long long)dir.st_ino);
}

static const char *text_of(struct arena *a, struct ip addr)
{
	char buf[IP_TEXT];

	return arena_strdup(a, ip_text(addr, buf));
}

static const char *mac_text(struct arena *a, const uint8_t mac[6])
{
	return arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			    mac[5]);
}

/* wanted: none, or one in particular. */
static int choose_address(struct live *live, struct ip subnet, struct ip wanted, bool dry, struct ip *addr,
			  struct err *e)
{
	if (dry && ip_is(wanted)) {
		*addr = wanted;
		addr->len = subnet.len;
		return 0;
	}
	if (dry) { /* the first one, as on a machine without containers */
		*addr = ip_add(subnet_gateway(subnet), 1);
		return 0;
	}
	int r = lease_take(&live->leases, subnet, live->id, wanted, addr, e);
	return r < 0 && ip_is(wanted) ?
		       err_hint(e, "leave out --ip, and the next one that is free is taken") :
		       r;
}

static int open_network(struct live *live, struct err *e)
{
	autoclose int net = openat(live->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (net < 0)
		return err_set(e, "state", errno, "open the directory of networks");
	return lease_open(&live->leases, net, NETWORK, e);
}

static int lock_network(struct live *live, struct err *e)
{
	int r = open_network(live, e);

	return r < 0 ? r : lease_lock(&live->leases, e);
}

/* The network's bridge; where there is none, what it shall be. Until it is made the network namespace is locked:
 * another guise might choose the same. */
static int find_bridge(struct state *st, struct live *live, const char *mark, bool dry,
		       struct bridge_place *place, struct err *e)
{
	int r = bridge_find(&live->route, live->arena, mark, place, e);

	if (r < 0 || place->there)
		return r;
	if (!dry && ((r = lease_lock_namespace(&live->leases, e)) < 0 ||
		     (r = bridge_find(&live->route, live->arena, mark, place, e)) < 0))
		return r;
	return place->there ? 0 : bridge_choose(&live->route, live->arena, st->pools, st->n_pools, place, e);
}

/* Neighbours would take what is for the gateway for the container's. */
static int choose_mac(struct live *live, const char *wanted, struct ip subnet, struct ip addr,
		      const char **mac, struct err *e)
{
	uint8_t of_gateway[6], own[6];

	subnet_mac(subnet_gateway(subnet), of_gateway);
	subnet_mac(addr, own);
	*mac = wanted ?: mac_text(live->arena, own);
	if (str_eq(*mac, mac_text(live->arena, of_gateway)))
		return err_set(e, "bad-mac", EADDRINUSE, "take hardware address %s", *mac),
		       err_cause(e, "the network's gateway has it");
	return 0;
}

int network_probe(struct state *st, struct live *live, const struct spec_network *wish, struct facts *f,
		  bool dry, struct err *e)
{
	char net_text[IP_TEXT];
	struct bridge_place place;
	struct ip subnet, addr, wanted = { 0 };
	int r;

	f->network = NETWORK;
	f->mark = mark_of(live->rundir, live->arena);
	if (!dry && (r = lock_network(live, e)) < 0)
		return r;
	if ((r = netlink_open(&live->route, NETLINK_ROUTE, e)) < 0 ||
	    (r = find_bridge(st, live, f->mark, dry, &place, e)) < 0)
		return r;
	subnet = place.subnets[0];
	if (wish->address)
		ip_parse(wish->address, &wanted);
	if ((r = choose_address(live, subnet, wanted, dry, &addr, e)) < 0)
		return r;
	f->bridge = arena_strdup(live->arena, place.name);
	f->mtu = place.mtu;
	f->ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	f->prefix = subnet.len;
	f->subnet = arena_strdup(live->arena, ip_net_text(ip_network(subnet), net_text));
	f->gateway = text_of(live->arena, subnet_gateway(subnet));
	f->address = text_of(live->arena, addr);
	return choose_mac(live, wish->mac, subnet, addr, &f->mac, e);
}

void network_release(struct live *live, const struct facts *f)
{
	struct ip addr;

	if (live->leases.lock >= 0 && f->address && ip_parse(f->address, &addr) == 0)
		lease_release(&live->leases, addr, live->id, &(struct err){ 0 });
}

/* What all containers share, as far as undo must know it: that goes by names and marks, the addresses don't matter. */
static int undo_shared(struct live *live, struct err *e)
{
	const struct spec s = { .network.mode = NET_BRIDGE };
	struct facts f = {
		.network = NETWORK, .gateway = "0.0.0.0", .subnet = "0.0.0.0/0", .address = "0.0.0.0"
	};
	struct plan p = { .arena = live->arena };
	struct bridge_place place;
	int r = netlink_open(&live->route, NETLINK_ROUTE, e);

	f.mark = mark_of(live->rundir, live->arena);
	if (r < 0 || ((r = bridge_find(&live->route, live->arena, f.mark, &place, e)) < 0 && r != -EEXIST))
		return r;
	f.bridge = place.name;
	live->behind = true;
	build_network_host(&p, &s, &f);
	return plan_undo(&p, live, e);
}

/* The state directory was removed. Whoever has made another one in its place has its mark, and so the bridge, which then
 * goes by what is in that one; nobody else looks for either. */
static int lock_successor(struct live *live, struct err *e)
{
	char text[PATH_SIZE];
	const char *path = path_of(live->rundir, text);
	int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat st;

	if (dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == geteuid() &&
	    faccessat(dir, "net/" NETWORK, F_OK, 0) == 0) {
		live->rundir = dir;
		return lock_network(live, e);
	}
	fd_close(&dir);
	return lease_lock_namespace(&live->leases, e);
}

int network_take_away(struct live *live, struct err *e)
{
	int r = lock_network(live, e);

	if (r == -ENOENT)
		r = lock_successor(live, e);
	return r < 0 ? r : undo_shared(live, e);
}

bool network_is_leaving(struct live *live)
{
	struct err ignored;

	return faccessat(live->rundir, "net/" NETWORK "/leaving", F_OK, 0) == 0 &&
	       open_network(live, &ignored) == 0;
}

int network_sweep(struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg), void *arg,
		  unsigned *swept, struct err *e)
{
	struct live live;
	int r;

	*swept = 0;
	if (faccessat(st->fd, "net/" NETWORK, F_OK, 0) < 0)
		return 0;
	live_init(&live, "", a, st->fd);
	if ((r = lock_network(&live, e)) == 0)
		r = lease_sweep(&live.leases, is_alive, arg, swept, e);
	if (r == 0)
		r = undo_shared(&live, e);
	live_close(&live);
	return r;
}
