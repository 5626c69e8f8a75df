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

/* A port at an address of the container's, if it is of the family that the port is of. *led: it is. */
static int add(const struct cni *c, struct network_fact *n, struct facts *f, const struct spec_port *port,
	       const char *address, bool *led, struct err *e)
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
	if (!ip_is_any(at))
		fact.at = port->ip;
	n->published = *led = true;
	n->localnet |= !ipv6 && (ip_is_any(at) || at.bytes[0] == 127);
	arena_push(c->arena, f->ports, f->n_ports, fact);
	return 0;
}

/* The first address of each family. */
static bool is_first(const struct network_fact *n, size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (!strchr(n->at[i].address, ':') == !strchr(n->at[k].address, ':'))
			return false;
	return true;
}

static int add_all(const struct cni *c, struct network_fact *n, struct facts *f, const struct spec_port *port,
		   struct err *e)
{
	bool led = false;
	int r = 0;

	for (size_t k = 0; r == 0 && k < n->n_at; k++)
		if (is_first(n, k))
			r = add(c, n, f, port, n->at[k].address, &led, e);
	if (r < 0 || led)
		return r;
	err_set(e, "no-ports", EINVAL, "publish port %u/%s", port->host, port_proto(port->proto));
	err_cause(e, "the container has no address%s",
		  !port->ip             ? "" :
		  strchr(port->ip, ':') ? " of IPv6, as its hostIP is" :
					  " of IPv4, as its hostIP is");
	return err_hint(e, "leave its hostIP out, or give the network a subnet of that family");
}

int cni_ports(const struct cni *c, struct facts *f, struct err *e)
{
	int r = 0;

	f->ports_mark = arena_printf(c->arena, "guise port of attachment %s", f->networks->cable);
	for (size_t i = 0; r == 0 && i < c->conf->n_ports; i++)
		r = add_all(c, f->networks, f, &c->conf->ports[i], e);
	return r;
}
