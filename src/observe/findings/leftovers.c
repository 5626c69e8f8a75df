/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is left of containers that are gone. Each of these is there for a moment, too, while a container begins or ends, and
 * a name proves nothing: so it counts only if its name is one that an engine gives, no process is in it, and no
 * container that lives is known to have it. Nothing of it is taken away by us: no step could bring it back.
 */
#include <string.h>

#include "kernel/net/nft.h"
#include "observe/findings/check.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/* A process whose namespaces we may not see may be in any. */
static bool sees_namespaces(const struct check *c)
{
	for (size_t i = 0; i < c->w->unread.n; i++)
		if (strstr(c->w->unread.v[i], "namespaces of") || str_after(c->w->unread.v[i], "netns "))
			return false;
	return true;
}

static struct finding *tell(struct check *c, const char *engine, const char *id, const char *object)
{
	struct finding *f = check_add(c, "leftover", arena_printf(c->a, "%s:%.12s", engine, id), object);

	f->netns = c->host->inode;
	return f;
}

/* ---- what carries a container's id ---- */

static bool lives(const struct world_container *k)
{
	return k->pid || str_eq(k->status, "creating") || str_eq(k->status, "running") ||
	       str_eq(k->status, "paused") || str_eq(k->status, "restarting");
}

/* CNI's are "ID", or with a namespace, "default-ID". */
static bool is_of(const char *mark, const char *id)
{
	size_t n = strlen(mark), len = strlen(id);

	return n >= len && str_eq(mark + n - len, id) && (n == len || mark[n - len - 1] == '-');
}

static void look_at_mark(struct check *c, const struct world_mark *m)
{
	bool known = false;
	struct finding *f;

	if (!m->kind || !m->engine || !m->id || !m->path)
		return; /* out of a file */
	for (size_t i = 0; i < c->w->n_containers; i++) {
		const struct world_container *k = &c->w->containers[i];

		if (!k->id || !is_of(m->id, k->id))
			continue;
		if (lives(k))
			return;
		known = true;
	}
	f = tell(c, m->engine, m->id, m->path);
	if (known)
		check_evidence(c, f, "container %.12s doesn't run", m->id);
	else
		check_evidence(c, f, "there is no container %.12s", m->id);
	if (str_eq(m->kind, "cgroup")) {
		check_evidence(c, f, "no process is in it (cgroup.procs)");
		f->advice = arena_printf(c->a, "rmdir %s",
					 str_shell(&(struct str){ .arena = c->a }, m->path));
	} else if (str_eq(m->kind, "lease")) {
		check_evidence(c, f, "it holds the address %s, which nobody else gets",
			       m->text ? m->text : "?");
		f->advice = arena_printf(c->a, "rm %s", str_shell(&(struct str){ .arena = c->a }, m->path));
	} else {
		check_evidence(c, f, "it is still mounted (/proc/self/mountinfo)");
		f->advice = arena_printf(c->a, "umount %s",
					 str_shell(&(struct str){ .arena = c->a }, m->path));
	}
}

/* ---- network namespaces ---- */

/* n digits */
static bool is_hex(const char *text, size_t n)
{
	return strspn(text, "0123456789abcdef") >= n;
}

/* "cni-0aa1b2c3-...", "netns-...": an id of 36 characters; docker's have 12 digits. */
static const char *engine_of(const struct world_netns *ns)
{
	const char *docker = ns->path ? str_after(ns->path, "/run/docker/netns/") : NULL;
	const char *rest = ns->name ? str_after(ns->name, "cni-") : NULL;
	const char *podman = ns->name ? str_after(ns->name, "netns-") : NULL;

	if (docker && strlen(docker) == 12 && is_hex(docker, 12))
		return "docker";
	if (rest && strlen(rest) == 36 && is_hex(rest, 8) && rest[8] == '-')
		return "CNI";
	return podman && strlen(podman) == 36 && is_hex(podman, 8) && podman[8] == '-' ? "podman" : NULL;
}

