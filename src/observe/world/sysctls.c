/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/dump.h"
#include "observe/world/parts.h"

/* Those settings of the kernel that let packets pass or not. What belongs to a link comes with the link over netlink, as
 * an array of numbers: a file each would be dozens to open for a link. */

/* Below /proc/sys/net. Their order is that of their directories: the kernel searches for "ipv4" among the directories of
 * that name of all namespaces, one by one. So each is opened once, and only where it can matter. */
static const struct {
	char dir[10], below[16], file[28];
	const char *name;
} files[] = {
	{ "ipv4", ".", "ip_forward", "net.ipv4.ip_forward" },
	{ "ipv4", ".", "icmp_echo_ignore_all", "net.ipv4.icmp_echo_ignore_all" },
	{ "ipv4", ".", "ip_unprivileged_port_start", "net.ipv4.ip_unprivileged_port_start" },
	{ "ipv4", ".", "ip_local_port_range", "net.ipv4.ip_local_port_range" },
	{ "ipv4", ".", "ip_nonlocal_bind", "net.ipv4.ip_nonlocal_bind" },
	{ "ipv4", ".", "fib_multipath_hash_policy", "net.ipv4.fib_multipath_hash_policy" },
	{ "ipv4", "conf/all", "forwarding", "net.ipv4.conf.all.forwarding" },
	{ "ipv4", "conf/all", "rp_filter", "net.ipv4.conf.all.rp_filter" },
	{ "ipv4", "conf/all", "arp_ignore", "net.ipv4.conf.all.arp_ignore" },
	{ "ipv4", "conf/all", "arp_filter", "net.ipv4.conf.all.arp_filter" },
	{ "ipv4", "conf/all", "accept_local", "net.ipv4.conf.all.accept_local" },
	{ "ipv4", "conf/all", "route_localnet", "net.ipv4.conf.all.route_localnet" },
	{ "ipv4", "conf/all", "accept_redirects", "net.ipv4.conf.all.accept_redirects" },
	{ "ipv4", "conf/all", "proxy_arp", "net.ipv4.conf.all.proxy_arp" },
	{ "ipv4", "conf/all", "src_valid_mark", "net.ipv4.conf.all.src_valid_mark" },
	{ "ipv4", "neigh/default", "gc_thresh3", "net.ipv4.neigh.default.gc_thresh3" },
	{ "ipv6", "conf/all", "forwarding", "net.ipv6.conf.all.forwarding" },
	{ "ipv6", "conf/all", "disable_ipv6", "net.ipv6.conf.all.disable_ipv6" },
	{ "ipv6", "conf/all", "accept_redirects", "net.ipv6.conf.all.accept_redirects" },
	{ "ipv6", "icmp", "echo_ignore_all", "net.ipv6.icmp.echo_ignore_all" },
	{ "ipv6", "neigh/default", "gc_thresh3", "net.ipv6.neigh.default.gc_thresh3" },
	{ "bridge", ".", "bridge-nf-call-iptables", "net.bridge.bridge-nf-call-iptables" },
	{ "bridge", ".", "bridge-nf-call-ip6tables", "net.bridge.bridge-nf-call-ip6tables" },
	{ "bridge", ".", "bridge-nf-call-arptables", "net.bridge.bridge-nf-call-arptables" },
	{ "bridge", ".", "bridge-nf-filter-vlan-tagged", "net.bridge.bridge-nf-filter-vlan-tagged" },
};

struct devconf {
	uint8_t at; /* in the kernel's array */
	char name[20];
};

static const struct devconf conf4[] = {
	{ IPV4_DEVCONF_FORWARDING - 1, "forwarding" },
	{ IPV4_DEVCONF_RP_FILTER - 1, "rp_filter" },
	{ IPV4_DEVCONF_ARP_IGNORE - 1, "arp_ignore" },
	{ IPV4_DEVCONF_ARPFILTER - 1, "arp_filter" },
	{ IPV4_DEVCONF_ACCEPT_LOCAL - 1, "accept_local" },
	{ IPV4_DEVCONF_ROUTE_LOCALNET - 1, "route_localnet" },
	{ IPV4_DEVCONF_ACCEPT_REDIRECTS - 1, "accept_redirects" },
	{ IPV4_DEVCONF_PROXY_ARP - 1, "proxy_arp" },
	{ IPV4_DEVCONF_SRC_VMARK - 1, "src_valid_mark" },
};

static const struct devconf conf6[] = {
	{ DEVCONF_FORWARDING, "forwarding" },
	{ DEVCONF_DISABLE_IPV6, "disable_ipv6" },
	{ DEVCONF_ACCEPT_REDIRECTS, "accept_redirects" },
	{ DEVCONF_PROXY_NDP, "proxy_ndp" },
};

