/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/update.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/cgroups.h"
#include "kernel/cgroup/v2.h"
#include "run/engine/probe_parts.h"
#include "run/start/leftover.h"
#include "run/start/limits.h"
#include "state/record_update.h"

/* What changes, beside the limits. */
struct update {
	struct control *k;
	struct arena *a;
	struct cgroups g;
	struct plan make;           /* cgroups of v1 that are missing: steps, */
	const char *from[CG_COUNT]; /* and where the processes are instead, one a step */
	const char *enable;         /* v2: controllers that were not enabled for its home; NULL: none */
	struct limit_write *writes;
	size_t n_writes;
};

/* ---- what it lacks ---- */

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if ((p == text || strchr(" ,:\n", p[-1])) && strchr(" ,:\n", p[len]))
			return true;
	return false;
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

static bool is_made(const struct plan *p, const char *dir)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->steps[i].cgroup.path, dir))
			return true;
	return false;
}

static void lack_v1(struct update *u, enum cgroup_controller c)
{
	const char *dir = u->g.dir[c], *base = u->g.l.at[c].base;
	struct step *s;

	if (access(dir, F_OK) == 0 || is_made(&u->make, dir))
		return;
	u->from[u->make.count] = path_in_v1(u->a, u->k->pid, base, cgroup_v1_name[c]);
	s = plan_add(&u->make, STEP_CGROUP, "a v1 hierarchy holds this controller");
	s->cgroup.path = dir;
	s->cgroup.base = base;
	s->cgroup.cpuset = c == CG_CPUSET;
	s->cgroup.topmost = cgroup_missing_above(&u->g.l, dir);
}

/* The step that made its home; NULL: the record has none. */
static const struct step *home_step(const struct update *u)
{
	const struct plan *p = &u->k->rec.plan;

	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind == STEP_CGROUP && str_eq(p->steps[i].cgroup.path, u->g.home))
			return &p->steps[i];
	return NULL;
}

static void lack_v2(struct update *u, enum cgroup_controller c)
{
	const struct step *home = home_step(u);

	/* it may be there all the same, since another container needs it */
	if (home && !(home->cgroup.controllers && has_word(home->cgroup.controllers, cgroup_name[c])))
		u->enable = u->enable ? arena_printf(u->a, "%s %s", u->enable, cgroup_name[c]) :
					cgroup_name[c];
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
	for (size_t i = 0; i < u->n_writes; i++) {
		enum cgroup_controller c = u->writes[i].controller;

		if (c == CG_COUNT || (seen & CG_BIT(c)))
			continue;
		seen |= CG_BIT(c);
		u->g.l.at[c].held == CG_IN_V1 ? lack_v1(u, c) : lack_v2(u, c);
	}
}

/* ---- what is asked for ---- */

/* Swap is limited together with memory: what is not said of it stays what it was, also where v2 has a file for swap
 * alone. As docker, memory beyond the present total is refused. */
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
	return r < 0 ? r : limits_update_build(u->a, l, &f, &u->writes, &u->n_writes, e);
}

/* ---- the record ---- */

/* Do two values of a file set the same? "8:0 rbps=1": that of the device; any other: the file's one. */
static bool same_setting(const char *file, const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	if (!strchr(a, ' ') || str_eq(file, "cpu.max"))
		return true;
	return strncmp(a, b, a[n] ? n + 1 : strcspn(a, " ") + 1) == 0;
}

/* "max", "-1", "max 100000", "8:0 rbps=max", "8:0 0": what a new cgroup has anyway, which no plan says. */
static bool is_none(const char *value)
{
	const char *last = strrchr(value, ' ');

	return str_after(value, "max") || str_eq(value, "-1") || strstr(value, "=max") ||
	       (last && strchr(value, ':') && str_eq(last, " 0"));
}

static bool is_rewritten(const struct update *u, const struct step *s)
{
	for (size_t i = 0; i < u->n_writes; i++) {
		const struct limit_write *w = &u->writes[i];
		const char *dir = w->controller == CG_COUNT ? u->g.home : u->g.dir[w->controller];

		if (str_eq(dir, s->cgroup_set.path) && str_eq(w->file, s->cgroup_set.file) &&
		    same_setting(w->file, w->value, s->cgroup_set.value))
			return true;
	}
	return false;
}

static void add_limits(const struct update *u, struct plan *p)
{
	for (size_t i = 0; i < u->make.count; i++)
		*plan_add(p, STEP_CGROUP, NULL) = u->make.steps[i];
	for (size_t i = 0; i < u->n_writes; i++) {
		const struct limit_write *w = &u->writes[i];

		if (is_none(w->value))
			continue;
		struct step *s = plan_add(p, STEP_CGROUP_SET, NULL);

		s->cgroup_set.path = w->controller == CG_COUNT ? u->g.home : u->g.dir[w->controller];
		s->cgroup_set.file = w->file;
		s->cgroup_set.value = w->value;
		s->cgroup_set.optional = w->optional;
	}
}

