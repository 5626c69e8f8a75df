/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of published ports: from outside to who listens in the container. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "kernel/net/port.h"
#include "observe/findings/check.h"
#include "observe/walk/published.h"

enum { UDP_BOUND = 7 }; /* TCP_CLOSE: a socket of UDP that is bound and not connected */

static bool is_loopback(struct ip ip)
{
	struct ip four, six;

	ip_parse("127.0.0.0/8", &four);
	ip_parse("::1/128", &six);
	return check_contains(four, ip) || check_contains(six, ip);
}

static bool listens(const struct world_socket *s, const struct world_published *p, uint64_t port)
{
	return s->proto == p->proto && s->port == port &&
	       (p->proto == IPPROTO_UDP ? s->state == UDP_BOUND : s->state == TCP_LISTEN);
}

/* Who listens there by another address than loopback's; *loopback: somebody does by that one. */
static const struct world_socket *listener(const struct world_netns *ns, const struct world_published *p,
					   uint64_t port, const struct world_socket **loopback)
{
	*loopback = NULL;
	for (size_t i = 0; i < ns->n_sockets; i++) {
		const struct world_socket *s = &ns->sockets[i];

		if (!listens(s, p, port))
			continue;
		if (!is_loopback(s->ip))
			return s;
		*loopback = s;
	}
	return NULL;
}

static const char *port_text(struct check *c, const struct world_published *p)
{
	return arena_printf(c->a, "%llu/%s", (unsigned long long)p->port, port_proto(p->proto));
}

static struct finding *tell(struct check *c, const char *code, const struct subject *s,
			    const struct world_published *p)
{
	struct finding *f = check_add(c, code, s->target, port_text(c, p));

	f->netns = s->ns->inode;
	check_evidence(c, f, "%s port %s of the host to port %llu of %s",
		       p->rule ? "a rule of NAT leads" : "its engine publishes", port_text(c, p),
		       (unsigned long long)p->target, s->target);
	if (p->rule)
		check_evidence(c, f, "%s", p->rule);
	return f;
}

/* What lists who listens at such a port. */
static const char *lister(const struct world_published *p)
{
	return p->proto == IPPROTO_UDP ? "ss -lunp" : "ss -ltnp";
}

/* ---- inside ---- */

