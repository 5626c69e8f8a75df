/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cni/cni.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/net/link.h"
#include "net/bridge.h"
#include "net/former.h"
#include "net/subnet.h"
#include "plan/steps/veth.h"
#include "run/start/network_pass.h"

/* FNV-1a, of 64 bits: the name of a cable has room for 52 of them. Who finds two of the same hash gets an error. */
static const char *cable_of(struct arena *a, const char *key)
{
	uint64_t hash = 14695981039346656037ull;

	for (; *key; key++)
		hash = (hash ^ (uint8_t)*key) * 1099511628211ull;
	return arena_printf(a, BRIDGE_CABLE "%013llx", (unsigned long long)(hash >> 12));
}

const char *cni_text(struct arena *a, struct ip ip)
{
	char text[IP_TEXT];

	return arena_strdup(a, ip_text(ip, text));
}

const char *cni_net_text(struct arena *a, struct ip ip)
{
	char text[IP_TEXT];

	return arena_strdup(a, ip_net_text(ip, text));
}

static const char *mac_text(struct arena *a, const uint8_t m[6])
{
	return arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

int cni_lock(const struct cni *c, struct live *live, struct err *e)
{
	autoclose int net = openat(c->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct live_network *n = live_network(live, cni_lease_dir(c));
	int r;

	if (net < 0)
		return err_set(e, "state", errno, "open the directory of networks");
	r = n->leases.fd >= 0 ? 0 : lease_open(&n->leases, net, n->dir, e);
	return r < 0 || n->leases.lock >= 0 ? r : lease_lock(&n->leases, e);
}

/* ---- the bridge ---- */

/* It, or what it shall be: then the network namespace is locked, since another guise might choose the same. So it is where
 * the bridge may be several networks': it might be about to be taken away. *place has the gateway's addresses, also where
 * those are of the host's link in a VLAN. */
static int find_bridge(const struct cni *c, struct live *live, struct network_fact *n,
		       struct bridge_place *place, struct err *e)
{
	const char *mark = build_bridge_mark(n);
	int r = bridge_find(&live->route, c->arena, c->conf->bridge, mark, NULL, place, e);

	if (r == 0 && (!place->there || n->bridge_mark) && (r = lease_lock_namespace(&live->namespace, e)) == 0)
		r = bridge_find(&live->route, c->arena, c->conf->bridge, mark, NULL, place, e);
	if (r < 0)
		return r;
	n->bridge = arena_strdup(c->arena, place->name);
	n->mtu = place->mtu ? place->mtu : c->conf->mtu ? c->conf->mtu : bridge_mtu(&live->route);
	if (!n->vlan || n->bare)
		return 0;
	n->vlan_link = arena_printf(c->arena, "%s.%u", n->bridge, n->vlan);
	return bridge_find(&live->route, c->arena, n->vlan_link, n->mark, NULL, place, e);
}

static int choose_subnet(const struct cni *c, struct live *live, struct bridge_place *place, struct err *e)
{
	struct ip *used;
	size_t n;
	int r = place->there ? 0 : bridge_used(&live->route, c->arena, AF_INET, &used, &n, e);

	return r < 0 || place->there ? r : bridge_choose(NULL, 0, used, n, place, e);
}

/* ---- addresses ---- */

static const struct ip *wanted_in(const struct cni_conf *conf, struct ip subnet)
{
	for (size_t i = 0; i < conf->n_ips; i++) {
		struct ip ip = conf->ips[i];

		ip.len = ip.family == AF_INET ? 32 : 128;
		if (ip_overlap(subnet, ip))
			return &conf->ips[i];
	}
	return NULL;
}

static void add(const struct cni *c, struct network_fact *n, struct ip addr, struct ip subnet,
		struct ip gateway)
{
	struct address_fact *at = &n->at[n->n_at++];
	uint8_t mac[6];

	at->subnet = cni_net_text(c->arena, ip_network(subnet));
	at->gateway = cni_text(c->arena, gateway);
	at->address = cni_text(c->arena, addr);
	at->prefix = subnet.len;
	at->way_out = c->conf->is_default_gateway;
	if (n->mac)
		return;
	subnet_mac(addr, mac);
	n->mac = mac_text(c->arena, mac);
}

struct asked {
	const struct cni *c;
	struct live *live;
};

/* An attachment whose namespace went without a DEL has no cable any more: that dies with either end. Whoever is about to
 * make one has the network locked, as we have. */
static bool is_attached(const char *key, void *arg)
{
	const struct asked *ask = arg;
	const struct step_veth *veth;
	struct cni_record record;
	struct link_info link;
	struct err e = { 0 };

	if (cni_record_read(ask->c, key, &record, &e) < 0)
		return cni_record_there(ask->c, key);
	veth = plan_next_veth(&record.plan, &(size_t){ 0 });
	return !veth || link_get(&ask->live->route, veth->name, &link, &e) != -ENODEV;
}

static int take(const struct cni *c, struct live *live, struct network_fact *n, const struct cni_range *range,
		struct ip wanted, struct err *e)
{
	struct asked asked = { c, live };
	struct lease_pool pool = { .subnet = range->subnet,
				   .gateway = range->gateway,
				   .first = range->first,
				   .last = range->last,
				   .is_alive = is_attached,
				   .arg = &asked };
	struct lease_dir *leases = &live_network(live, n->dir)->leases;
	struct ip addr;
	int r = lease_take(leases, &pool, live->id, wanted, &addr, e);

	if (r < 0)
		return r;
	add(c, n, addr, range->subnet, range->gateway);
	return former_forget(leases, &pool, addr, e);
}

/* One address of the set: of the first range that has one, or that one in particular. */
static int take_of_set(const struct cni *c, struct live *live, struct network_fact *n,
		       const struct cni_range *ranges, size_t count, size_t set, struct err *e)
{
	int r = -EADDRNOTAVAIL;

	for (size_t i = 0; i < count; i++) {
		const struct ip *wanted = wanted_in(c->conf, ranges[i].subnet);

		if (ranges[i].set == set && wanted)
			return take(c, live, n, &ranges[i], *wanted, e);
	}
	for (size_t i = 0; i < count && r == -EADDRNOTAVAIL; i++)
		if (ranges[i].set == set) {
			*e = (struct err){ 0 };
			r = take(c, live, n, &ranges[i], (struct ip){ 0 }, e);
		}
	return r == -EADDRNOTAVAIL ? err_hint(e, "the verb GC gives back what no attachment has any more") :
				     r;
}

static int check_wanted(const struct cni_conf *conf, const struct network_fact *n, struct err *e)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < conf->n_ips; i++) {
		bool taken = false;

		ip_text(conf->ips[i], text);
		for (size_t k = 0; k < n->n_at; k++)
			taken |= str_eq(n->at[k].address, text);
		if (taken)
			continue;
		err_set(e, "bad-address", EINVAL, "take address %s", text);
		return err_cause(e, "no subnet of network %s has it, or another one was wanted of it",
				 conf->name);
	}
	return 0;
}

