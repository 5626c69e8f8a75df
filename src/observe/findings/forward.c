/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Faults that a packet meets on its way, where all it needs is there: forwarding, filters, reverse paths. They are found
 * by walks: to the outside, to the gateway, to a neighbour, and, for who is in several networks, from one to the others.
 */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include "observe/findings/check.h"
#include "plan/build/repair.h"

struct way {
	struct subject *s;
	struct end *end;
	const char *to; /* for the evidence: "the outside", "its neighbour net2" */
	bool within;    /* both ends are on one bridge */
	bool narrow; /* what was asked is one port of many: not all of the bridge is to be let through for it */
	const struct walk *walk;
};

/* ---- repairs ---- */

static bool is_one_of(const char *code, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(code, *list))
			return true;
	return false;
}

/* "net.ipv4.ip_forward=0" */
static void repair_sysctl(struct check *c, struct finding *f, const struct world_netns *ns,
			  const char *setting, const char *value)
{
	const char *equals = setting ? strchr(setting, '=') : NULL;

	if (equals)
		repair_setting(&f->repair, check_path(c, ns),
			       arena_strndup(c->a, setting, (size_t)(equals - setting)), value, equals + 1);
}

/* By it undo finds the rule, and another repair sees that it is there. */
static const char *comment_of(struct check *c, const char *in, const char *out)
{
	return arena_printf(c->a, "guise doctor:%s%s%s%s", *in ? " from " : "", in, *out ? " to " : "", out);
}

/* The tables of iptables-nft have the names of the old ones, and their base chains those of the hooks. */
static bool is_of_iptables(const struct walk_place *p)
{
	static const char *const tables[] = { "filter", "mangle", "raw", "security", NULL };
	static const char *const chains[] = {
		"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING", NULL
	};

	return (p->family == NFPROTO_IPV4 || p->family == NFPROTO_IPV6) && is_one_of(p->table, tables) &&
	       is_one_of(p->base, chains);
}

static void insert_nft(struct check *c, struct finding *f, const struct world_netns *ns,
		       const struct walk_place *p, const char *in, const char *out, bool replies)
{
	bool xtables = is_of_iptables(p); /* to it a rule has a number, and no handle: it comes first */

	repair_rule(&f->repair, &(struct step_fix_rule){ .netns = check_path(c, ns),
							 .table = p->table,
							 .chain = p->chain ?: p->base,
							 .family = p->family,
							 .before = xtables ? 0 : p->handle,
							 .xtables = xtables,
							 .in = in,
							 .out = out,
							 .not_out = "",
							 .source = "",
							 .replies = replies,
							 .comment = comment_of(c, in, out) });
}

static void insert_legacy(struct check *c, struct finding *f, const struct world_netns *ns,
			  const struct walk_place *p, const char *in, const char *out, bool replies)
{
	bool ebtables = strncmp(p->tool, "ebtables", 8) == 0;
	const char *chain = p->chain ?: p->base;
	const char *number = !p->handle ? " 1" : arena_printf(c->a, " %llu", (unsigned long long)p->handle);
	const char *what = arena_printf(c->a, "%s%s%s%s%s -j ACCEPT", *in ? "-i " : "", in, *out ? "-o " : "",
					out, replies ? " -m conntrack --ctstate RELATED,ESTABLISHED" : "");
	const char *begin = arena_printf(c->a, "%s%s -t %s", p->tool, ebtables ? "" : " -w", p->table);

	repair_program(&f->repair, check_path(c, ns),
		       arena_printf(c->a, "%s -I %s%s %s", begin, chain, number, what),
		       arena_printf(c->a, "%s -D %s %s", begin, chain, what));
}

/* Both directions come before the rule, or the end of the chain, that drops. A rule's text is a shell's word: a name of a
 * link with a blank in it, which the kernel refuses, can't come here. */
static void repair_drop(struct check *c, struct finding *f, const struct way *way,
			const struct world_netns *ns)
{
	const struct walk_place *p = &way->walk->place;
	void (*insert)(struct check *, struct finding *, const struct world_netns *,
		       const struct walk_place *, const char *, const char *,
		       bool) = str_eq(p->tool, "nft") ? insert_nft : insert_legacy;
	const char *link = way->end->bridge->name;

	if (str_eq(f->code, "bridge-rule-drop")) {
		link = way->end->peer->name;
		insert(c, f, ns, p, "", link, false);
		insert(c, f, ns, p, link, "", false);
	} else if (str_eq(f->code, "input-drop")) {
		insert(c, f, ns, p, link, "", false);
	} else if (way->within) {
		insert(c, f, ns, p, link, link, false);
	} else {
		insert(c, f, ns, p, "", link, true);
		insert(c, f, ns, p, link, "", false);
	}
}

