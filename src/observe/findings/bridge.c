/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of bridges and of their ports, and what delays or loses packets at a link. */
#include <linux/if_bridge.h>
#include <linux/if.h>

#include "observe/findings/check.h"
#include "plan/build/repair.h"

enum { PORTS_MAX = 1023 }; /* BR_MAX_PORTS - 1: the number 0 is none's (net/bridge/br_private.h) */

/* ---- a bridge as a whole ---- */

static void tell_bridge_down(struct check *c, const struct subject *s, const struct end *end)
{
	struct finding *f = check_add_link(c, "bridge-down", s, end->at, end->bridge);

	check_evidence(c, f, "bridge %s of %s is down (ip link)", end->bridge->name,
		       world_netns_title(c->w, end->at));
	repair_link(&f->repair, check_path(c, end->at), end->bridge->name, "state", "up", "down");
}

static void tell_bridge_arp_off(struct check *c, const struct subject *s, const struct end *end)
{
	struct finding *f = check_add_link(c, "arp-off", s, end->at, end->bridge);

	check_evidence(c, f, "bridge %s has the flag NOARP (ip link)", end->bridge->name);
	repair_link(&f->repair, check_path(c, end->at), end->bridge->name, "arp", "on", "off");
}

static unsigned count_ports(const struct world_netns *ns, const struct world_link *bridge, unsigned *isolated)
{
	unsigned n = 0;

	*isolated = 0;
	for (size_t i = 0; i < ns->n_links; i++) {
		if (ns->links[i].master != bridge->index)
			continue;
		n++;
		*isolated += ns->links[i].is_port && ns->links[i].port.isolated;
	}
	return n;
}

static void tell_full(struct check *c, const struct subject *s, const struct end *end, unsigned ports)
{
	struct finding *f = check_add_link(c, "bridge-full", s, end->at, end->bridge);

	check_evidence(c, f, "bridge %s has %u ports, and can have %d", end->bridge->name, ports, PORTS_MAX);
	f->advice = "connect further containers to a second network";
}

/* ---- a port ---- */

static const char *const states[] = { "disabled", "listening", "learning", "forwarding", "blocking" };

static struct finding *tell_port(struct check *c, const struct subject *s, struct end *end)
{
	end->broken = true;
	return check_add_link(c, "bridge-port-blocked", s, end->at, end->peer);
}

/* The link has its carrier, and the kernel has not told the bridge yet: it does so within a second (link_watch.c). */
static bool is_coming_up(const struct world_link *port)
{
	return port->flags & IFF_LOWER_UP && !(port->flags & IFF_RUNNING);
}

/* While a spanning tree is found out, a port listens and learns for some seconds. */
static void look_at_state(struct check *c, const struct subject *s, struct end *end)
{
	uint32_t state = end->peer->port.state;
	struct finding *f;

	if (state == BR_STATE_FORWARDING || state >= ARRAY_LEN(states) ||
	    (state == BR_STATE_DISABLED && is_coming_up(end->peer)))
		return;
	f = tell_port(c, s, end);
	f->certainty = state == BR_STATE_LISTENING || state == BR_STATE_LEARNING ? CERTAINTY_SUSPICION :
										   CERTAINTY_FAULT;
	check_evidence(c, f, "port %s of bridge %s is %s (bridge link)", end->peer->name, end->bridge->name,
		       states[state]);
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "port-state", "3",
		    arena_printf(c->a, "%u", state));
}

/* One alone reaches all others: only isolated ones don't reach each other. */
static void look_at_isolation(struct check *c, const struct subject *s, struct end *end, unsigned isolated)
{
	struct finding *f;

	if (end->broken || !end->peer->port.isolated || isolated < 2)
		return;
	f = tell_port(c, s, end);
	check_evidence(c, f, "port %s of bridge %s is isolated, as %u of its ports are (bridge -d link)",
		       end->peer->name, end->bridge->name, isolated);
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "isolated", "off", "on");
}

static uint32_t pvid_of(const struct world_link *link)
{
	for (size_t i = 0; i < link->n_vlans; i++)
		if (link->vlans[i].pvid)
			return link->vlans[i].first;
	return 0;
}

/* Has the host an interface in that VLAN? */
static bool is_used_vlan(const struct world_netns *ns, const struct world_link *bridge, uint32_t vlan)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].peer == bridge->index && ns->links[i].vlan_id == vlan)
			return true;
	return false;
}

static void look_at_vlan(struct check *c, const struct subject *s, struct end *end)
{
	uint32_t port = pvid_of(end->peer), bridge = pvid_of(end->bridge);
	struct finding *f;

	if (end->broken || !end->bridge->vlan_filtering || port == bridge || !end->addr || !bridge ||
	    !check_gateway(c, end->at, end->bridge, &end->addr->ip) ||
	    (port && is_used_vlan(end->at, end->bridge, port)))
		return;
	f = tell_port(c, s, end);
	if (port)
		check_evidence(
			c, f,
			"port %s is in VLAN %u, and bridge %s, which filters by VLAN, in %u (bridge vlan)",
			end->peer->name, port, end->bridge->name, bridge);
	else
		check_evidence(c, f, "bridge %s filters by VLAN, and port %s is in none (bridge vlan)",
			       end->bridge->name, end->peer->name);
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "vlan",
		    arena_printf(c->a, "%u", bridge), port ? arena_printf(c->a, "%u", port) : "");
}

