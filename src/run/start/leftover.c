/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/leftover.h"

#include <errno.h>
#include <string.h>

#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/mark.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"

enum { KILL_MS = 10000 };

const char *leftover_owner(const struct state *st, struct arena *a, const char *id)
{
	return arena_printf(a, "%s %s", id, st->path);
}

/* The marked cgroups of all hierarchies. A machine without any has none. */
static struct cgroup_owned_list find(struct arena *a)
{
	struct cgroup_owned_list found = { 0 };
	struct cgroup_layout l;

	if (cgroup_probe(a, 0, &l, &(struct err){ 0 }) < 0)
		return found;
	cgroup_probe_every(a, &l);
	if (l.v2)
		cgroup_owned_find(a, l.v2, &found);
	for (unsigned i = 0; i < l.n_v1; i++)
		cgroup_owned_find(a, l.v1[i].base, &found);
	return found;
}

/* The id of the container, if it is one of this state directory; else NULL. */
static const char *id_of(const struct state *st, struct arena *a, const char *owner)
{
	const char *path = strchr(owner, ' ');

	return path && str_eq(path + 1, st->path) ? arena_strndup(a, owner, (size_t)(path - owner)) : NULL;
}

/* What was killed leaves a moment later. If something stays, whoever removes the cgroup tells that. */
static void await_empty(struct arena *a, const char *dir)
{
	struct cgroup_patience p = CGROUP_PATIENCE(KILL_MS);
	pid_t *pids;
	size_t n;

	while (cgroup_pids(a, dir, &pids, &n) == 0 && n && cgroup_patience(&p))
		;
}

int leftover_kill(const struct state *st, struct arena *a, const char *id, struct err *e)
{
	struct cgroup_owned_list found = find(a);
	int r = 0;

	for (size_t i = 0; r == 0 && i < found.n; i++) {
		if (!str_eq(id_of(st, a, found.v[i].owner), id))
			continue;
		if ((r = cgroup2_kill(found.v[i].dir, e)) == -ENOSYS)
			r = cgroup1_kill(found.v[i].dir, KILL_MS, e);
		if (r == 0)
			await_empty(a, found.v[i].dir);
	}
	return r;
}

/* Only where there are no processes; waits for nothing. */
static int remove_empty(struct arena *a, const char *dir, struct err *e)
{
	pid_t *pids;
	size_t n;
	int r = cgroup_pids(a, dir, &pids, &n);

	if (r < 0)
		return err_set(e, "cgroup-remove", -r, "list the processes of cgroup %s", dir);
	if (n)
		return err_set(e, "cgroup-busy", EBUSY, "remove cgroup %s", dir),
		       err_cause(e, "there is no record of its container any more, but %zu process%s in it",
				 n, n == 1 ? " is" : "es are"),
		       err_hint(e, "end them (see %s/cgroup.procs), and try again", dir);
	return cgroup_remove(dir, NULL, 0, e);
}

static bool is_other(const char *id, void *arg)
{
	return !str_eq(id, arg);
}

int leftover_remove(const struct state *st, struct arena *a, const char *id, struct err *e)
{
	unsigned swept;

	return leftover_sweep(st, a, is_other, (char *)id, &swept, e);
}

/* A container has one in several hierarchies. */
static bool is_first(const struct cgroup_owned_list *found, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(found->v[j].owner, found->v[i].owner))
			return false;
	return true;
}

int leftover_sweep(const struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg),
		   void *arg, unsigned *swept, struct err *e)
{
	struct cgroup_owned_list found = find(a);
	int result = 0;

	*swept = 0;
	for (size_t i = 0; i < found.n; i++) {
		const char *id = id_of(st, a, found.v[i].owner);
		struct err one;

		if (!id || is_alive(id, arg))
			continue;
		if (remove_empty(a, found.v[i].dir, &one) < 0)
			result = err_take(e, &one);
		else
			*swept += is_first(&found, i);
	}
	return result;
}
