/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dns/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* It gets only what comes by the bridge, and what the host itself sends to that address: no other network
 * reaches it. */
static int open_one(const struct server *s, struct ip at, int type)
{
	const union address address = server_address(at);
	const int on = 1;
	int fd = socket(at.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->bridge, (socklen_t)strlen(s->bridge)) < 0 ||
	    (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
	    (at.family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, &address.any, server_address_size(&address)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, STREAMS_MAX) < 0)) {
		int no = errno;

		close(fd);
		return -no;
	}
	return fd;
}

static int failed(const struct server *s, struct ip at, int no, struct err *e)
{
	char text[IP_TEXT];

	err_set(e, "dns-server", no, "answer at %s of bridge %s", ip_text(at, text), s->bridge);
	if (no == EADDRINUSE)
		return err_cause(e, "another program has port 53 there, or of all addresses"),
		       err_hint(e, "ss -lnp 'sport = 53' shows which; have it bound to addresses of its own");
	return -no;
}

int listen_open(struct server *s, struct err *e)
{
	for (size_t i = 0; i < s->n_listeners; i++) {
		struct listener *l = &s->listeners[i];

		s->subnets[i] = ip_network(l->at);
		l->udp = (struct source){ open_one(s, l->at, SOCK_DGRAM), forward_ready };
		if (l->udp.fd < 0)
			return failed(s, l->at, -l->udp.fd, e);
		l->tcp = (struct source){ open_one(s, l->at, SOCK_STREAM), stream_ready };
		if (l->tcp.fd < 0)
			return failed(s, l->at, -l->tcp.fd, e);
	}
	return 0;
}
