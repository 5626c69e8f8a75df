/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/publish.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/ip.h"
#include "kernel/net/port.h"
#include "spec/value.h"

enum { PORT_MAX = 65535 };

static int bad(struct err *e, const char *text, const char *cause, const char *hint)
{
	err_set(e, "bad-publish", EINVAL, "'%s'", text);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* A number behind which *p goes on; NULL: there is none that a port can have. */
static const char *take_number(const char *p, unsigned *n)
{
	size_t digits = strspn(p, "0123456789");
	uint64_t number;

	if (value_digits(p, digits, PORT_MAX, &number) < 0)
		return NULL;
	*n = (unsigned)number;
	return p + digits;
}

/* "8000" or "8000-8009": the first one, and how many. */
static bool take_range(const char *text, unsigned *first, unsigned *count)
{
	unsigned last;
	const char *p = take_number(text, first);

	*count = 1;
	if (!p || (*p && *p != '-'))
		return false;
	if (!*p)
		return true;
	if (!*first || !(p = take_number(p + 1, &last)) || *p || last < *first)
		return false;
	*count = last - *first + 1;
	return true;
}

/* As the kernel writes it; NULL where it is no address. */
static const char *plain_address(struct arena *a, const char *text)
{
	char plain[IP_TEXT];
	struct ip ip;

	return strchr(text, '/') || ip_parse(text, &ip) < 0 ? NULL : arena_strdup(a, ip_text(ip, plain));
}

/* What stands before the ports: "", "192.0.2.1", "[fd00::1]", each with its colon. *rest is behind it. */
static int take_address(struct arena *a, const char *text, char *words, char **rest, struct spec_port *port,
			struct err *e)
{
	char *end, *colon = strchr(words, ':');

	*rest = words;
	if (*words == '[') {
		if (!(end = strchr(words, ']')) || end[1] != ':')
			return bad(e, text, "the bracket is not closed before a colon",
				   "write for example [fd00::1]:8080:80");
		*end = '\0';
		port->ip = plain_address(a, words + 1);
		if (port->ip && !strchr(port->ip, ':'))
			port->ip = NULL;
		*rest = end + 2;
		words++;
	} else {
		if (!colon || !strchr(colon + 1, ':'))
			return 0;
		*colon = '\0';
		port->ip = plain_address(a, words);
		*rest = colon + 1;
		if (port->ip && strchr(port->ip, ':'))
			port->ip = NULL;
	}
	if (port->ip)
		return 0;
	return strchr(*rest, ':') && strchr(strchr(*rest, ':') + 1, ':') ?
		       bad(e, text, "it has more than three parts",
			   "write [IP:][HOST:]CONTAINER, an IPv6 address in brackets") :
		       bad(e, text, "what stands before the ports is no address of the host",
			   "write for example 127.0.0.1:8080:80 or [fd00::1]:8080:80");
}

/* "HOST:CONTAINER", ":CONTAINER", "CONTAINER" */
static int take_ports(const char *text, char *words, struct spec_port *port, struct err *e)
{
	char *colon = strchr(words, ':');
	const char *container = colon ? colon + 1 : words;

	port->host_count = 1;
	if (strchr(container, ':'))
		return bad(e, text, "it has more than three parts",
			   "write [IP:][HOST:]CONTAINER, an IPv6 address in brackets");
	if (!take_range(container, &port->container, &port->count) || !port->container)
		return bad(e, text, "the container's port is no number of 1 to 65535, and no range of them",
			   "write for example 8080:80, 8000-8009:8000-8009, or 53:53/udp");
	if (!colon || colon == words) { /* a free one for each */
		port->host_count = port->count;
		return 0;
	}
	*colon = '\0';
	if (!take_range(words, &port->host, &port->host_count))
		return bad(e, text, "the host's port is no number of 0 to 65535, and no range of them",
			   "write for example 8080:80; with 0 or nothing a free one is taken");
	if (!port->host)
		port->host_count = port->count;
	if (port->host_count == port->count || port->count == 1)
		return 0;
	return bad(e, text, "the two ranges are not of the same length",
		   "write as many ports of the host as the container has, or one of the container's");
}

/* A host that is reached at that address by others, or by itself. */
static int check_address(const char *text, const struct spec_port *port, struct err *e)
{
	struct ip ip;

	if (!port->ip || ip_parse(port->ip, &ip) < 0)
		return 0;
	if (str_eq(port->ip, "::1"))
		return bad(e, text, "nothing at [::1] can be sent on without a proxy, which guise has not",
			   "publish it at 127.0.0.1");
	if (ip.family == AF_INET ? ip.bytes[0] >= 224 : ip.bytes[0] == 0xff)
		return bad(e, text, "no host has that address alone", "write one of `ip address`");
	return 0;
}

int publish_parse(struct arena *a, const char *text, struct spec_port *port, struct err *e)
{
	char *words = arena_strdup(a, text), *slash = strchr(words, '/'), *rest;
	int r;

	*port = (struct spec_port){ .proto = IPPROTO_TCP };
	if (slash) {
		*slash = '\0';
		if (!(port->proto = port_proto_of(slash + 1)))
			return bad(e, text, "its protocol is none of tcp, udp and sctp",
				   "write for example 53:53/udp");
	}
	if ((r = take_address(a, text, words, &rest, port, e)) < 0 ||
	    (r = take_ports(text, rest, port, e)) < 0)
		return r;
	return check_address(text, port, e);
}

/* One without an address is of all, of both families. */
static bool is_same_address(const char *a, const char *b)
{
	struct ip one, other;

	if (!a || !b)
		return true;
	ip_parse(a, &one);
	ip_parse(b, &other);
	return one.family == other.family && ip_meet(one, other);
}

bool publish_overlap(const struct spec_port *a, const struct spec_port *b)
{
	/* one of a range is chosen when the others are taken */
	if (a->host_count != a->count || b->host_count != b->count)
		return false;
	return a->proto == b->proto && a->host && b->host && is_same_address(a->ip, b->ip) &&
	       a->host < b->host + b->host_count && b->host < a->host + a->host_count;
}

bool publish_leads_to(const struct spec_port *p, uint8_t proto, unsigned port)
{
	return p->proto == proto && port >= p->container && port < p->container + p->count;
}

static bool is_named(const struct spec *s, const struct spec_port *port)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (publish_leads_to(&s->ports[i], port->proto, port->container))
			return true;
	return false;
}

struct spec_port *publish_wished(struct arena *a, const struct spec *s, size_t *n)
{
	struct spec_port *all = NULL;

	*n = 0;
	for (size_t i = 0; i < s->n_ports; i++)
		arena_push(a, all, *n, s->ports[i]);
	for (size_t i = 0; s->publish_all && i < s->exposed.n; i++) {
		struct spec_port port;

		if (publish_parse(a, s->exposed.v[i], &port, &(struct err){ 0 }) == 0 && !is_named(s, &port))
			arena_push(a, all, *n, port);
	}
	return all;
}