static void add(struct world *w, struct world_netns *ns, const char *name, const char *value)
{
	struct world_setting setting = { name, value };

	arena_push(w->arena, ns->sysctls, ns->n_sysctls, setting);
}

/* Most are 0 or 1. */
static const char *number_text(struct arena *a, int32_t n)
{
	return n == 0 ? "0" : n == 1 ? "1" : arena_printf(a, "%d", n);
}

static void take(struct world *w, struct world_netns *ns, const char *prefix, const char *link,
		 const struct devconf *conf, size_t n, const struct nlattr *array)
{
	const int32_t *values = mnl_attr_get_payload(array);
	size_t n_values = mnl_attr_get_payload_len(array) / sizeof(*values);

	for (size_t i = 0; i < n; i++)
		if (conf[i].at < n_values)
			add(w, ns, arena_printf(w->arena, "%s.%s.%s", prefix, link, conf[i].name),
			    number_text(w->arena, values[conf[i].at]));
}

void world_take_devconf(struct world *w, struct world_netns *ns, const char *link,
			const struct nlattr *af_spec)
{
	const struct nlattr *inet = attr_within(af_spec, AF_INET), *inet6 = attr_within(af_spec, AF_INET6);
	const struct nlattr *array4 = inet ? attr_within(inet, IFLA_INET_CONF) : NULL;
	const struct nlattr *array6 = inet6 ? attr_within(inet6, IFLA_INET6_CONF) : NULL;

	if (link && array4)
		take(w, ns, "net.ipv4.conf", link, conf4, ARRAY_LEN(conf4), array4);
	if (link && array6)
		take(w, ns, "net.ipv6.conf", link, conf6, ARRAY_LEN(conf6), array6);
}

/* The kernel has tabs between numbers, and sysctl(8) too; nobody can tell them from blanks. */
static const char *value_text(struct arena *a, char *value)
{
	for (char *p = value; (p = strchr(p, '\t'));)
		*p = ' ';
	return str_eq(value, "0") ? "0" : str_eq(value, "1") ? "1" : arena_strdup(a, value);
}

static bool has_bridge(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (str_eq(ns->links[i].kind, "bridge"))
			return true;
	return false;
}

/* Does IPv6 reach any further than the next cable? */
static bool has_ipv6(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].ip.family == AF_INET6 && ns->addrs[i].scope == RT_SCOPE_UNIVERSE)
			return true;
	return ns->n_links > 2; /* it may forward */
}

static bool matters(const struct world_netns *ns, const char *dir)
{
	if (ns->is_host || str_eq(dir, "ipv4"))
		return true;
	return str_eq(dir, "bridge") ? has_bridge(ns) : has_ipv6(ns);
}

static void read_files(struct world *w, struct world_netns *ns, int net)
{
	int top = -1, dir = -1;
	char value[64];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		bool other_top = !i || !str_eq(files[i].dir, files[i - 1].dir);

		if (other_top) {
			fd_close(&top);
			if (matters(ns, files[i].dir))
				top = openat(net, files[i].dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (other_top || !str_eq(files[i].below, files[i - 1].below)) {
			fd_close(&dir);
			if (top >= 0)
				dir = openat(top, files[i].below, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (dir >= 0 && io_read_small(dir, files[i].file, value, sizeof(value)) >= 0)
			add(w, ns, files[i].name, value_text(w->arena, value));
	}
	fd_close(&top);
	fd_close(&dir);
}

static uint64_t read_number(int dir, const char *path)
{
	char text[32];

	return io_read_small(dir, path, text, sizeof(text)) > 0 ? strtoull(text, NULL, 10) : 0;
}

/* The kernel tracks connections where a rule needs it. */
static bool may_track(const struct world_netns *ns)
{
	return ns->is_host || ns->n_tables || ns->n_xtables || ns->rules_unread;
}

void world_read_sysctls(struct world *w, struct world_netns *ns)
{
	autoclose int net = open("/proc/sys/net", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int netfilter = may_track(ns) ? openat(net, "netfilter", O_PATH | O_DIRECTORY | O_CLOEXEC) :
						  -1;

	if (net < 0)
		return world_unread_of(w, ns, "sysctls", errno);
	read_files(w, ns, net);
	if (netfilter < 0)
		return;
	ns->conntrack_count = read_number(netfilter, "nf_conntrack_count");
	ns->conntrack_max = read_number(netfilter, "nf_conntrack_max");
}
