/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/socket.h"

#include <netinet/icmp6.h>
#include <linux/icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "kernel/net/port.h"

enum { UDP_OPEN = 7 }; /* TCP_CLOSE: what an unconnected one has in /proc/net/udp */

static bool is_loopback(struct ip ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip.family == AF_INET ? ip.bytes[0] == 127 : memcmp(ip.bytes, one, 16) == 0;
}

static bool listens(const struct world_socket *s, const struct packet *p)
{
	return s->proto == p->proto && s->port == p->dport &&
	       s->state == (p->proto == IPPROTO_TCP ? (uint64_t)TCP_LISTEN : (uint64_t)UDP_OPEN);
}

static bool address_fits(const struct world_socket *s, struct ip dst)
{
	if (ip_is_any(s->ip))
		return s->ip.family == dst.family || (s->ip.family == AF_INET6 && !s->v6only);
	return ip_same(s->ip, dst);
}

static bool takes(const struct world_socket *s, const struct world_link *in, const struct packet *p)
{
	return listens(s, p) && address_fits(s, p->dst) &&
	       (!s->link || !in || strcmp(s->link, in->name) == 0);
}

static const char *socket_text(const struct way *y, const struct world_socket *s)
{
	return arena_printf(y->a, s->ip.family == AF_INET6 ? "[%s]:%u" : "%s:%u", way_ip(y, s->ip),
			    (unsigned)s->port);
}

static bool no_listener(struct way *y, const struct world_netns *ns, const struct packet *p)
{
	const struct world_socket *near = NULL;
	const char *proto = port_proto(p->proto);
	struct way_end end = { .code = "port-no-listener",
			       .object = arena_printf(y->a, "%u/%s", p->dport, proto) };

	for (size_t i = 0; i < ns->n_sockets; i++)
		if (listens(&ns->sockets[i], p) && (!near || is_loopback(ns->sockets[i].ip)))
			near = &ns->sockets[i];
	if (near) {
		end.code = is_loopback(near->ip) ? "port-loopback-only" : "port-no-listener";
		end.setting = socket_text(y, near);
		way_block(y, ns, "listener", &end, "who listens does so at %s only, which is not %s",
			  end.setting, way_ip(y, p->dst));
	} else {
		way_block(y, ns, "listener", &end, "nobody listens at %s port %u", proto, p->dport);
	}
	return false;
}

static bool echo(struct way *y, const struct world_netns *ns, const struct packet *p)
{
	const char *setting = p->proto == IPPROTO_ICMP ? "net.ipv4.icmp_echo_ignore_all" :
							 "net.ipv6.icmp.echo_ignore_all";

	if (p->icmp_type != (p->proto == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST)) {
		way_unknown(y, ns, "listener", "icmp", "what answers ICMP of type %u is not known",
			    p->icmp_type);
		return false;
	}
	if (world_sysctl(ns, setting, 0)) {
		way_block(y, ns, "listener",
			  &(struct way_end){ .code = "echo-ignored",
					     .object = setting,
					     .setting = arena_printf(y->a, "%s=1", setting) },
			  "echo requests are not answered here");
		return false;
	}
	way_hop(y, ns, "listener", "kernel", NULL, "the kernel answers echo requests");
	return true;
}

bool socket_takes(struct way *y, const struct world_netns *ns, const struct world_link *in,
		  const struct packet *p)
{
	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		return echo(y, ns, p);
	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP) {
		way_unknown(y, ns, "listener", NULL, "who takes packets of protocol %u is not known",
			    p->proto);
		return false;
	}
	for (size_t i = 0; i < ns->n_sockets; i++)
		if (takes(&ns->sockets[i], in, p)) {
			way_hop(y, ns, "listener", socket_text(y, &ns->sockets[i]), NULL,
				"a socket takes it");
			return true;
		}
	if (way_unread(y, ns, "sockets")) {
		way_unknown(y, ns, "listener", NULL, "who listens could not be read");
		return false;
	}
	return no_listener(y, ns, p);
}
