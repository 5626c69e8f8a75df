/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cni/cni.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/net/link.h"
#include "plan/restore.h"
#include "run/start/inside.h"

int cni_open_netns(const char *path, int *fd, struct err *e)
{
	autoclose int ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat there, here;

	if (ns < 0)
		return err_set(e, "cni-namespace", errno, "open CNI_NETNS %s", path);
	if (ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWNET) {
		err_set(e, "cni-namespace", EINVAL, "open CNI_NETNS %s", path);
		return err_cause(e, "it is no network namespace");
	}
	if (fstat(ns, &there) == 0 && stat("/proc/self/ns/net", &here) == 0 && there.st_ino == here.st_ino) {
		err_set(e, "cni-namespace", EINVAL, "open CNI_NETNS %s", path);
		return err_cause(e, "it is the network namespace that guise-cni is in");
	}
	*fd = take_fd(&ns);
	return 0;
}

static void build(struct plan *p, const struct facts *f)
{
	const struct spec s = { .network.mode = NET_BRIDGE };

	build_network_host(p, &s, f);
	build_network_link(p, &s, f);
	build_ports(p, f);
	build_network_guard(p, &s, f);
	build_network_inside(p, &s, f);
}

/* ---- what is told ---- */

static const char *mac_of(struct live *live, const char *link)
{
	struct link_info info;
	const uint8_t *m = info.mac;

	if (link_get(&live->route, link, &info, &(struct err){ 0 }) < 0)
		return NULL;
	return arena_printf(live->arena, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* The routes that were asked for, and the default routes that isDefaultGateway adds. */
static void tell_routes(const struct cni *c, const struct network_fact *n, const struct cni_result *given,
			struct cni_result *told)
{
	const struct cni_route *routes = given ? given->routes : c->conf->routes;
	bool has[2] = { false, false };

	told->n_routes = given ? given->n_routes : c->conf->n_routes;
	memcpy(told->routes, routes, told->n_routes * sizeof(*routes));
	for (size_t i = 0; i < told->n_routes; i++)
		if (!routes[i].to.len)
			has[routes[i].to.family == AF_INET6] = true;
	for (size_t i = 0; i < n->n_at && told->n_routes < CNI_ROUTES; i++) {
		bool ipv6 = strchr(n->at[i].subnet, ':');
		struct cni_route *route = &told->routes[told->n_routes];

		if (!n->at[i].way_out || has[ipv6])
			continue;
		*route = (struct cni_route){ 0 };
		ip_parse(ipv6 ? "::/0" : "0.0.0.0/0", &route->to);
		ip_parse(n->at[i].gateway, &route->via);
		has[ipv6] = true;
		told->n_routes++;
	}
}

static void tell(const struct cni *c, struct live *live, const struct network_fact *n,
		 const struct cni_result *given, struct str *out)
{
	struct cni_result *told = arena_new(c->arena, struct cni_result);

	told->interfaces[0] = (struct cni_interface){ n->bridge, n->bridge_mac, NULL, n->mtu };
	told->interfaces[1] = (struct cni_interface){ n->cable, mac_of(live, n->cable), NULL, n->mtu };
	told->interfaces[2] = (struct cni_interface){ n->link, n->mac, c->call->netns, n->mtu };
	told->n_interfaces = 3;
	for (size_t i = 0; i < n->n_at; i++) {
		struct cni_address *at = &told->ips[told->n_ips++];

		ip_parse(n->at[i].address, &at->address);
		at->address.len = (uint8_t)n->at[i].prefix;
		ip_parse(n->at[i].gateway, &at->gateway);
	}
	tell_routes(c, n, given, told);
	told->dns = given ? given->dns : NULL;
	cni_result_write(c->conf, told, out);
}

/* ---- ADD ---- */

static int attached(struct err *e, const char *key)
{
	err_set(e, "cni-attached", EEXIST, "attach %s", key);
	err_cause(e, "it is attached already");
	return err_hint(e, "the verb DEL takes that away");
}

static void ignore(const struct restored *done, void *arg)
{
}

/* forceAddress: what is shared and there already becomes as this configuration has it. */
static int force(const struct cni *c, struct live *live, const struct plan *p)
{
	struct target t;
	int r;

	target_init(&t, c->arena, 0, -1);
	t.rundir = c->rundir;
	t.id = live->id;
	t.plan = p;
	r = plan_restore(p, cni_lease_dir(c), true, false, &t, live, ignore, NULL);
	target_close(&t);
	return r;
}

/* Under the network's lock up to the end of HOST's steps: plan/steps/net.c. */
static int attach(const struct cni *c, struct live *live, const struct cni_result *given, struct plan *p,
		  struct facts *f, struct err *e)
{
	int r;

	if ((r = cni_lock(c, live, e)) < 0)
		return r;
	if (!given && cni_record_there(c, live->id))
		return attached(e, live->id);
	r = cni_probe(c, live, given, f, e);
	if (f->n_networks && f->networks[0].n_at)
		build(p, f); /* even if not all were taken: by it those that were are given back */
	if (r < 0 || (r = cni_record_write(c, live->id, p, e)) < 0 ||
	    (r = plan_apply(p, PHASE_BEFORE, live, e)) < 0)
		return r;
	if (c->conf->force_address && (r = force(c, live, p)) < 0)
		return err_set(e, "bridge-different", -r, "give bridge %s its addresses",
			       f->networks[0].bridge);
	live_unlock_networks(live);
	return inside_apply(p, live, e);
}

/* What cannot be undone now stays recorded, for DEL. */
static void take_back(const struct cni *c, struct live *live, const struct plan *p)
{
	const struct cni_record record = { .key = live->id,
					   .delegate = c->conf->delegate,
					   .config = c->conf->text };
	struct err ignored = { 0 };

	live_unlock_networks(live);
	if (plan_undo(p, live, &ignored) == 0)
		cni_forget(c, &record, &ignored);
}

/* The delegated plugin's turn. Its addresses are recorded as ours before there are any, for GC to know of them. */
static int ask(const struct cni *c, const char *key, struct cni_result *given, struct err *e)
{
	const struct plan none = { .arena = c->arena };
	size_t len;
	char *text;
	int r;

	if (cni_record_there(c, key))
		return attached(e, key);
	if ((r = cni_record_write(c, key, &none, e)) < 0)
		return r;
	r = cni_delegate(c, c->conf->delegate, "ADD", c->conf->text, &text, &len, e);
	if (r < 0)
		cni_record_remove(c, key, &(struct err){ 0 });
	return r < 0 ? r : cni_result_parse(c->arena, text, len, given, e);
}

int cni_add(const struct cni *c, struct str *out, struct err *e)
{
	const char *key = cni_key(c->arena, c->conf->name, c->call->container, c->call->ifname, e);
	struct cni_result *given = c->conf->delegate ? arena_new(c->arena, struct cni_result) : NULL;
	struct plan p = { .arena = c->arena };
	autoclose int netns = -1;
	struct facts f = { 0 };
	struct live live;
	int r;

	if (!key || (r = cni_open_netns(c->call->netns, &netns, e)) < 0)
		return -e->no;
	live_init(&live, key, c->arena, c->rundir);
	live.netns = netns;
	live.behind = true;
	r = given ? ask(c, key, given, e) : 0;
	if (r == 0)
		r = attach(c, &live, given, &p, &f, e);
	if (r == 0)
		tell(c, &live, &f.networks[0], given, out);
	else if (!str_eq(e->code, "cni-attached"))
		take_back(c, &live, &p);
	live_close(&live);
	return r;
}
