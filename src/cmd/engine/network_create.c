/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/network_driver.h"
#include "cmd/engine/network_options.h"
#include "run/engine/network_define.h"
#include "spec/name.h"
#include "state/networks.h"

enum { MTU_MIN = 68, MTU6_MIN = 1280, MTU_MAX = 65535 };

struct create_options {
	struct strv subnets, gateways, ranges, labels;
	bool ipv6, ipv4, internal, default_route, isolate, compat, dns_server;
	unsigned mtu;
	const char *interface, *parent, *driver;
	struct strv opts;
};

static int add_label(const struct opt_use *u, struct err *e)
{
	int r = name_label(u->value, e);

	return r < 0 ? r : opt_list(u, e);
}

#define AT(member) offsetof(struct create_options, member)

static const struct opt create_table[] = {
	{ "subnet", 0, "NETWORK", opt_list, AT(subnets),
	  "its addresses, 10.20.0.0/24 or fd00:20::/64 (free ones)", .many = true },
	{ "gateway", 0, "ADDRESS", opt_list, AT(gateways), "the bridge's own one in a subnet (the first one)",
	  .many = true },
	{ "ip-range", 0, "NETWORK", opt_list, AT(ranges),
	  "the part of a subnet that containers get theirs of", .many = true },
	{ "ipv6", 0, NULL, opt_flag, AT(ipv6), "with a subnet of IPv6" },
	{ "ipv4", 0, NULL, opt_flag, AT(ipv4), "with a subnet of IPv4 (--ipv4=false: IPv6 only)" },
	{ "internal", 0, NULL, opt_flag, AT(internal), "without a way out" },
	{ "default-route", 0, NULL, opt_flag, AT(default_route),
	  "containers' default route may go by it (--default-route=false: another network's)" },
	{ "isolate", 0, NULL, opt_flag, AT(isolate),
	  "other networks don't reach it (--isolate=false: those that have that, too, do)" },
	{ "firewall-compat", 0, NULL, opt_flag, AT(compat),
	  "let it through where docker, ufw or firewalld drop what they do not know" },
	{ "dns-server", 0, NULL, opt_flag, AT(dns_server),
	  "a process answers programs that ask for its containers' names by DNS" },
	{ "mtu", 0, "BYTES", opt_unsigned, AT(mtu), "largest packet (that of the way out)" },
	{ "interface-name", 0, "NAME", network_option_interface, AT(interface),
	  "the bridge's name (guise0, guise1, ...)" },
	{ "label", 0, "NAME=VALUE", add_label, AT(labels), "a label", .many = true },
	{ "driver", 'd', "DRIVER", opt_choice, AT(driver),
	  "bridge (as it is without), macvlan or ipvlan: links upon one of the host's",
	  "bridge macvlan ipvlan" },
	{ "parent", 0, "LINK", network_option_interface, AT(parent),
	  "of macvlan and ipvlan: the host's link (that of the default route)" },
	{ "opt", 'o', "NAME=VALUE", opt_list, AT(opts),
	  "mode=MODE of macvlan and ipvlan; mtu= and parent=, for who knows docker and podman",
	  .many = true },
	{ 0 },
};

static int bad(struct err *e, const char *option, const char *value, const char *cause)
{
	return err_set(e, "bad-network", EINVAL, "%s: '%s'", option, value), err_cause(e, "%s", cause);
}

/* The one of the list that lies in the subnet, taken out of it; none. */
static int take_of(struct strv *list, const char *option, struct ip subnet, struct ip *found, struct err *e)
{
	*found = (struct ip){ 0 };
	for (size_t i = 0; i < list->n; i++) {
		struct ip ip;

		if (ip_parse(list->v[i], &ip) < 0)
			return bad(e, option, list->v[i], "it is no address");
		if (ip.family != subnet.family || !ip_overlap(ip, subnet))
			continue;
		if (ip_is(*found))
			return bad(e, option, list->v[i], "its subnet has one already");
		*found = ip;
		list->v[i--] = list->v[--list->n];
	}
	return 0;
}

