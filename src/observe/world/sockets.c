/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/dump.h"
#include "observe/world/parts.h"

/*
 * Sockets that wait for somebody: sock_diag(7) has the kernel choose them by their state, so that connections cost
 * nothing, however many there are. It walks over large tables, which belong to all namespaces together: the counts in
 * /proc/net/sockstat, which are the namespace's, say where that is for nothing.
 */

enum { SOCKETS_MAX = 4096, UDP_UNCONNECTED = TCP_CLOSE };

struct sockets {
	struct dump d; /* the first: a dump's callback gets it */
	uint8_t proto;
};

static void take_socket(const struct nlmsghdr *msg, void *arg)
{
	const struct sockets *from = arg;
	struct world_netns *ns = from->d.ns;
	const struct inet_diag_msg *m = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct world_socket s = { .proto = from->proto };
	const struct world_link *link;
	const struct nlattr *attr;

	if (!msg)
		ns->n_sockets = from->d.at;
	if (!msg || msg->nlmsg_type != SOCK_DIAG_BY_FAMILY || ns->n_sockets > SOCKETS_MAX)
		return;
	s.state = m->idiag_state;
	s.port = ntohs(m->id.idiag_sport);
	s.remote_port = ntohs(m->id.idiag_dport);
	s.ip = ip_of(m->idiag_family, m->id.idiag_src, m->idiag_family == AF_INET ? 4 : 16);
	s.inode = m->idiag_inode;
	mnl_attr_for_each(attr, msg, sizeof(*m)) if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY)
		s.v6only = attr_number(attr);
	link = m->id.idiag_if ? world_link_at(ns, m->id.idiag_if) : NULL;
	s.link = link ? link->name : NULL;
	arena_push(from->d.w->arena, ns->sockets, ns->n_sockets, s);
}

static void read_kind(struct sockets *from, uint8_t family, uint8_t proto, uint32_t state)
{
	struct inet_diag_req_v2 *req;
	struct netlink_batch b;

	from->proto = proto;
	from->d.at = from->d.ns->n_sockets;
	netlink_start(&b);
	req = netlink_add_dump(&b, SOCK_DIAG_BY_FAMILY, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = proto;
	req->idiag_states = 1U << state;
	dump_run(&from->d, &b, take_socket, "sockets");
}

/* "TCP: inuse 3 ...": are there any? If it isn't told, there may be. */
static bool in_use(const char *stat, const char *key)
{
	const char *p = strstr(stat, key);

	return !*stat || (p && p[strlen(key)] != '0');
}

static const char *read_stat(char *buf, size_t size, const char *path)
{
	return io_read_small(AT_FDCWD, path, buf, size) < 0 ? "" : buf;
}

void world_read_sockets(struct world *w, struct world_netns *ns)
{
	struct netlink nl;
	struct sockets from = { .d = { w, ns, &nl, 0 } };
	char buf[512], buf6[512];
	const char *stat = read_stat(buf, sizeof(buf), "/proc/thread-self/net/sockstat");
	const char *stat6 = read_stat(buf6, sizeof(buf6), "/proc/thread-self/net/sockstat6");
	struct err e;
	int r = netlink_open(&nl, NETLINK_SOCK_DIAG, &e);

	if (r < 0)
		return world_unread_of(w, ns, "sockets", r);
	if (in_use(stat, "TCP: inuse "))
		read_kind(&from, AF_INET, IPPROTO_TCP, TCP_LISTEN);
	if (in_use(stat6, "TCP6: inuse "))
		read_kind(&from, AF_INET6, IPPROTO_TCP, TCP_LISTEN);
	if (in_use(stat, "UDP: inuse "))
		read_kind(&from, AF_INET, IPPROTO_UDP, UDP_UNCONNECTED);
	if (in_use(stat6, "UDP6: inuse "))
		read_kind(&from, AF_INET6, IPPROTO_UDP, UDP_UNCONNECTED);
	/* nothing of it is loaded for our question */
	if (access("/proc/thread-self/net/sctp", F_OK) == 0) {
		read_kind(&from, AF_INET, IPPROTO_SCTP, TCP_LISTEN);
		read_kind(&from, AF_INET6, IPPROTO_SCTP, TCP_LISTEN);
	}
	if (ns->n_sockets > SOCKETS_MAX)
		world_unread(w, "%s: sockets: there are more than the %d that are kept",
			     world_netns_label(w, ns), SOCKETS_MAX);
	netlink_close(&nl);
}
