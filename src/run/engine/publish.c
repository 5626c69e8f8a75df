/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/publish.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/nft.h"
#include "kernel/net/port.h"
#include "net/ports.h"
#include "net/ports_singles.h"
#include "run/engine/publish_holder.h"
#include "spec/publish.h"

struct publishing {
	struct state *st;
	bool pasta; /* which passes them on, to whatever addresses the container has */
	struct live *live;
	struct facts *f;
	struct netlink nl;
	struct ports_singles singles;
	/* the one that could not be had last, and the mark of its element, or "" */
	struct ports_range refused;
	char owner[NFT_COMMENT];
};

int publish_check(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	bool exposed = s->publish_all && s->exposed.n;

	if (s->publish_all && !s->n_ports && !exposed)
		strv_push(a, &f->notes,
			  "--publish-all publishes nothing: neither the image nor --expose names a port");
	if ((!s->n_ports && !exposed) || s->network.mode == NET_BRIDGE || s->network.mode == NET_PASTA)
		return 0;
	if (s->network.mode == NET_HOST) {
		strv_push(
			a, &f->notes,
			"--publish is without meaning: the container has the machine's own network, and its ports");
		return 0;
	}
	err_set(e, "no-ports", ENOTSUP, "publish ports");
	return err_cause(e, "the container has no network of its own that they could lead to"),
	       err_hint(e, "leave out --network, or --publish");
}

/* ---- where it leads ---- */

/* The container's address of that family on the first network that is reached from outside; NULL: it has none. */
static const char *target_of(struct facts *f, int family, struct network_fact **network)
{
	for (size_t i = 0; i < f->n_networks; i++) {
		struct network_fact *n = &f->networks[i];

		for (size_t k = 0; !n->internal && !n->bare && !n->parent && k < n->n_at; k++) {
			*network = n;
			if (!strchr(n->at[k].address, ':') == (family == AF_INET))
				return n->at[k].address;
		}
	}
	return NULL;
}

/* One wish, in the families in which it can be had. */
struct wish {
	const struct spec_port *port;
	struct ip at[2]; /* the address of the host; 0.0.0.0 and :: are all */
	const char *to[2];
	struct network_fact *network[2];
	unsigned n;
};

static void add_family(struct wish *w, struct facts *f, const char *at)
{
	ip_parse(at, &w->at[w->n]);
	w->to[w->n] = target_of(f, w->at[w->n].family, &w->network[w->n]);
	w->n += w->to[w->n] != NULL;
}

/* Without an address of the host pasta takes those of both families; that the port is free is asked by one. */
static int find_pasta(struct wish *w, const struct spec_port *port, struct err *e)
{
	*w = (struct wish){ .port = port, .n = 1 };
	ip_parse(port->ip ? port->ip : "0.0.0.0", &w->at[0]);
	w->to[0] = w->at[0].family == AF_INET6 ? "::" : "0.0.0.0";
	if (port->proto == IPPROTO_TCP || port->proto == IPPROTO_UDP)
		return 0;
	err_set(e, "no-ports", ENOTSUP, "publish port %u/%s", port->container, port_proto(port->proto));
	return err_cause(e, "pasta, which is the container's network, passes on tcp and udp only");
}

static int find_targets(struct wish *w, const struct spec_port *port, struct facts *f, struct err *e)
{
	*w = (struct wish){ .port = port };
	if (port->ip) {
		add_family(w, f, port->ip);
	} else {
		add_family(w, f, "0.0.0.0");
		add_family(w, f, "::");
	}
	if (w->n)
		return 0;
	err_set(e, "no-ports", ENOTSUP, "publish port %u/%s", port->container, port_proto(port->proto));
	err_cause(e, "no network of the container that is reached from outside has an %saddress",
		  !port->ip             ? "" :
		  strchr(port->ip, ':') ? "IPv6 " :
					  "IPv4 ");
	return err_hint(
		e, "one that is internal, or upon a link, has no ports; IPv6 has a network made with --ipv6");
}

/* ---- holding ---- */

/* By whom is it published, as the firewall says? */
static int find_owner(struct publishing *p, const struct ports_range *range, char owner[static NFT_COMMENT],
		      struct err *e)
{
	unsigned port;
	int r = p->nl.fd >= 0 ? 0 : nft_open(&p->nl, e);

	return r < 0 ? r : ports_owner(&p->nl, range, &p->singles, owner, &port, e);
}

/* One port of one family; *port 0: a free one. Who has one that is taken is left to say_holder(). */
static int hold_one(struct publishing *p, struct ip at, uint8_t proto, unsigned *port, struct err *e)
{
	struct ports_range range = { .family = at.family, .proto = proto, .count = 1 };
	int fd, r = port_hold(at, proto, port, &fd, e);

	if (r < 0 && r != -EADDRINUSE)
		return r;
	range.first = *port;
	if (!ip_is_any(at))
		range.at = at;
	if (find_owner(p, &range, p->owner, &(struct err){ 0 }) == 0 && *p->owner && r == 0) {
		r = err_set(e, "port-taken", EADDRINUSE, "publish port %u/%s", *port, port_proto(proto));
		fd_close(&fd);
	}
	p->refused = range;
	p->refused.at = at;
	if (r == 0 && fd >= 0)
		arena_push(p->live->arena, p->live->held, p->live->n_held, fd);
	return r;
}

static int say_holder(struct publishing *p, struct err *e)
{
	return publish_say_holder(p->st, p->live->arena, &p->refused, p->owner, e);
}

