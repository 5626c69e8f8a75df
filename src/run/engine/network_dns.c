/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_dns.h"

#include "net/dns_process.h"
#include "net/resolv.h"
#include "run/engine/network_mark.h"
#include "run/engine/probe_parts.h"

/* It runs on the host, and so has IPv6 if that has; the host's loopback is not asked, as it is for
 * containers. */
static void find_forwards(struct arena *a, struct strv *forwards)
{
	static const struct spec_names none;
	const struct resolv_wish w = { .ipv6 = true,
				       .names = &none,
				       .fallback = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n" };
	struct strv all = { 0 };
	struct ip ip;

	resolv_servers(a, probe_resolv(a), &w, &all);
	for (size_t i = 0; i < all.n; i++)
		if (forwards->n < DNS_FORWARDS_MAX && ip_parse(all.v[i], &ip) == 0)
			strv_push(a, forwards, all.v[i]);
}

void network_dns(struct live *live, struct network_fact *n)
{
	char text[NETWORK_PATH];
	const char *path = network_path(live->rundir, text);

	n->dns_server = true;
	n->where = arena_printf(live->arena, "%s/net/%s", path ?: "/run/guise", n->dir);
	if (!n->internal)
		find_forwards(live->arena, &n->forwards);
}