/* Sockets of SCTP are not looked at: who listens there is not known. */
static bool has_known_sockets(const struct world_published *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

static bool look_inside(struct check *c, const struct subject *s, const struct world_published *p)
{
	const struct world_socket *loopback;
	struct finding *f;

	if (!has_known_sockets(p) || listener(s->ns, p, p->target, &loopback))
		return false;
	f = tell(c, loopback ? "port-loopback-only" : "port-no-listener", s, p);
	if (loopback)
		check_evidence(c, f, "in it a program listens at %s, port %llu, only (%s)",
			       check_ip(c, loopback->ip), (unsigned long long)p->target, lister(p));
	else
		check_evidence(c, f, "nobody in it listens at port %llu (%s)",
			       (unsigned long long)p->target, lister(p));
	f->advice = loopback ? "tell the server to listen at 0.0.0.0" :
			       "start the server, or publish the port that it has";
	return true;
}

/* ---- on the host ---- */

/* It listens, or is bound, only lest others take the port. */
static bool keeps_free(const struct world_process *p)
{
	static const char *const names[] = { "conmon", "guise", "guise-monitor" };

	for (size_t i = 0; p && i < ARRAY_LEN(names); i++)
		if (str_eq(p->comm, names[i]))
			return true;
	return false;
}

/* A helper of the engine, which passes on what comes by the host's loopback, or all. */
static bool is_helper(const struct world_process *p)
{
	static const char *const names[] = { "docker-proxy", "rootlesskit", "rootlessport", "pasta",
					     "pasta.avx2",   "slirp4netns", "exe" };

	for (size_t i = 0; p && i < ARRAY_LEN(names); i++)
		if (str_eq(p->comm, names[i]))
			return true;
	return false;
}

static bool look_for_taken(struct check *c, const struct subject *s, const struct world_published *p,
			   bool *passed_on)
{
	const struct world_socket *loopback, *held = listener(c->host, p, p->port, &loopback);
	const struct world_process *who = held && held->pid ? world_process_of(c->w, held->pid) : NULL;
	struct finding *f;

	*passed_on = held && (is_helper(who) || !who);
	if (!held || *passed_on || keeps_free(who))
		return false;
	f = tell(c, "port-taken", s, p);
	check_evidence(c, f, "on the host %s, process %lld, listens at it (%s)",
		       who->comm ?: "a program", (long long)held->pid, lister(p));
	f->advice = arena_printf(c->a, "end process %lld, or publish another port", (long long)held->pid);
	return true;
}

/* As it would come from outside. */
static void walk_in(struct check *c, const struct subject *s, const struct world_published *p, struct walk *w,
		    bool *came)
{
	const struct world_route *route;
	const struct world_link *up = check_uplink(c->host, AF_INET, &route);
	const struct world_addr *own = up ? check_gateway(c, c->host, up, NULL) : NULL;
	struct walk_packet packet = { .netns = c->host->inode,
				      .src = check_somewhere(AF_INET),
				      .proto = (uint8_t)p->proto,
				      .sport = 40000,
				      .dport = (uint16_t)p->port };

	*came = own && own->ip.family == AF_INET && (ip_is_any(p->ip) || p->ip.family == AF_INET);
	if (!*came)
		return;
	packet.iif = up->name;
	packet.dst = !ip_is_any(p->ip) ? p->ip : own->ip;
	packet.dst.len = packet.src.len = 32;
	check_walk(c, &packet, w);
}

static bool is_own(const struct subject *s, struct ip ip)
{
	for (size_t i = 0; i < s->n_ends; i++)
		if (s->ends[i].addr && ip_same(s->ends[i].addr->ip, ip))
			return true;
	return false;
}

static bool is_known(const struct check *c, const char *code, const char *object)
{
	for (size_t i = 0; i < c->out->n; i++)
		if (str_eq(c->out->v[i].code, code) && str_eq(c->out->v[i].object, object))
			return true;
	return false;
}

/* They are sent on to it, and the host stops them. (What is outside stops others, too.) */
static void look_at_block(struct check *c, const struct subject *s, const struct world_published *p,
			  const struct walk *w)
{
	struct finding *f;

	if (w->verdict != WALK_BLOCKED || w->netns != c->host->inode || !w->code || !w->object ||
	    !code_of(w->code) || (!str_after(w->code, "forward-") && !str_eq(w->code, "forwarding-off")) ||
	    is_known(c, w->code, w->object))
		return;
	f = check_add(c, w->code, s->target, w->object);
	f->netns = w->netns;
	check_evidence(c, f, "a packet to the published port %s is sent on to %s, and blocked on its way",
		       port_text(c, p), s->target);
	if (w->rule || w->setting)
		check_evidence(c, f, "by %s", w->rule ?: w->setting);
	f->advice = "let it pass there, or let the engine make its rules anew";
}

/* What cuts it off was told; packets then go elsewhere, and what they meet there is no fault. */
static bool is_cut_off(const struct subject *s)
{
	for (size_t i = 0; i < s->n_ends; i++)
		if (s->ends[i].broken)
			return true;
	return s->broken;
}

/* Its packets end at another container, or never leave the host. */
static void look_at_way(struct check *c, const struct subject *s, const struct world_published *p,
			bool passed_on)
{
	struct walk w = { 0 };
	bool came;
	const struct subject *other;
	struct finding *f;

	if (is_loopback(p->ip) || is_cut_off(s))
		return; /* not to be reached from outside */
	walk_in(c, s, p, &w, &came);
	if (came && is_own(s, w.dst))
		look_at_block(c, s, p, &w);
	if (!came || w.verdict == WALK_UNKNOWN || is_own(s, w.dst))
		return;
	other = check_owner(c, w.dst);
	if (!other && passed_on)
		return;
	f = tell(c, other ? "nat-shadowed" : "port-rule-missing", s, p);
	if (other)
		check_evidence(c, f, "a packet to it is sent on to %s, which is %s", check_ip(c, w.dst),
			       other->target);
	else
		check_evidence(
			c, f,
			"no rule of NAT sends a packet to it on (nft list ruleset; iptables -t nat -S)");
	f->advice = other ? "take away the other's rule, or publish another port" :
		    s->container && str_eq(s->container->engine, "guise") ?
			    "put its rules back: guise network reload" :
			    "let the engine make its rules anew: restart the container, or the engine";
}

static bool tells_of(const struct world_container *c, const struct world_published *p)
{
	for (size_t i = 0; c && i < c->n_ports; i++)
		if (c->ports[i].port == p->port && c->ports[i].proto == p->proto)
			return true;
	return false;
}

/* What is published by hand, and what engines keep to themselves, is known by the rules. Those exist, then; what is asked
 * is who listens, and what else is on the way. */
static void look_at_ruled(struct check *c)
{
	struct published *list;
	size_t n = published_by_rules(c->w, c->a, &list);

	for (size_t i = 0; i < n; i++) {
		const struct world_published *p = &list[i].port;
		const struct subject *s = check_owner(c, list[i].to);
		struct walk w = { 0 };
		bool came;

		/* that it takes others' packets is worse than that nobody wants them */
		if (is_known(c, "nat-shadowed", list[i].object) ||
		    is_known(c, "nat-shadowed", port_text(c, p)))
			continue;
		if (!s || !s->asked || tells_of(s->container, p) || look_inside(c, s, p) || is_cut_off(s))
			continue;
		walk_in(c, s, p, &w, &came);
		if (came && is_own(s, w.dst))
			look_at_block(c, s, p, &w);
	}
}

void findings_ports(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];
		size_t n = s->asked && s->container ? s->container->n_ports : 0;

		for (size_t k = 0; k < n; k++) {
			const struct world_published *p = &s->container->ports[k];
			bool passed_on;

			if (!look_inside(c, s, p) && !look_for_taken(c, s, p, &passed_on))
				look_at_way(c, s, p, passed_on);
		}
	}
	look_at_ruled(c);
}
