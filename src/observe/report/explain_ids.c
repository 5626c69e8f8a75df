/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "observe/report/explain.h"

static void add_map(struct explanation *x, const struct world_process *p, const char *name, const char *map)
{
	struct explain_answer *a;

	if (!map || !*map)
		return;
	a = explain_add(x, EXPLAIN_IDS, name,
			str_eq(map, "0 0 4294967295") ?
				"each id is the same one on the host (0 0 4294967295)" :
				explain_say(x, "%s (id inside, id of the host, how many)", map));
	explain_more(x, a, "map", map);
	a->from = explain_say(x, "/proc/%lld/%s", (long long)p->pid, name);
	a->command = explain_cat(x, a->from);
}

void explain_ids(struct explanation *x)
{
	const struct world_process *p = x->target->process;
	struct explain_answer *a;

	if (!p)
		return;
	a = explain_add(x, EXPLAIN_IDS, "user",
			explain_say(x, "uid %llu, gid %llu on the host", (unsigned long long)p->euid,
				    (unsigned long long)p->egid));
	explain_more(x, a, "uid", explain_say(x, "%llu", (unsigned long long)p->euid));
	explain_more(x, a, "gid", explain_say(x, "%llu", (unsigned long long)p->egid));
	a->from = explain_say(x, "/proc/%lld/status", (long long)p->pid);
	a->command = explain_say(x, "grep -E '^[UG]id' %s", a->from);
	add_map(x, p, "uid_map", p->uid_map);
	add_map(x, p, "gid_map", p->gid_map);
}
