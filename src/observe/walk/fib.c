/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/fib.h"

#include <linux/rtnetlink.h>

#include "observe/walk/route.h"

/* inet_addr_type(): by the local table alone; what is in it by no link, is anybody's. */
static int type_of(void *arg, const struct world_netns *ns, struct ip ip, int64_t link)
{
	const struct world_route *best = NULL;

	(void)arg;
	if (ip.family == AF_INET && ip.bytes[0] >= 224 && ip.bytes[0] < 240)
		return RTN_MULTICAST;
	if (ip.family == AF_INET6 && ip.bytes[0] == 0xff)
		return RTN_MULTICAST;
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->table != RT_TABLE_LOCAL || r->family != ip.family || (link && r->oif != link) ||
		    r->dst.len > ip_size(ip) * 8 || !ip_overlap(r->dst, ip))
			continue;
		if (!best || r->dst.len > best->dst.len)
			best = r;
	}
	return best ? (int)best->type : RTN_UNICAST;
}

static int64_t oif_of(void *arg, const struct world_netns *ns, const struct packet_route *q, unsigned *type)
{
	struct route_answer r;

	(void)arg;
	route_lookup(ns,
		     &(struct route_ask){
			     .dst = q->dst, .src = q->src, .mark = q->mark, .iif = q->iif, .uid = -1 },
		     &r);
	*type = (unsigned)r.type;
	if (r.kind == ROUTE_UNKNOWN)
		return -1;
	return r.kind == ROUTE_NONE || r.kind == ROUTE_REFUSED ? 0 : r.oif;
}

void fib_answers(struct packet *p)
{
	p->fib = (struct packet_fib){ .type = type_of, .oif = oif_of };
}