static bool is_used(const struct check *c, uint64_t inode)
{
	for (size_t i = 0; i < c->w->n_processes; i++)
		if (c->w->processes[i].ns[WORLD_NS_NET] == inode)
			return true;
	for (size_t i = 0; i < c->w->n_containers; i++)
		if (c->w->containers[i].netns == inode)
			return true;
	return false;
}

static void look_at_namespace(struct check *c, const struct world_netns *ns)
{
	const char *engine = engine_of(ns), *base = engine ? strrchr(ns->path, '/') : NULL;
	struct finding *f;

	if (!engine || !base || ns->pid || is_used(c, ns->inode))
		return;
	f = tell(c, engine, base + 1, ns->path);
	f->netns = ns->inode;
	f->certainty = sees_namespaces(c) ? CERTAINTY_FAULT : CERTAINTY_SUSPICION;
	check_evidence(c, f, "no process is in it (/proc/*/ns/net), and no container has it");
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_netns *at;
		const struct world_link *peer = world_peer(c->w, ns, &ns->links[i], &at);

		if (peer && at == c->host)
			check_evidence(c, f, "it keeps %s of the host, the other end of its %s", peer->name,
				       ns->links[i].name);
	}
	f->advice = arena_printf(c->a, "umount %s && rm %s",
				 str_shell(&(struct str){ .arena = c->a }, ns->path),
				 str_shell(&(struct str){ .arena = c->a }, ns->path));
}

/* ---- cables ---- */

static bool is_engines_bridge(const char *name)
{
	static const char *const names[] = { "docker", "br-", "cni", "podman", "guise" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_after(name, names[i]))
			return true;
	return false;
}

static bool is_plain(const struct world_netns *ns, const struct world_link *link)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].link == link->index && ns->addrs[i].scope == 0)
			return false;
	return !link->master;
}

/* Somebody lacks an end: it may be this one (links.c). */
static bool somebody_lacks_one(const struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->subjects[i].n_ends)
			return true;
	return false;
}

static void look_at_cable(struct check *c, const struct world_link *port)
{
	const struct world_link *bridge = port->master ? world_link_at(c->host, port->master) : NULL, *peer;
	const struct world_netns *at;
	struct finding *f;

	if (!bridge || !str_eq(port->kind, "veth") || !is_engines_bridge(bridge->name) ||
	    !(peer = world_peer(c->w, c->host, port, &at)) || at != c->host || !is_plain(at, peer))
		return;
	f = tell(c, bridge->name, port->name, port->name);
	f->link = port->name;
	f->certainty = CERTAINTY_SUSPICION;
	check_evidence(
		c, f,
		"it is a port of %s, and the other end of its cable, %s, is in no container but on the host",
		bridge->name, peer->name);
	f->advice = arena_printf(c->a, "ip link delete %s",
				 str_shell(&(struct str){ .arena = c->a }, port->name));
}

/* ---- published ports ---- */

static struct ip address_at(const struct world_bytes *b, size_t at, int family)
{
	size_t n = family == AF_INET ? 4 : 16;

	return b->n >= at + n ? ip_of(family, b->v + at, n) : (struct ip){ 0 };
}

/* Where a rule sends to; none: nowhere. Of the extension: struct nf_nat_ipv4_multi_range_compat in its revisions 0 and 1
 * (linux/netfilter/nf_nat.h), else struct nf_nat_range. */
static struct ip goes_to(const struct world_nft_rule *r, int family)
{
	const struct world_bytes *last = NULL;

	for (size_t i = 0; i < r->n_exprs; i++) {
		const struct world_expr *x = &r->exprs[i];

		if (str_eq(x->kind, "immediate") && x->data.n == (family == AF_INET ? 4 : 16))
			last = &x->data;
		if (str_eq(x->kind, "nat") && x->type == NFT_NAT_DNAT && last)
			return address_at(last, 0, family);
		if (!str_eq(x->kind, "target") || !str_eq(x->name, "DNAT"))
			continue;
		return x->revision < 2 && family == AF_INET ? address_at(&x->info, 8, family) :
							      address_at(&x->info, 4, family);
	}
	return (struct ip){ 0 };
}

