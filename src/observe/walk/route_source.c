/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "observe/walk/route.h"

/* inet_select_addr() takes loopback's scope for the link's, unless route_localnet is on. */
static bool scope_fits(uint64_t own, uint64_t scope)
{
	return (own < RT_SCOPE_HOST ? own : RT_SCOPE_HOST) <= scope;
}

static bool ipv4_usable(const struct world_addr *addr)
{
	return addr->ip.family == AF_INET && !(addr->flags & IFA_F_SECONDARY);
}

static struct ip ipv4_address(const struct world_netns *ns, int64_t link, struct ip dst, uint64_t scope)
{
	struct ip first = { 0 }, other = { 0 };

	for (size_t i = 0; i < ns->n_addrs; i++) {
		const struct world_addr *addr = &ns->addrs[i];

		if (!ipv4_usable(addr) || !scope_fits(addr->scope, scope))
			continue;
		if (addr->link != link) {
			if (!ip_is(other) && addr->scope != RT_SCOPE_LINK && addr->scope <= scope)
				other = addr->ip;
			continue;
		}
		if (!ip_is(dst) || ip_overlap(ip_network(ip_is(addr->peer) ? addr->peer : addr->ip), dst))
			return addr->ip;
		if (!ip_is(first))
			first = addr->ip;
	}
	return ip_is(first) ? first : other;
}

static bool is_link_local(struct ip ip)
{
	return ip.family == AF_INET6 && ip.bytes[0] == 0xfe && (ip.bytes[1] & 0xc0) == 0x80;
}

static unsigned common_bits(struct ip a, struct ip b)
{
	unsigned n = 0;

	while (n < 128 && (a.bytes[n / 8] >> (7 - n % 8) & 1) == (b.bytes[n / 8] >> (7 - n % 8) & 1))
		n++;
	return n;
}

/* RFC 6724 in short: the scope, not deprecated, on the link, the longest common prefix. */
static unsigned ipv6_rank(const struct world_addr *addr, int64_t link, struct ip dst)
{
	unsigned bits = ip_is(dst) ? common_bits(addr->ip, dst) : 0;

	if (addr->ip.family != AF_INET6 || (addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		return 0;
	if (is_link_local(addr->ip) && addr->link != link)
		return 0;
	if (bits > addr->ip.len)
		bits = addr->ip.len;
	return 1 +
	       (is_link_local(addr->ip) == is_link_local(dst) && addr->scope != RT_SCOPE_HOST ? 4096 : 0) +
	       (addr->flags & IFA_F_DEPRECATED ? 0 : 1024) + (addr->link == link ? 512 : 0) + bits;
}

static struct ip ipv6_address(const struct world_netns *ns, int64_t link, struct ip dst)
{
	struct ip best = { 0 };
	unsigned rank = 0;

	for (size_t i = 0; i < ns->n_addrs; i++) {
		unsigned own = ipv6_rank(&ns->addrs[i], link, dst);

		if (own > rank) {
			rank = own;
			best = ns->addrs[i].ip;
		}
	}
	return best;
}

struct ip route_address(const struct world_netns *ns, int64_t link, struct ip dst, uint64_t scope)
{
	struct ip ip = dst.family == AF_INET6 ? ipv6_address(ns, link, dst) :
						ipv4_address(ns, link, dst, scope);

	ip.len = (uint8_t)(ip_size(ip) * 8);
	return ip;
}

struct ip route_source(const struct world_netns *ns, const struct route_answer *r, struct ip dst)
{
	if (ip_is(r->prefsrc))
		return r->prefsrc;
	if (r->kind == ROUTE_LOCAL)
		return dst;
	if (dst.family == AF_INET6)
		return route_address(ns, r->oif, dst, 0);
	/* of a route without a gateway the first one counts: its subnet was not asked for */
	return ip_is(r->via) ? route_address(ns, r->oif, r->via, r->route->scope) :
			       ipv4_address(ns, r->oif, (struct ip){ 0 }, r->route->scope);
}

bool route_is_local(const struct world_netns *ns, struct ip ip)
{
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->table == RT_TABLE_LOCAL && r->type == RTN_LOCAL && r->family == ip.family &&
		    r->dst.len <= ip.len && ip_overlap(r->dst, ip))
			return true;
	}
	return false;
}
