/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Namespaces, links, addresses, routes and settings, in a world. Pure. */
#include <net/if.h>
#include <sys/socket.h>

#include "base/str.h"
#include "observe/goals/goal.h"
#include "observe/world/read.h"

const struct world_netns *goal_netns_of(const struct goal_look *look, const char *name)
{
	return str_eq(name, "machine") ? world_host(look->w) : world_netns_named(look->w, name);
}

static const char *no_netns(const struct goal_look *look, const char *name)
{
	return arena_printf(look->a, "there is no network namespace %s", name);
}

static const char *no_link(const struct goal_look *look, const char *ns, const char *name)
{
	return arena_printf(look->a, "there is no link %s in %s", name, ns);
}

const char *goal_netns(const struct goal_look *look, const struct strv *w)
{
	return goal_netns_of(look, w->v[1]) ? NULL : no_netns(look, w->v[1]);
}

/* ---- link ---- */

static const char *link_state(const struct goal_look *look, const struct world_link *link, const char *word)
{
	bool up = link->flags & IFF_UP;

	return up == str_eq(word, "up") ? NULL :
					  arena_printf(look->a, "%s is %s", link->name, up ? "up" : "down");
}

static const char *link_kind(const struct goal_look *look, const struct world_link *link, const char *kind)
{
	return str_eq(link->kind, kind) ? NULL : arena_printf(look->a, "%s is no %s", link->name, kind);
}

static const char *link_master(const struct goal_look *look, const struct world_netns *ns,
			       const struct world_link *link, const char *name)
{
	const struct world_link *master = link->master ? world_link_at(ns, link->master) : NULL;

	return master && str_eq(master->name, name) ?
		       NULL :
		       arena_printf(look->a, "%s is no port of %s", link->name, name);
}

static const char *link_peer(const struct goal_look *look, const struct world_netns *ns,
			     const struct world_link *link, const char *in, const char *name)
{
	const struct world_netns *there = NULL;
	const struct world_link *peer = world_peer(look->w, ns, link, &there);

	return peer && there == goal_netns_of(look, in) && str_eq(peer->name, name) ?
		       NULL :
		       arena_printf(look->a, "the other end of %s is not %s in %s", link->name, name, in);
}

/* What of one property is missing; *i moves behind it. */
static const char *link_property(const struct goal_look *look, const struct world_netns *ns,
				 const struct world_link *link, const struct strv *w, size_t *i)
{
	const char *word = w->v[(*i)++];

	if (str_eq(word, "up") || str_eq(word, "down"))
		return link_state(look, link, word);
	if (str_eq(word, "kind") && *i < w->n)
		return link_kind(look, link, w->v[(*i)++]);
	if (str_eq(word, "master") && *i < w->n)
		return link_master(look, ns, link, w->v[(*i)++]);
	if (str_eq(word, "peer") && *i + 1 < w->n) {
		*i += 2;
		return link_peer(look, ns, link, w->v[*i - 2], w->v[*i - 1]);
	}
	return arena_printf(look->a, "nobody knows what '%s' means of a link", word);
}

const char *goal_link(const struct goal_look *look, const struct strv *w)
{
	const struct world_netns *ns = goal_netns_of(look, w->v[1]);
	const struct world_link *link = ns ? world_link_named(ns, w->v[2]) : NULL;

	if (!link)
		return ns ? no_link(look, w->v[1], w->v[2]) : no_netns(look, w->v[1]);
	for (size_t i = 3; i < w->n;) {
		const char *missing = link_property(look, ns, link, w, &i);

		if (missing)
			return missing;
	}
	return NULL;
}

/* ---- the other words ---- */

static bool is_listed(const struct strv *w, const char *name)
{
	for (size_t i = 2; i < w->n; i++)
		if (str_eq(w->v[i], name))
			return true;
	return false;
}

const char *goal_only(const struct goal_look *look, const struct strv *w)
{
	const struct world_netns *ns = goal_netns_of(look, w->v[1]);

	for (size_t i = 2; ns && i < w->n; i++)
		if (!world_link_named(ns, w->v[i]))
			return no_link(look, w->v[1], w->v[i]);
	for (size_t i = 0; ns && i < ns->n_links; i++)
		if (!is_listed(w, ns->links[i].name))
			return arena_printf(look->a, "in %s there is a link more, %s", w->v[1],
					    ns->links[i].name);
	return ns ? NULL : no_netns(look, w->v[1]);
}

const char *goal_address(const struct goal_look *look, const struct strv *w)
{
	const struct world_netns *ns = goal_netns_of(look, w->v[1]);
	const struct world_link *link = ns ? world_link_named(ns, w->v[2]) : NULL;
	struct ip want;

	if (!link)
		return ns ? no_link(look, w->v[1], w->v[2]) : no_netns(look, w->v[1]);
	if (ip_parse(w->v[3], &want) < 0)
		return arena_printf(look->a, "%s is no address", w->v[3]);
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].link == link->index && ip_equal(ns->addrs[i].ip, want))
			return NULL;
	return arena_printf(look->a, "%s in %s has not the address %s", w->v[2], w->v[1], w->v[3]);
}

const char *goal_once(const struct goal_look *look, const struct strv *w)
{
	struct ip want;
	size_t n = 0;

	if (ip_parse(w->v[1], &want) < 0)
		return arena_printf(look->a, "%s is no address", w->v[1]);
	for (size_t i = 0; i < look->w->n_netns; i++)
		for (size_t j = 0; j < look->w->netns[i].n_addrs; j++)
			n += ip_same(look->w->netns[i].addrs[j].ip, want);
	return n == 1 ? NULL :
			arena_printf(look->a, "%s has the address %s", n ? "more than one link" : "no link",
				     w->v[1]);
}

const char *goal_route(const struct goal_look *look, const struct strv *w)
{
	const struct world_netns *ns = goal_netns_of(look, w->v[1]);
	bool to_all = str_eq(w->v[2], "default");
	struct ip dst = { 0 }, via;

	if (!ns)
		return no_netns(look, w->v[1]);
	if ((!to_all && ip_parse(w->v[2], &dst) < 0) || ip_parse(w->v[4], &via) < 0)
		return arena_printf(look->a, "%s and %s are no network and its gateway", w->v[2], w->v[4]);
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *route = &ns->routes[i];
		bool all = !ip_is(route->dst) || (route->dst.len == 0 && route->family == via.family);

		if ((to_all ? all : ip_equal(route->dst, dst)) && ip_same(route->via, via))
			return NULL;
	}
	return arena_printf(look->a, "%s has no route to %s by %s", w->v[1], to_all ? "all others" : w->v[2],
			    w->v[4]);
}

const char *goal_setting(const struct goal_look *look, const struct strv *w)
{
	const struct world_netns *ns = goal_netns_of(look, w->v[1]);
	const char *value = ns ? world_setting(ns->sysctls, ns->n_sysctls, w->v[2]) : NULL;

	if (!ns)
		return no_netns(look, w->v[1]);
	return str_eq(value, w->v[3]) ?
		       NULL :
		       arena_printf(look->a, "%s of %s is not %s", w->v[2], w->v[1], w->v[3]);
}