/* ---- what a walk says, as a finding ---- */

static const char *const drops[] = { "forward-policy-drop", "forward-rule-drop",     "input-drop",
				     "bridge-rule-drop",    "bridge-netfilter-drop", NULL };
static const char *const settings[] = { "forwarding-off", "rp-filter", NULL };

static const char *code_for(const struct way *way)
{
	const char *code = way->walk->code;

	if (way->within && (str_eq(code, "forward-policy-drop") || str_eq(code, "forward-rule-drop")))
		return "bridge-netfilter-drop";
	return code;
}

/* The same rule, or setting, is told once, whoever's packets it stops. */
static bool is_told(struct check *c, const struct walk *w)
{
	return check_told(c,
			  arena_printf(c->a, "%llu %s %s %llu %s", (unsigned long long)w->netns,
				       w->object ?: "", w->place.chain ?: "",
				       (unsigned long long)w->place.handle, w->setting ?: ""),
			  NULL);
}

static void tell(struct check *c, const struct way *way)
{
	const struct walk *w = way->walk;
	const struct world_netns *ns = world_netns_of(c->w, w->netns);
	const char *code = code_for(way);
	bool drop = is_one_of(code, drops);
	struct finding *f;

	/* a container that forwards nothing is as it should be: the packet was not for it */
	if (str_eq(code, "forwarding-off") && w->netns != way->end->at->inode)
		return;
	if (!ns || (!drop && !is_one_of(code, settings)) || is_told(c, w))
		return;
	f = check_add(c, code, way->s->target, w->setting ?: w->object);
	f->netns = w->netns;
	check_evidence(c, f, "a packet from %s to %s is stopped in %s: %s%s%s", way->s->target, way->to,
		       world_netns_title(c->w, ns), w->object ?: "", w->rule ? ": " : "", w->rule ?: "");
	if (w->setting)
		check_evidence(c, f, "%s", w->setting);
	if (way->narrow)
		f->advice = "if nobody wants that rule, delete it";
	else if (drop && w->place.tool)
		repair_drop(c, f, way, ns);
	else
		repair_sysctl(c, f, ns, w->setting, str_eq(code, "rp-filter") ? "2" : "1");
	if (!f->repair.count && !f->advice)
		f->advice = "change what is named there";
}

/* ---- walks ---- */

static const struct walk *go(struct check *c, const struct subject *from, struct ip src, struct ip dst,
			     uint8_t proto, uint16_t port)
{
	struct walk *w = arena_new(c->a, struct walk);
	struct walk_packet p = { .netns = from->ns->inode,
				 .src = src,
				 .dst = dst,
				 .proto = proto,
				 .sport = proto == IPPROTO_TCP ? 40000 : 0,
				 .dport = port };

	p.dst.len = (uint8_t)(8 * ip_size(dst));
	p.src.len = (uint8_t)(8 * ip_size(src));
	check_walk(c, &p, w);
	/* a wrong neighbour is told already; what stands behind it is asked here */
	if (w->verdict == WALK_BLOCKED && str_eq(w->code, "neighbour-stale")) {
		p.asks_anew = true;
		check_walk(c, &p, w);
	}
	return w;
}

/* Beyond the namespaces that are ours or our way out it is not ours to mend: then it has left. */
static bool is_ours(const struct check *c, const struct end *end, uint64_t netns)
{
	if (netns == end->at->inode)
		return true;
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++)
			if (c->subjects[i].ns->inode == netns && c->subjects[i].ends[k].bridge)
				return true;
	return false;
}

static bool judge(struct check *c, struct subject *s, struct end *end, const char *to, bool within,
		  const struct walk *w)
{
	const struct way way = { .s = s, .end = end, .to = to, .within = within, .walk = w };
	size_t before = c->out->n;

	if (w->verdict == WALK_UNKNOWN)
		check_could_not(c, "the way from %s to %s: %s", s->target, to, w->reason ?: "not known");
	if (w->verdict != WALK_BLOCKED || !w->code || !is_ours(c, end, w->netns))
		return false;
	tell(c, &way);
	return c->out->n > before;
}

