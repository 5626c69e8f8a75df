/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/parts.h"

const struct world_netns *world_host(const struct world *w)
{
	for (size_t i = 0; i < w->n_netns; i++)
		if (w->netns[i].is_host)
			return &w->netns[i];
	return NULL;
}

static int by_inode(const void *a, const void *b)
{
	const struct world_netns *x = *(const struct world_netns *const *)a,
				 *y = *(const struct world_netns *const *)b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

void world_index(struct world *w)
{
	const struct world_netns **list = arena_array(w->arena, const struct world_netns *, w->n_netns);

	for (size_t i = 0; i < w->n_netns; i++)
		list[i] = &w->netns[i];
	if (w->n_netns)
		qsort(list, w->n_netns, sizeof(*list), by_inode);
	w->by_inode = list;
}

const struct world_netns *world_netns_of(const struct world *w, uint64_t inode)
{
	if (w->by_inode) {
		const struct world_netns key = { .inode = inode }, *one = &key, **found;

		found = bsearch(&one, w->by_inode, w->n_netns, sizeof(*w->by_inode), by_inode);
		return found ? *found : NULL;
	}
	for (size_t i = 0; i < w->n_netns; i++)
		if (w->netns[i].inode == inode)
			return &w->netns[i];
	return NULL;
}

const struct world_netns *world_netns_named(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_netns; i++)
		if (str_eq(w->netns[i].name, name))
			return &w->netns[i];
	return NULL;
}

/* ---- a host has a thousand links, and a dozen settings of each: these lists are in order ---- */

static int by_index(const void *a, const void *b)
{
	const struct world_link *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static int by_name(const void *a, const void *b)
{
	const struct world_setting *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void world_put_in_order(struct world_netns *ns)
{
	if (ns->n_links)
		qsort(ns->links, ns->n_links, sizeof(*ns->links), by_index);
	if (ns->n_sysctls)
		qsort(ns->sysctls, ns->n_sysctls, sizeof(*ns->sysctls), by_name);
	ns->is_in_order = true;
}

/* A list that a person or a test has made need not be: what is not found so is looked for one by one. */
const struct world_link *world_link_at(const struct world_netns *ns, int64_t index)
{
	const struct world_link key = { .index = index };
	const struct world_link *found =
		ns->n_links ? bsearch(&key, ns->links, ns->n_links, sizeof(key), by_index) : NULL;

	for (size_t i = 0; !found && !ns->is_in_order && i < ns->n_links; i++)
		if (ns->links[i].index == index)
			found = &ns->links[i];
	return found;
}

const struct world_link *world_link_named(const struct world_netns *ns, const char *name)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (str_eq(ns->links[i].name, name))
			return &ns->links[i];
	return NULL;
}

const struct world_link *world_peer(const struct world *w, const struct world_netns *ns,
				    const struct world_link *link, const struct world_netns **peer_ns)
{
	const struct world_netns *there = link->peer_netns ? world_netns_of(w, link->peer_netns) : ns;

	*peer_ns = NULL;
	if (!link->peer || link->peer_unknown || !there)
		return NULL;
	*peer_ns = there;
	return world_link_at(there, link->peer);
}

const struct world_process *world_process_of(const struct world *w, int64_t pid)
{
	for (size_t i = 0; i < w->n_processes; i++)
		if (w->processes[i].pid == pid)
			return &w->processes[i];
	return NULL;
}

const struct world_cgroup *world_cgroup_of(const struct world *w, const char *hierarchy, const char *path)
{
	for (size_t i = 0; i < w->n_cgroups; i++)
		if (str_eq(w->cgroups[i].path, path) && str_eq(w->cgroups[i].hierarchy, hierarchy))
			return &w->cgroups[i];
	return NULL;
}

const struct world_container *world_container_in(const struct world *w, uint64_t netns)
{
	for (size_t i = 0; netns && i < w->n_containers; i++)
		if (w->containers[i].netns == netns)
			return &w->containers[i];
	return NULL;
}

const char *world_setting(const struct world_setting *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return list[i].value;
	return NULL;
}

int64_t world_sysctl(const struct world_netns *ns, const char *name, int64_t otherwise)
{
	const struct world_setting key = { .name = name };
	const struct world_setting *found =
		ns->n_sysctls ? bsearch(&key, ns->sysctls, ns->n_sysctls, sizeof(key), by_name) : NULL;
	const char *value = found           ? found->value :
			    ns->is_in_order ? NULL :
					      world_setting(ns->sysctls, ns->n_sysctls, name);
	char *end;
	int64_t number = value ? strtoll(value, &end, 10) : 0;

	return value && *value && !*end ? number : otherwise;
}

const char *world_netns_title(const struct world *w, const struct world_netns *ns)
{
	const struct world_container *c = world_container_in(w, ns->inode);

	if (ns->is_host)
		return "host";
	if (c && (c->name || c->id))
		return c->name ? c->name : c->id;
	if (ns->name)
		return ns->name;
	if (ns->pid)
		return arena_printf(w->arena, "netns %llu (pid %lld)", (unsigned long long)ns->inode,
				    (long long)ns->pid);
	return arena_printf(w->arena, "netns %llu", (unsigned long long)ns->inode);
}

void world_unread(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_push(w->arena, &w->unread, arena_vprintf(w->arena, fmt, ap));
	va_end(ap);
}

const char *world_netns_label(const struct world *w, const struct world_netns *ns)
{
	if (ns->is_host)
		return "host";
	if (ns->name)
		return arena_printf(w->arena, "netns %s", ns->name);
	return arena_printf(w->arena, "netns %llu", (unsigned long long)ns->inode);
}

void world_unread_of(struct world *w, const struct world_netns *ns, const char *what, int error)
{
	world_unread(w, "%s: %s: %s", world_netns_label(w, ns), what, strerror(abs(error)));
}