/* Those behind the first n. */
static void let_go(struct live *live, size_t n)
{
	while (live->n_held > n)
		fd_close(&live->held[--live->n_held]);
}

/* One port in all families of the wish. */
static int hold_all(struct publishing *p, const struct wish *w, unsigned *port, struct err *e)
{
	size_t before = p->live->n_held;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < w->n; i++)
		r = hold_one(p, w->at[i], w->port->proto, port, e);
	if (r < 0)
		let_go(p->live, before);
	return r;
}

/* ---- choosing ---- */

static void add_fact(struct publishing *p, const struct wish *w, unsigned first, unsigned count,
		     unsigned target)
{
	for (unsigned i = 0; i < w->n; i++) {
		bool any = ip_is_any(w->at[i]);
		char text[IP_TEXT];
		struct port_fact fact = { .at = any ? "" :
						      arena_strdup(p->live->arena, ip_text(w->at[i], text)),
					  .first = first,
					  .count = count,
					  .target = target,
					  .proto = w->port->proto,
					  .to = w->to[i],
					  .network = p->pasta ? "" : w->network[i]->dir };

		arena_push(p->live->arena, p->f->ports, p->f->n_ports, fact);
		if (p->pasta)
			continue;
		w->network[i]->published = w->network[i]->hairpin = true;
		w->network[i]->localnet |= w->at[i].family == AF_INET && (any || w->at[i].bytes[0] == 127);
	}
}

/* So many in a row, from one on that the kernel chooses. */
static int hold_row(struct publishing *p, const struct wish *w, unsigned count, unsigned *first, struct err *e)
{
	size_t before = p->live->n_held;
	int r;

	*first = 0;
	r = hold_all(p, w, first, e);
	if (r == 0 && *first + count - 1 > UINT16_MAX)
		r = -EADDRINUSE;
	for (unsigned i = 1; r == 0 && i < count; i++)
		r = hold_all(p, w, &(unsigned){ *first + i }, e);
	if (r < 0)
		let_go(p->live, before);
	return r;
}

/* What is free by one family may be taken by the other, or the port behind it: others then. */
static int take_row(struct publishing *p, const struct wish *w, unsigned count, unsigned target, struct err *e)
{
	enum { TRIES = 64 };
	unsigned first;
	int r = -EADDRINUSE;

	for (int i = 0; r == -EADDRINUSE && i < TRIES; i++)
		r = hold_row(p, w, count, &first, e);
	if (r == 0)
		add_fact(p, w, first, count, target);
	return r;
}

/* In a row, which is one step; where there are not so many side by side, each for itself. */
static int take_free(struct publishing *p, const struct wish *w, struct err *e)
{
	const struct spec_port *s = w->port;
	int r = take_row(p, w, s->count, s->container, e);

	if (r != -EADDRINUSE)
		return r;
	r = 0;
	for (unsigned i = 0; r == 0 && i < s->count; i++)
		r = take_row(p, w, 1, s->container + i, e);
	return r == -EADDRINUSE ? say_holder(p, e) : r;
}

static int take_one_of(struct publishing *p, const struct wish *w, struct err *e)
{
	const struct spec_port *s = w->port;
	int r = -EADDRINUSE;
	unsigned port = s->host;

	for (; r == -EADDRINUSE && port < s->host + s->host_count; port++)
		r = hold_all(p, w, &(unsigned){ port }, e);
	if (r == 0)
		add_fact(p, w, port - 1, 1, s->container);
	if (r != -EADDRINUSE)
		return r;
	err_set(e, "port-taken", EADDRINUSE, "publish a port of %u-%u/%s", s->host, port - 1,
		port_proto(s->proto));
	return err_cause(e, "all of them are taken"), err_hint(e, "name a longer range, or others");
}

static int take_all(struct publishing *p, const struct wish *w, struct err *e)
{
	const struct spec_port *s = w->port;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < s->count; i++)
		r = hold_all(p, w, &(unsigned){ s->host + i }, e);
	if (r == 0)
		add_fact(p, w, s->host, s->count, s->container);
	return r == -EADDRINUSE ? say_holder(p, e) : r;
}

static int take(struct publishing *p, const struct spec_port *port, struct err *e)
{
	struct wish w;
	int r = p->pasta ? find_pasta(&w, port, e) : find_targets(&w, port, p->f, e);

	if (r < 0)
		return r;
	if (!port->host)
		return take_free(p, &w, e);
	return port->host_count == port->count ? take_all(p, &w, e) : take_one_of(p, &w, e);
}

int publish_probe(struct state *st, struct live *live, const struct spec *s, struct facts *f, bool dry,
		  struct err *e)
{
	bool pasta = s->network.mode == NET_PASTA;
	struct publishing p = { .st = st, .pasta = pasta, .live = live, .f = f, .nl = NETLINK_CLOSED };
	size_t n;
	struct spec_port *ports = publish_wished(live->arena, s, &n);
	int r = 0;

	if (!n || (s->network.mode != NET_BRIDGE && !pasta))
		return 0;
	p.singles.arena = live->arena;
	f->ports_mark = arena_printf(live->arena, PORTS_MARK "%.12s", live->id);
	/* those that are named first, lest a free one is one of them */
	for (int free = 0; free < 2; free++)
		for (size_t i = 0; r == 0 && i < n; i++)
			if ((ports[i].host == 0) == free)
				r = take(&p, &ports[i], e);
	netlink_close(&p.nl);
	if (dry || pasta) /* which binds them itself */
		let_go(live, 0);
	return r;
}