static int take_own(const struct cni *c, struct live *live, struct network_fact *n,
		    struct bridge_place *place, struct err *e)
{
	const struct cni_range *ranges = c->conf->ranges;
	size_t count = c->conf->n_ranges, sets = c->conf->n_sets;
	struct cni_range chosen[BRIDGE_SUBNETS] = { 0 };
	int r = 0;

	if (!count) {
		if ((r = choose_subnet(c, live, place, e)) < 0)
			return r;
		for (size_t i = 0; i < place->n_subnets; i++)
			chosen[i] = (struct cni_range){ place->subnets[i], place->gateways[i], .set = i };
		ranges = chosen;
		count = sets = place->n_subnets;
	}
	for (size_t set = 0; r == 0 && set < sets; set++)
		r = take_of_set(c, live, n, ranges, count, set, e);
	return r < 0 ? r : check_wanted(c->conf, n, e);
}

/* Those that the delegated plugin gave are leases, too: whoever has one is on the network. */
static int take_given(const struct cni *c, struct live *live, struct network_fact *n,
		      const struct cni_result *result, struct err *e)
{
	int r = 0;

	if (!result->n_ips)
		return err_set(e, "cni-delegate", ENODATA, "take an address of the plugin %s",
			       c->conf->delegate);
	for (size_t i = 0; r == 0 && i < result->n_ips; i++) {
		struct cni_range range = { .subnet = ip_network(result->ips[i].address),
					   .gateway = result->ips[i].gateway };

		if (!ip_is(range.gateway))
			range.gateway = ip_add(range.subnet, 1);
		r = take(c, live, n, &range, result->ips[i].address, e);
	}
	return r;
}

