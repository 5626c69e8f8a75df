/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The ports of an attachment: the same elements as the engine's (net/ports.h). No process stays with an attachment, so
 * nobody holds them by a socket: that they are free is asked once, and then the elements are what others meet.
 */
#include "run/cni/cni.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/port.h"

static int check_free(struct ip at, const struct spec_port *port, struct err *e)
{
	unsigned number = port->host;
	char comm[PORT_COMM];
	int fd, r = port_hold(at, port->proto, &number, &fd, e);
	pid_t pid;

	if (r == 0)
		fd_close(&fd);
	if (r != -EADDRINUSE)
		return r;
	if ((pid = port_holder(at, port->proto, port->host, comm)) > 0)
		err_cause(e, "%s (process %d) has it", *comm ? comm : "a program", pid);
	return err_hint(e, "`ss -tulnp` lists who listens; `guise ps`, what guise publishes");
}

static bool is_any(struct ip ip)
{
	static const uint8_t none[16];

	return memcmp(ip.bytes, none, ip_size(ip)) == 0;
}

static int add(const struct cni *c, struct network_fact *n, struct facts *f, const struct spec_port *port,
	       const char *address, struct err *e)
{
	bool ipv6 = strchr(address, ':');
	struct ip at = { 0 };
	struct port_fact fact = { .at = "",
				  .first = port->host,
				  .count = 1,
				  .target = port->container,
				  .proto = port->proto,
				  .to = address,
				  .network = n->dir };
	int r;

	ip_parse(port->ip ? port->ip : ipv6 ? "::" : "0.0.0.0", &at);
	if ((at.family == AF_INET6) != ipv6)
		return 0;
	if ((r = check_free(at, port, e)) < 0)
		return r;
	if (!is_any(at))
		fact.at = port->ip;
	n->published = true;
	n->localnet |= !ipv6 && (is_any(at) || at.bytes[0] == 127);
	arena_push(c->arena, f->ports, f->n_ports, fact);
	return 0;
}

int cni_ports(const struct cni *c, struct facts *f, struct err *e)
{
	struct network_fact *n = f->networks;
	bool seen[2] = { false, false };
	int r = 0;

	f->ports_mark = arena_printf(c->arena, "guise port of attachment %s", n->cable);
	/* the first address of each family */
	for (size_t k = 0; r == 0 && c->conf->n_ports && k < n->n_at; k++) {
		bool *family = &seen[!!strchr(n->at[k].address, ':')];

		for (size_t i = 0; r == 0 && !*family && i < c->conf->n_ports; i++)
			r = add(c, n, f, &c->conf->ports[i], n->at[k].address, e);
		*family = true;
	}
	if (r < 0 || f->n_ports || !c->conf->n_ports)
		return r;
	err_set(e, "no-ports", EINVAL, "publish port %u", c->conf->ports[0].host);
	return err_cause(e, "the container has no address of that family");
}
