/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "observe/report/explain.h"

static const char *const shows[WORLD_NS_COUNT] = {
	[WORLD_NS_CGROUP] = "where the tree of cgroups begins",
	[WORLD_NS_IPC] = "shared memory, semaphores and message queues",
	[WORLD_NS_MNT] = "mounts",
	[WORLD_NS_NET] = "links, addresses, routes, rules, sockets",
	[WORLD_NS_PID] = "processes, and their numbers",
	[WORLD_NS_TIME] = "the clocks since boot",
	[WORLD_NS_USER] = "ids and what capabilities count for",
	[WORLD_NS_UTS] = "host name and domain",
};

static const struct world_container *container_of(const struct world *w, int64_t pid)
{
	for (size_t i = 0; i < w->n_containers; i++)
		if (w->containers[i].pid == pid)
			return &w->containers[i];
	return NULL;
}

/* Who else is in it: containers by name, other processes by number; the first few, and how many more. */
static const char *sharers(struct explanation *x, int ns, uint64_t inode, size_t *n)
{
	enum { NAMED_MAX = 5 };
	struct str out = { .arena = x->arena };
	const struct world *w = x->world;

	*n = 0;
	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];
		const struct world_container *c;

		if (p->ns[ns] != inode || p == x->target->process || ++*n > NAMED_MAX)
			continue;
		c = container_of(w, p->pid);
		str_add(&out, *n > 1 ? ", " : "");
		if (c)
			str_addf(&out, "container %s", c->name ?: c->id);
		else
			str_addf(&out, "%lld (%s)", (long long)p->pid, p->comm ?: "");
	}
	if (*n > NAMED_MAX)
		str_addf(&out, " and %zu more", *n - NAMED_MAX);
	return str_get(&out);
}

static void add_namespace(struct explanation *x, const struct world_process *p, int ns)
{
	const struct world_process *host = explain_host(x);
	bool is_host = host && host->ns[ns] == p->ns[ns];
	size_t n = 0;
	const char *with = is_host ? "" : sharers(x, ns, p->ns[ns], &n);
	struct explain_answer *a = explain_add(
		x, EXPLAIN_NAMESPACES, world_ns_names[ns],
		is_host ? explain_say(x, "the host's: %s", shows[ns]) :
			  explain_say(x, "%s %llu: %s%s%s", n ? "shared," : "its own,",
				      (unsigned long long)p->ns[ns], shows[ns], n ? "; with " : "", with));

	explain_more(x, a, "inode", explain_say(x, "%llu", (unsigned long long)p->ns[ns]));
	explain_more(x, a, "whose", is_host ? "host" : n ? "shared" : "own");
	if (n)
		explain_more(x, a, "with", with);
	a->from = explain_say(x, "/proc/%lld/ns/%s", (long long)p->pid, world_ns_names[ns]);
	a->command = explain_say(x, "readlink /proc/1/ns/%s %s", world_ns_names[ns], a->from);
}

void explain_namespaces(struct explanation *x)
{
	const struct world_process *p = x->target->process;
	const struct world_netns *net = x->target->netns;
	struct explain_answer *a;

	for (int i = 0; p && i < WORLD_NS_COUNT; i++)
		if (p->ns[i])
			add_namespace(x, p, i);
	if (p || !net)
		return;
	a = explain_add(x, EXPLAIN_NAMESPACES, "net",
			explain_say(x, "%llu, and no process is in it", (unsigned long long)net->inode));
	explain_more(x, a, "inode", explain_say(x, "%llu", (unsigned long long)net->inode));
	a->from = net->path;
	if (net->path)
		a->command = explain_say(x, "stat -Lc %%i %s", explain_word(x, net->path));
}