static uint8_t icmp_of(struct ip ip)
{
	return ip.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

/* What is allowed for one port only, as by a policy to drop, may be meant; a rule against this one hardly is. */
static void walk_to_web(struct check *c, struct subject *s, struct end *end)
{
	struct way way = { .s = s, .end = end, .to = "port 80 of the outside", .narrow = true };

	way.walk = go(c, s, end->addr->ip, check_somewhere(end->addr->ip.family), IPPROTO_TCP, 80);
	if (way.walk->verdict == WALK_BLOCKED && str_eq(way.walk->code, "forward-rule-drop") &&
	    is_ours(c, end, way.walk->netns))
		tell(c, &way);
}

/* By TCP and by ICMP. With many subjects each goes by one of them only, in turn: what rules there are for either, the
 * neighbour meets. */
static void walk_out(struct check *c, struct subject *s, struct end *end)
{
	enum { FEW = 64 };
	struct ip to = check_somewhere(end->addr->ip.family);
	bool one = c->n > FEW, odd = (s - c->subjects) % 2;

	if ((!one || !odd) &&
	    judge(c, s, end, "the outside", false, go(c, s, end->addr->ip, to, IPPROTO_TCP, 443)))
		return;
	if (!one || s == c->subjects)
		walk_to_web(c, s, end);
	if (!one || odd)
		judge(c, s, end, "the outside", false, go(c, s, end->addr->ip, to, icmp_of(to), 0));
}

static void walk_to_gateway(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);

	if (gateway)
		judge(c, s, end, arena_printf(c->a, "its gateway %s", check_ip(c, gateway->ip)), false,
		      go(c, s, end->addr->ip, gateway->ip, icmp_of(gateway->ip), 0));
}

static bool is_whole(const struct end *end, const struct end *of)
{
	return end->bridge && end->bridge == of->bridge && !end->broken && end->addr &&
	       end->addr->ip.family == of->addr->ip.family;
}

/* The next one on the bridge: so each cable and each port is gone through, and the walks are as many as the ends. */
static const struct end *next_neighbour(const struct check *c, const struct subject *s, const struct end *of,
					const struct subject **who)
{
	size_t at = (size_t)(s - c->subjects);

	for (size_t n = 1; n < c->n; n++) {
		*who = &c->subjects[(at + n) % c->n];
		for (size_t k = 0; k < (*who)->n_ends; k++)
			if (is_whole(&(*who)->ends[k], of))
				return &(*who)->ends[k];
	}
	return NULL;
}

static void walk_to_neighbour(struct check *c, struct subject *s, struct end *end)
{
	const struct subject *who;
	const struct end *other = next_neighbour(c, s, end, &who);

	if (other)
		judge(c, s, end, arena_printf(c->a, "its neighbour %s", who->target), true,
		      go(c, s, end->addr->ip, other->addr->ip, icmp_of(other->addr->ip), 0));
}

/* Who is in two networks may get packets by a link that its answers don't leave by. Networks may be kept apart on purpose:
 * so nothing else is told of this way. */
static void walk_across(struct check *c, struct subject *s, struct end *end)
{
	const struct end *out = check_way_out(s);

	for (size_t i = 0; i < c->n && s->n_ends > 1; i++) {
		struct subject *from = &c->subjects[i];
		const struct end *way = check_way_out(from);
		const struct walk *w;

		if (from == s || !way || !way->addr || way->broken || way->bridge == end->bridge ||
		    end == out || way->addr->ip.family != end->addr->ip.family)
			continue;
		w = go(c, from, way->addr->ip, end->addr->ip, icmp_of(end->addr->ip), 0);
		if (w->verdict == WALK_BLOCKED && str_eq(w->code, "rp-filter"))
			judge(c, from, end, arena_printf(c->a, "%s of %s", end->link->name, s->target), false,
			      w);
		return;
	}
}

void findings_forward(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];
		const struct end *out = check_way_out(s);

		for (size_t k = 0; s->asked && k < s->n_ends; k++) {
			struct end *end = &s->ends[k];

			if (!end->bridge || end->broken || !end->addr)
				continue;
			walk_to_gateway(c, s, end);
			if (end == out)
				walk_out(c, s, end);
			walk_to_neighbour(c, s, end);
			walk_across(c, s, end);
		}
	}
}