static bool is_known_behind(const struct end *end)
{
	for (size_t i = 0; i < end->at->n_neighs; i++) {
		const struct world_neigh *n = &end->at->neighs[i];

		if (!ip_is(n->ip) && n->link == end->peer->index && str_eq(n->mac, end->link->mac))
			return true;
	}
	return false;
}

/* A port that believes nobody, and has not been told whom to believe. */
static void look_at_guard(struct check *c, const struct subject *s, struct end *end)
{
	const struct world_port *p = &end->peer->port;
	struct finding *f;

	if (end->broken || (!p->locked && (p->learning || p->flood)) || is_known_behind(end))
		return;
	f = tell_port(c, s, end);
	check_evidence(c, f, "port %s of bridge %s %s, and has no entry for %s (bridge -d link; bridge fdb)",
		       end->peer->name, end->bridge->name,
		       p->locked ? "is locked" : "neither learns nor floods", end->link->mac ?: "it");
	if (p->locked)
		repair_link(&f->repair, check_path(c, end->at), end->peer->name, "locked", "off", "on");
	else
		repair_link(&f->repair, check_path(c, end->at), end->peer->name, "learning", "on", "off");
}

static void look_at_port(struct check *c, const struct subject *s, struct end *end)
{
	unsigned isolated;

	if (!end->peer->is_port || !check_is_up(end->peer))
		return;
	look_at_state(c, s, end);
	count_ports(end->at, end->bridge, &isolated);
	look_at_isolation(c, s, end, isolated);
	look_at_vlan(c, s, end);
	look_at_guard(c, s, end);
}

static bool is_bridge_broken(struct check *c, const struct subject *s, const struct end *end)
{
	bool down = !check_is_up(end->bridge), mute = end->bridge->flags & IFF_NOARP;
	unsigned isolated, ports;

	if (check_told(c, "bridge", end->bridge))
		return down || mute;
	ports = count_ports(end->at, end->bridge, &isolated);
	if (ports >= PORTS_MAX)
		tell_full(c, s, end, ports);
	if (down)
		tell_bridge_down(c, s, end);
	else if (mute)
		tell_bridge_arp_off(c, s, end);
	return down || mute;
}

/* ---- queues ---- */

static bool shapes(const struct world_qdisc *q)
{
	static const char *const kinds[] = { "netem", "tbf", "red", "gred", "choke", "sfb" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(q->kind, kinds[i]))
			return true;
	return q->polices || (q->limit && q->queued >= q->limit && q->drops);
}

/* Does it drop what the link itself would take? */
static bool is_too_narrow(const struct world_qdisc *q, const struct world_link *link)
{
	return q->burst && q->burst < link->mtu;
}

/* One that has dropped nothing yet may be meant, unless larger packets never pass it. */
static void look_at_queue(struct check *c, const struct subject *s, const struct world_netns *ns,
			  const struct world_link *link)
{
	for (size_t i = 0; i < ns->n_qdiscs; i++) {
		const struct world_qdisc *q = &ns->qdiscs[i];
		struct finding *f;

		if (q->link != link->index || !shapes(q))
			continue;
		f = check_add_link(c, "traffic-shaped", s, ns, link);
		f->certainty = q->drops || q->polices || is_too_narrow(q, link) ? CERTAINTY_FAULT :
										  CERTAINTY_SUSPICION;
		check_evidence(c, f, "%s at %s%s%s%s, %llu packets dropped (tc -s qdisc)", q->kind,
			       link->name, q->options ? ": " : "", q->options ?: "",
			       q->polices ? ", and a filter polices" : "", (unsigned long long)q->drops);
		if (is_too_narrow(q, link))
			check_evidence(c, f, "a packet of more than %llu bytes never passes it (burst)",
				       (unsigned long long)q->burst);
		f->advice = arena_printf(c->a, "if nobody wants it: tc qdisc delete dev %s root%s",
					 link->name, q->polices ? "; tc filter show tells the filters" : "");
	}
}

void findings_bridge(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];

		for (size_t k = 0; s->asked && k < s->n_ends; k++) {
			struct end *end = &s->ends[k];

			if (end->bridge && is_bridge_broken(c, s, end))
				end->broken = true;
			if (end->bridge && !end->broken && !end->inferred)
				look_at_port(c, s, end);
			if (end->broken)
				continue;
			look_at_queue(c, s, s->ns, end->link);
			if (end->peer)
				look_at_queue(c, s, end->at, end->peer);
		}
	}
}