/* ---- all of it ---- */

/* What the network is known by: net/bridge.h. */
static void name(const struct cni *c, const char *key, struct network_fact *n)
{
	n->name = c->conf->name;
	n->dir = cni_lease_dir(c);
	n->mark = arena_printf(c->arena, BRIDGE_MARK " %s of " CNI_STATE, c->conf->name);
	n->cable = cable_of(c->arena, key);
	n->link = c->call->ifname;
	n->mac = c->conf->mac;
	n->vlan = (unsigned)c->conf->vlan;
	n->trunk = c->conf->trunk;
	n->no_default_vlan = c->conf->no_default_vlan;
	if (c->conf->bridge && (n->vlan || n->trunk.n)) /* no network's name begins so */
		n->bridge_mark = arena_printf(c->arena, BRIDGE_MARK " +%s of " CNI_STATE, c->conf->bridge);
	n->bandwidth = c->conf->bandwidth;
	n->bare = !c->conf->is_gateway;
	n->hairpin = c->conf->hairpin;
	n->promiscuous = c->conf->promiscuous;
	n->no_masquerade = !c->conf->masquerade;
	n->routed = true; /* as with the reference plugin, and as Kubernetes counts on */
	n->kept = true;
	n->at = arena_array(c->arena, struct address_fact, CNI_ADDRESSES);
}

/* Ranges may have been added since the bridge was made. That it gets their gateways, forceAddress says. */
static int check_gateways(const struct cni *c, const struct network_fact *n, const struct bridge_place *place,
			  struct err *e)
{
	for (size_t i = 0; place->there && !n->bare && !c->conf->force_address && i < n->n_at; i++) {
		struct ip gateway = { 0 };
		bool has = false;

		ip_parse(n->at[i].gateway, &gateway);
		for (size_t k = 0; k < place->n_subnets; k++)
			has |= ip_same(place->gateways[k], gateway);
		if (has)
			continue;
		err_set(e, "bridge-different", ESTALE, "use bridge %s", build_host_link(n));
		err_cause(e, "it has not the gateway's address %s", n->at[i].gateway);
		return err_hint(e, "with \"forceAddress\": true it gets it");
	}
	return 0;
}

static void know_bridge(const struct cni *c, struct network_fact *n, const struct bridge_place *place)
{
	struct bridge br = { .mark = build_bridge_mark(n), .filters = n->vlan || n->trunk.n };
	uint8_t mac[6];

	if (!n->bare && place->there)
		br.addrs[br.n_addrs++] = place->gateways[0];
	else if (!n->bare)
		ip_parse(n->at[0].gateway, &br.addrs[br.n_addrs++]);
	bridge_mac(&br, mac);
	n->bridge_mac = mac_text(c->arena, mac);
}

int cni_probe(const struct cni *c, struct live *live, const struct cni_result *result, struct facts *f,
	      struct err *e)
{
	struct network_fact *n = arena_new(c->arena, struct network_fact);
	struct bridge_place place;
	int r;

	name(c, live->id, n);
	*f = (struct facts){ .networks = n, .n_networks = 1 };
	f->ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	if ((r = netlink_open(&live->route, NETLINK_ROUTE, e)) < 0 ||
	    (r = find_bridge(c, live, n, &place, e)) < 0)
		return r;
	r = result ? take_given(c, live, n, result, e) : take_own(c, live, n, &place, e);
	if (r < 0)
		return r;
	if ((r = check_gateways(c, n, &place, e)) < 0)
		return r;
	know_bridge(c, n, &place);
	if (str_eq(n->mac, n->bridge_mac))
		return err_set(e, "bad-address", EADDRINUSE, "take hardware address %s", n->mac),
		       err_cause(e, "the network's gateway has it");
	cni_routes(c, n, c->conf->routes, c->conf->n_routes);
	if (result)
		cni_routes(c, n, result->routes, result->n_routes);
	if (n->bare && c->conf->n_ports)
		return err_set(e, "no-ports", EINVAL, "publish port %u", c->conf->ports[0].host),
		       err_cause(e, "the bridge has no address"),
		       err_hint(e, "with \"isGateway\": true it has one");
	if ((r = cni_ports(c, f, e)) < 0)
		return r;
	return c->conf->firewall_compat && !n->bare ? network_pass(live, n, e) : 0;
}