static bool is_engines_chain(const struct world_table *t, const char *chain)
{
	return str_eq(chain, "DOCKER") || str_after(chain, "CNI-DN-") || str_after(chain, "NETAVARK-DN-") ||
	       (str_eq(t->name, "netavark") && str_after(chain, "nv_"));
}

static bool is_somebodys(const struct check *c, struct ip ip)
{
	for (size_t i = 0; i < c->w->n_netns; i++)
		for (size_t k = 0; k < c->w->netns[i].n_addrs; k++)
			if (ip_same(c->w->netns[i].addrs[k].ip, ip))
				return true;
	return false;
}

/* The host's bridge of that subnet, if all that is on it is seen. */
static const struct world_link *bridge_of(const struct check *c, struct ip ip)
{
	for (size_t i = 0; i < c->host->n_links; i++) {
		const struct world_link *l = &c->host->links[i];

		if (str_eq(l->kind, "bridge") && check_gateway(c, c->host, l, &ip) &&
		    !check_has_foreign_port(c, c->host, l))
			return l;
	}
	return NULL;
}

static void look_at_rule(struct check *c, const struct world_table *t, const struct world_chain *chain,
			 const struct world_nft_rule *r)
{
	int family = t->family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	struct ip to = goes_to(r, family);
	const struct world_link *bridge = ip_is(to) ? bridge_of(c, to) : NULL;
	const char *name = nft_family_name(t->family);
	struct finding *f;

	if (!bridge || is_somebodys(c, to))
		return;
	f = tell(c, bridge->name, check_ip(c, to),
		 arena_printf(c->a, "nft %s %s %s handle %llu", name, t->name, chain->name,
			      (unsigned long long)r->handle));
	f->certainty = sees_namespaces(c) ? CERTAINTY_FAULT : CERTAINTY_SUSPICION;
	check_evidence(c, f, "it sends a published port to %s, of the subnet of %s", check_ip(c, to),
		       bridge->name);
	check_evidence(c, f, "no container has that address");
	f->advice = arena_printf(c->a, "nft delete rule %s %s %s handle %llu", name, t->name, chain->name,
				 (unsigned long long)r->handle);
}

static void look_at_rules(struct check *c)
{
	for (size_t i = 0; i < c->host->n_tables; i++) {
		const struct world_table *t = &c->host->tables[i];

		for (size_t k = 0; k < t->n_chains; k++)
			for (size_t n = 0; is_engines_chain(t, t->chains[k].name) && n < t->chains[k].n_rules;
			     n++)
				look_at_rule(c, t, &t->chains[k], &t->chains[k].rules[n]);
	}
}

/* ---- all ---- */

/* Whose life can't be seen may have all of it. */
static bool sees_life(struct check *c)
{
	for (size_t i = 0; i < c->w->unread.n; i++) {
		if (!strstr(c->w->unread.v[i], "container") &&
		    !str_after(c->w->unread.v[i], "processes: /proc"))
			continue;
		check_could_not(c, "what is left of dead containers: %s", c->w->unread.v[i]);
		return false;
	}
	return c->w->n_processes > 0;
}

void findings_leftovers(struct check *c)
{
	if (c->target || !sees_life(c))
		return;
	for (size_t i = 0; i < c->w->n_marks; i++)
		look_at_mark(c, &c->w->marks[i]);
	for (size_t i = 0; i < c->w->n_netns; i++)
		look_at_namespace(c, &c->w->netns[i]);
	for (size_t i = 0; i < c->host->n_links && !somebody_lacks_one(c); i++)
		look_at_cable(c, &c->host->links[i]);
	look_at_rules(c);
}