static int add_subnets(struct create_options *o, struct network *n, struct err *e)
{
	for (size_t i = 0; i < o->subnets.n; i++) {
		struct ip subnet, gateway, range;
		int r;

		if (ip_parse(o->subnets.v[i], &subnet) < 0 || !strchr(o->subnets.v[i], '/'))
			return bad(e, "--subnet", o->subnets.v[i],
				   "it is no network; write for example 10.20.0.0/24");
		if ((r = take_of(&o->gateways, "--gateway", subnet, &gateway, e)) < 0 ||
		    (r = take_of(&o->ranges, "--ip-range", subnet, &range, e)) < 0 ||
		    (r = network_add_subnet(n, subnet, gateway, range, e)) < 0)
			return r;
	}
	if (o->gateways.n)
		return bad(e, "--gateway", o->gateways.v[0],
			   "it lies in none of the subnets; name that with --subnet");
	if (o->ranges.n)
		return bad(e, "--ip-range", o->ranges.v[0],
			   "it lies in none of the subnets; name that with --subnet");
	return 0;
}

static int check(const struct create_options *o, const struct network *n, struct err *e)
{
	bool ipv6 = o->ipv6 || network_has(n, AF_INET6);
	unsigned least = ipv6 ? MTU6_MIN : MTU_MIN;

	if (n->mtu && (n->mtu < least || n->mtu > MTU_MAX))
		return err_set(e, "bad-network", EINVAL, "--mtu: %u", n->mtu),
		       err_cause(e, "it is not from %u to %d", least, MTU_MAX);
	if (o->internal && !o->isolate)
		return err_set(e, "bad-network", EINVAL, "--isolate=false"),
		       err_cause(e, "a network that is --internal reaches no other");
	if (o->internal && o->compat)
		return err_set(e, "bad-network", EINVAL, "--firewall-compat"),
		       err_cause(e, "nothing leaves a network that is --internal");
	if (!o->ipv4 && !ipv6)
		return err_set(e, "bad-network", EINVAL, "--ipv4=false"),
		       err_cause(e, "no addresses are left"), err_hint(e, "add --ipv6");
	return 0;
}

static int define(struct state *st, struct call *call, const struct create_options *o, struct network *n,
		  struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int lock = -1, r = networks_lock(st, &lock, e);

	if (r == 0)
		r = netlink_open(&nl, NETLINK_ROUTE, e);
	if (r == 0)
		r = define_network(st, call->arena, &nl, n, o->ipv4, o->ipv6, e);
	if (r == 0)
		r = networks_save(st, n, e);
	netlink_close(&nl);
	fd_close(&lock);
	return r;
}

static int take(struct create_options *o, struct network *n, struct err *e)
{
	int r = add_subnets(o, n, e);

	n->internal = o->internal;
	n->no_default_route = !o->default_route;
	n->open = !o->isolate;
	n->compat = o->compat;
	n->dns_server = o->dns_server;
	n->mtu = o->mtu;
	n->interface = o->interface;
	n->parent = o->parent;
	n->labels = o->labels;
	driver_find(o->driver ? o->driver : "bridge", &n->driver);
	if (r < 0 || (r = network_driver_opts(&o->opts, n, e)) < 0 || (r = check(o, n, e)) < 0)
		return r;
	return network_driver_check(n, e);
}

static int create_run(struct call *call, struct err *e)
{
	struct create_options o = { .ipv4 = true, .default_route = true, .isolate = true };
	struct network n = { 0 };
	struct strv names;
	struct state st;
	int r = opt_parse(call, &o, &names, e);

	if (r || (r = network_name(names.v[0], e)) < 0 || (r = take(&o, &n, e)) < 0 ||
	    (r = command_open(call, &st, e)) < 0)
		return r;
	n.name = names.v[0];
	if ((r = define(&st, call, &o, &n, e)) == 0)
		printf("%s\n", n.name);
	return r;
}

const struct command network_create_command = {
	.name = "network create",
	.operands = "NAME",
	.summary = "define a network of containers",
	.details =
		"It is a bridge of its own, whose containers reach each other and, unless it is --internal, the outside; those "
		"of other networks they do not reach, unless both are made with --isolate=false. The definition is kept until guise network rm, and outlives the boot. The "
		"bridge and its rules are made for the first container that runs on it (guise run --network NAME), and go with "
		"the last. With --driver macvlan or ipvlan there is neither: each container has a link of its own upon one of the "
		"host's, and is on the same LAN as that one.",
	.options = create_table,
	.min = 1,
	.max = 1,
	.run = create_run,
};