/* The plan as it would have been with these limits from the start: cgroups and their files first, and behind the first
 * process its ways into the new ones. */
static struct plan new_plan(const struct update *u)
{
	const struct plan *old = &u->k->rec.plan;
	struct plan p = { .arena = u->a };
	bool added = false;

	for (size_t i = 0; i < old->count; i++) {
		const struct step *s = &old->steps[i];

		if (!added && s->kind != STEP_CGROUP && s->kind != STEP_CGROUP_SET) {
			add_limits(u, &p);
			added = true;
		}
		if (s->kind == STEP_CGROUP_SET && is_rewritten(u, s))
			continue;
		struct step *copy = plan_add(&p, s->kind, NULL);

		*copy = *s;
		if (s->kind == STEP_CGROUP && u->enable && str_eq(s->cgroup.path, u->g.home))
			copy->cgroup.controllers = s->cgroup.controllers && *s->cgroup.controllers ?
							   arena_printf(u->a, "%s %s", s->cgroup.controllers,
									u->enable) :
							   u->enable;
		for (size_t j = 0; s->kind == STEP_PROCESS && j < u->make.count; j++)
			plan_add(&p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = u->make.steps[j].cgroup.path;
	}
	return p;
}

static void new_record(const struct update *u, const struct spec_limits *l, struct record *r)
{
	const char *memory = u->g.dir[CG_MEMORY];

	*r = u->k->rec;
	r->plan = new_plan(u);
	r->host_config = record_update_wish(u->a, r->host_config, l);
	if (l->memory != LIMIT_UNSET)
		r->memory = l->memory < 0 ? LIMIT_UNSET : l->memory;
	if (memory && (is_made(&u->make, memory) || (u->enable && has_word(u->enable, "memory")))) {
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
	for (size_t i = 0; i < u->make.count; i++)
		move_all(u->a, u->make.steps[i].cgroup.path, u->from[i], &(struct err){ 0 });
}

static int enable(const struct update *u, struct err *e)
{
	return u->enable ? cgroup2_enable(home_step(u)->cgroup.base, u->g.home, u->enable, e) : 0;
}

static int apply(struct update *u, struct err *e)
{
	struct plan p = { .arena = u->a };
	struct live live;
	struct err ignored;
	int r = enable(u, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < u->make.count; i++)
		*plan_add(&p, STEP_CGROUP, NULL) = u->make.steps[i];
	limits_steps(&p, &u->g, u->writes, u->n_writes);
	live_init(&live, u->k->c.id, u->a, -1);
	live.owner = leftover_owner(u->k->st, u->a, u->k->c.id);
	r = plan_apply(&p, PHASE_BEFORE, &live, e);
	for (size_t i = 0; r == 0 && i < u->make.count; i++)
		r = move_all(u->a, u->g.home, u->make.steps[i].cgroup.path, e);
	if (r < 0) {
		move_back(u);
		plan_undo(&p, &live, &ignored);
	}
	live_close(&live);
	return r;
}

/* Under the lock: read anew, since another update may just have changed it. */
static int look_again(struct control *k, struct err *e)
{
	struct pollfd p = { .fd = k->pidfd, .events = POLLIN };
	int r = record_read(&k->c, k->arena, &k->rec, e);

	if (r == 0 && poll(&p, 1, 0) == 0)
		return 0;
	return r < 0 && r != -ENOENT ? r :
				       (err_set(e, "not-running", ESRCH, "update container %s", k->c.name),
					err_cause(e, "it has just ended"));
}

static int update_locked(struct control *k, struct spec_limits *l, struct err *e)
{
	struct update u = { .k = k, .a = k->arena, .make.arena = k->arena };
	struct record changed;
	struct err ignored;
	int r = look_again(k, e);

	if (r < 0 || (r = cgroups_find(u.a, k->rec.cgroup, &u.g, e)) < 0 || (r = build(&u, l, e)) < 0)
		return r;
	find_lacking(&u);
	new_record(&u, l, &changed);
	if ((r = record_write_container(&k->c, &changed, e)) < 0)
		return r;
	if ((r = apply(&u, e)) < 0)
		record_write_container(&k->c, &k->rec, &ignored);
	else
		k->rec = changed;
	return r;
}

int update_container(struct control *k, struct spec_limits *l, struct err *e)
{
	if (k->pidfd < 0)
		return err_set(e, "not-running", ESRCH, "update container %s", k->rec.name),
		       err_cause(e, "it is %s", control_status(k));
	if (!k->rec.cgroup)
		return err_set(e, "no-cgroup", ENOENT, "update container %s", k->rec.name),
		       err_cause(e, "it has no cgroup, which is what has limits"),
		       err_hint(e, CONTROL_NO_CGROUP);
	autoclose int lock = record_update_lock(&k->c, e);
	return lock < 0 ? lock : update_locked(k, l, e);
}
