/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names: can a container that reaches the outside ask one of its resolvers? Where it can't reach the outside either, that
 * is the fault, and told by others; and where it isn't to (no default route), whom it asks is its own affair.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "observe/findings/check.h"

enum { DOMAIN = 53, HTTPS = 443 };

static bool is_loopback(struct ip ip)
{
	static const uint8_t six[16] = { [15] = 1 };

	return ip.family == AF_INET ? ip.bytes[0] == 127 : ip_same(ip, ip_of(AF_INET6, six, sizeof(six)));
}

static enum walk_verdict ask(struct check *c, const struct subject *s, struct ip to, uint8_t proto,
			     uint16_t port, struct walk *way)
{
	struct walk_packet p = { .netns = s->ns->inode, .dst = to, .proto = proto, .dport = port };

	check_walk(c, &p, way);
	return way->verdict;
}

/* What was found on the way to one resolver. */
struct asked {
	const char *text;
	struct walk way;
	bool loopback;
};

static bool reaches_outside(struct check *c, const struct subject *s)
{
	struct walk way;

	return ask(c, s, check_somewhere(s->out->family == AF_INET6 ? AF_INET6 : AF_INET), IPPROTO_TCP, HTTPS,
		   &way) == WALK_ARRIVES;
}

static void add_way(struct check *c, struct finding *f, const struct asked *a)
{
	const struct walk *w = &a->way;
	const struct world_netns *ns = world_netns_of(c->w, w->netns);

	check_evidence(c, f, "the way to %s, port 53/udp, is blocked in %s: %s%s%s", a->text,
		       ns ? world_netns_title(c->w, ns) : "?", w->object ?: "?", w->rule ? ": " : "",
		       w->rule ?: "");
}

static const char *host_resolvers(struct check *c)
{
	struct str list = { .arena = c->a };
	struct ip ip;

	for (size_t i = 0; i < c->w->resolvers.n; i++)
		if (ip_parse(c->w->resolvers.v[i], &ip) == 0 && !is_loopback(ip))
			str_addf(&list, "%s%s", list.len ? ", " : "", c->w->resolvers.v[i]);
	return list.len ? list.p : NULL;
}

/* Its engine writes the file when it makes or starts the container: no step of ours does. */
static void advise(struct check *c, struct finding *f, const struct subject *s)
{
	const char *list = host_resolvers(c);
	const char *how = str_eq(s->container->engine, "guise") ? "-v FILE:/etc/resolv.conf:ro" :
								  "--dns ADDRESS";

	f->advice = arena_printf(c->a, "make it anew with resolvers that it reaches, %s%s%s", how,
				 list ? "; the host asks " : "", list ? list : "");
}

static void tell(struct check *c, const struct subject *s, const struct asked *asked, size_t n)
{
	bool all_loopback = true;
	struct finding *f;

	for (size_t i = 0; i < n; i++)
		all_loopback = all_loopback && asked[i].loopback;
	f = check_add(c, all_loopback ? "dns-loopback" : "dns-unreachable", s->target, asked[0].text);
	f->netns = s->ns->inode;
	check_evidence(c, f, "addresses outside are reached from %s", s->target);
	for (size_t i = 0; i < n; i++)
		if (asked[i].loopback)
			check_evidence(
				c, f,
				"nameserver %s of its resolv.conf is its own loopback, where nobody answers at port 53",
				asked[i].text);
		else
			add_way(c, f, &asked[i]);
	advise(c, f, s);
}

static void look_at(struct check *c, const struct subject *s)
{
	enum { ASKED_MAX = 3 }; /* as the C library (resolv.conf(5)) */
	const struct strv *list = &s->container->resolvers;
	struct asked asked[ASKED_MAX];
	size_t n = 0;

	for (size_t i = 0; i < list->n && i < ASKED_MAX; i++) {
		struct ip ip;

		if (ip_parse(list->v[i], &ip) < 0)
			return; /* with a zone, perhaps */
		asked[n].text = list->v[i];
		asked[n].loopback = is_loopback(ip);
		if (ask(c, s, ip, IPPROTO_UDP, DOMAIN, &asked[n++].way) != WALK_BLOCKED)
			return;
	}
	if (n && reaches_outside(c, s))
		tell(c, s, asked, n);
}

void findings_names(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct subject *s = &c->subjects[i];

		if (s->asked && !s->broken && s->container && s->out && s->ns != c->host)
			look_at(c, s);
	}
}
