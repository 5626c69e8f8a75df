/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/update.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/cgroups.h"
#include "kernel/cgroup/v2.h"
#include "plan/build/update.h"
#include "run/engine/probe_parts.h"
#include "run/start/leftover.h"
#include "run/start/limits.h"
#include "state/record_update.h"

/* What changes, beside the limits. */
struct update {
	struct control *k;
	struct arena *a;
	struct cgroups g;
	struct step_cgroup made[CG_COUNT]; /* cgroups of v1 that it is not in, */
	const char *from[CG_COUNT];        /* and where its processes are instead */
	const char *needed;                /* v2: controllers that the home needs; NULL: none */
	struct limit_write *limits;
	size_t n_limits;
	struct update_wish wish;
};

/* ---- what it lacks ---- */

static bool has_word(const char *text, const char *word)
{
	return str_has_word(text, " ,:\n", word, strlen(word));
}

/* The process's cgroup in the hierarchy of v1 that is mounted at base and has the controller, by a line of
 * /proc/PID/cgroup, "7:cpu,cpuacct:/path" (cgroups(7)). */
static const char *path_in_v1(struct arena *a, pid_t pid, const char *base, const char *controller)
{
	char text[4096], *save = NULL;

	if (io_read_small(-1, arena_printf(a, "/proc/%d/cgroup", pid), text, sizeof(text)) <= 0)
		return base;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

		if (!path)
			continue;
		*path = '\0';
		if (has_word(names, controller))
			return arena_printf(a, "%s%s", base, path + 1);
	}
	return base;
}

static bool is_made(const struct update *u, const char *dir)
{
	for (size_t i = 0; i < u->wish.n_made; i++)
		if (str_eq(u->made[i].path, dir))
			return true;
	return false;
}

static void lack_v1(struct update *u, enum cgroup_controller c)
{
	const char *dir = u->g.dir[c], *base = u->g.l.at[c].base;
	const char *from = path_in_v1(u->a, u->k->pid, base, cgroup_v1_name[c]);

	/* one that is there and not its own was made by an update that was killed */
	if (str_eq(from, dir) || is_made(u, dir))
		return;
	u->from[u->wish.n_made] = from;
	u->made[u->wish.n_made++] = (struct step_cgroup){ .path = dir,
							  .base = base,
							  .cpuset = c == CG_CPUSET,
							  .topmost = cgroup_missing_above(&u->g.l, dir) };
}

static const char *add_word(struct arena *a, const char *words, const char *word)
{
	return words ? arena_printf(a, "%s %s", words, word) : word;
}

static void lack_v2(struct update *u, enum cgroup_controller c)
{
	const struct step_cgroup *home = build_update_home(&u->k->rec.plan, u->g.home);

	if (!home)
		return;
	u->needed = add_word(u->a, u->needed, cgroup_name[c]);
	/* it may be there all the same, since another container needs it */
	if (!home->controllers || !has_word(home->controllers, cgroup_name[c]))
		u->wish.enable = add_word(u->a, u->wish.enable, cgroup_name[c]);
}

/* The parent of its cgroups, the same in each hierarchy. */
static const char *parent_of(struct update *u)
{
	const char *base = u->g.v2 ? u->g.l.v2_mount : u->g.l.v1_home, *rest = u->g.home + strlen(base);

	return arena_strndup(u->a, rest, (size_t)(strrchr(rest, '/') - rest));
}

static void find_lacking(struct update *u)
{
	unsigned seen = 0;

	cgroup_probe_missing(u->a, &u->g.l, parent_of(u));
	for (size_t i = 0; i < u->n_limits; i++) {
		enum cgroup_controller c = u->limits[i].controller;

		if (c == CG_COUNT || (seen & CG_BIT(c)))
			continue;
		seen |= CG_BIT(c);
		u->g.l.at[c].held == CG_IN_V1 ? lack_v1(u, c) : lack_v2(u, c);
	}
}

/* ---- what is asked for ---- */

/* Swap is limited together with memory: what is not said of it stays what it was, also where v2 has a file
 * for swap alone. As docker, memory beyond the present total is refused. */
static int complete_swap(const struct record *r, struct spec_limits *l, struct err *e)
{
	int64_t total = record_update_number(r->host_config, "MemorySwap");

	if (l->memory == LIMIT_UNSET || l->memory_swap != LIMIT_UNSET)
		return 0;
	l->memory_swap = total > 0 && l->memory > 0 ? total : LIMIT_UNLIMITED;
	if (l->memory_swap > 0 && l->memory > total)
		return err_set(e, "bad-limit", EINVAL, "set --memory"),
		       err_cause(e,
				 "it is more than the present limit of memory and swap together, %lld bytes",
				 (long long)total),
		       err_hint(e, "give --memory-swap as well");
	return 0;
}

static int build(struct update *u, struct spec_limits *l, struct err *e)
{
	struct limits_now now;
	struct limits_facts f = { .cg = &u->g.l,
				  .cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
				  .page_size = (unsigned)sysconf(_SC_PAGESIZE),
				  .now = &now };
	int64_t reserved = l->memory_reservation;
	int r = complete_swap(&u->k->rec, l, e);

	limits_read(&u->g, &now);
	if (r == 0 && reserved > 0 && (l->memory > 0 ? l->memory : now.memory) > 0 &&
	    reserved > (l->memory > 0 ? l->memory : now.memory))
		r = err_set(e, "bad-limit", EINVAL, "set --memory-reservation"),
		r = err_cause(e, "it is more than --memory");
	if (r == 0)
		r = probe_throttles(u->a, l, &f, e);
	return r < 0 ? r : limits_update_build(u->a, l, &f, &u->limits, &u->n_limits, e);
}

/* ---- the record ---- */

static void complete_wish(struct update *u)
{
	struct update_write *writes = arena_array(u->a, struct update_write, u->n_limits);

	for (size_t i = 0; i < u->n_limits; i++) {
		const struct limit_write *l = &u->limits[i];

		writes[i] = (struct update_write){ l->controller == CG_COUNT ? u->g.home :
									       u->g.dir[l->controller],
						   l->file, l->value, l->optional };
	}
	u->wish.home = u->g.home;
	u->wish.made = u->made;
	u->wish.writes = writes;
	u->wish.n_writes = u->n_limits;
}

static void add_words(struct arena *a, struct record *r, const struct strv *words)
{
	struct strv all = { 0 };

	for (size_t i = 0; i < r->updates.n; i++)
		strv_push(a, &all, r->updates.v[i]);
	strv_push(a, &all, arena_printf(a, "%zu", words->n));
	for (size_t i = 0; i < words->n; i++)
		strv_push(a, &all, words->v[i]);
	r->updates = all;
}

static void new_record(const struct update *u, const struct spec_limits *l, const struct strv *words,
		       struct record *r)
{
	const char *memory = u->g.dir[CG_MEMORY];

	*r = u->k->rec;
	r->plan = (struct plan){ .arena = u->a };
	build_update(&u->k->rec.plan, &u->wish, &r->plan);
	r->host_config = record_update_wish(u->a, r->host_config, l);
	add_words(u->a, r, words);
	if (l->memory != LIMIT_UNSET)
		r->memory = l->memory < 0 ? LIMIT_UNSET : l->memory;
	if (memory && (is_made(u, memory) || (u->wish.enable && has_word(u->wish.enable, "memory")))) {
		r->memory_v1 = u->g.l.at[CG_MEMORY].held == CG_IN_V1;
		r->memory_mount = u->g.l.at[CG_MEMORY].base;
		r->memory_cgroup = memory;
	}
}

/* ---- doing it ---- */

/* Move all that are below `home` into `dir`, also those that fork meanwhile. One that ends is no failure. */
static int move_all(struct arena *a, const char *home, const char *dir, struct err *e)
{
	struct cgroup_patience patience = CGROUP_PATIENCE(10000);
	pid_t *pids, *in;
	size_t n, n_in, left;
	int r;

	do {
		left = 0;
		if ((r = cgroup_pids(a, home, &pids, &n)) < 0 || (r = cgroup_pids(a, dir, &in, &n_in)) < 0)
			return err_set(e, "cgroup-join", -r, "list the processes of %s", home);
		for (size_t i = 0; i < n; i++) {
			bool there = false;

			for (size_t j = 0; j < n_in && !there; j++)
				there = in[j] == pids[i];
			if (there)
				continue;
			left++;
			if ((r = cgroup_join(dir, pids[i], e)) < 0 && r != -ESRCH)
				return r;
		}
	} while (left && cgroup_patience(&patience));
	return 0;
}

static void move_back(struct update *u)
{
	for (size_t i = 0; i < u->wish.n_made; i++)
		move_all(u->a, u->made[i].path, u->from[i], &(struct err){ 0 });
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static int enable(const struct update *u, struct err *e)
{
	const struct step_cgroup *home = build_update_home(&u->k->rec.plan, u->g.home);

	/* also what is recorded already: that update may have been killed */
	return u->needed ? cgroup2_enable(home->base, home->path, u->needed, e) : 0;
}

static int apply(struct update *u, struct err *e)
{
	struct plan p = { .arena = u->a };
	struct live live;
	struct err ignored;
	int r = enable(u, e);

	if (r < 0)
		return r;
	build_update_made(&u->wish, is_there, &p);
	limits_steps(&p, &u->g, u->limits, u->n_limits);
	live_init(&live, u->k->c.id, u->a, -1);
	live.owner = leftover_owner(u->k->st, u->a, u->k->c.id);
	r = plan_apply(&p, PHASE_BEFORE, &live, e);
	for (size_t i = 0; r == 0 && i < u->wish.n_made; i++)
		r = move_all(u->a, u->g.home, u->made[i].path, e);
	if (r < 0) {
		move_back(u);
		plan_undo(&p, &live, &ignored);
	}
	live_close(&live);
	return r;
}

static int update_locked(struct control *k, struct spec_limits *l, const struct strv *words, struct err *e)
{
	struct update u = { .k = k, .a = k->arena };
	struct record changed;
	struct err ignored;
	int r = control_look_again(k, "update", e);

	if (r < 0 || (r = cgroups_find(u.a, k->rec.cgroup, &u.g, e)) < 0 || (r = build(&u, l, e)) < 0)
		return r;
	find_lacking(&u);
	complete_wish(&u);
	new_record(&u, l, words, &changed);
	if ((r = record_write_container(&k->c, &changed, e)) < 0)
		return r;
	if ((r = apply(&u, e)) < 0)
		record_write_container(&k->c, &k->rec, &ignored);
	else
		k->rec = changed;
	return r;
}

/* It has no cgroup now: what is changed is for its next run. */
static int update_resting(struct control *k, struct spec_limits *l, const struct strv *words, struct err *e)
{
	struct record changed = k->rec;
	int r = complete_swap(&k->rec, l, e);

	if (r < 0)
		return r;
	changed.host_config = record_update_wish(k->arena, changed.host_config, l);
	add_words(k->arena, &changed, words);
	if ((r = record_write_wish(&k->c, &changed, e)) == 0)
		k->rec = changed;
	return r;
}

int update_container(struct control *k, struct spec_limits *l, const struct strv *words, struct err *e)
{
	if (k->c.locked && (k->status == CONTAINER_EXITED || k->status == CONTAINER_CREATED))
		return update_resting(k, l, words, e);
	if (k->pidfd < 0)
		return err_set(e, "not-running", ESRCH, "update container %s", k->rec.name),
		       err_cause(e, "it is %s", control_status(k));
	if (!k->rec.cgroup)
		return err_set(e, "no-cgroup", ENOENT, "update container %s", k->rec.name),
		       err_cause(e, "it has no cgroup, which is what has limits"),
		       err_hint(e, CONTROL_NO_CGROUP);
	autoclose int lock = record_update_lock(&k->c, e);
	return lock < 0 ? lock : update_locked(k, l, words, e);
}
