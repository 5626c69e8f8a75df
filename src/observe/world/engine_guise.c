/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Containers of guise and guise-oci, by the records in their state directories. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/port.h"
#include "kernel/process/proc.h"
#include "observe/world/containers.h"
#include "observe/world/process.h"
#include "plan/compare.h"
#include "plan/steps/cgroup.h"
#include "plan/steps/net.h"
#include "plan/steps/publish.h"
#include "plan/steps/veth.h"
#include "state/oci_container.h"

/* Is it still the process that was recorded? */
static bool is_there(const struct world *w, int64_t pid, uint64_t start_time)
{
	const struct world_process *p = pid ? process_find(w, pid) : NULL;

	return p && p->start_time == start_time;
}

static void add_endpoints(struct world *w, struct world_container *c, const struct plan *plan)
{
	struct plan_endpoint ep;
	size_t at = 0;

	while (plan_next_endpoint(plan, &at, &ep)) {
		container_hint(w, c, "network", ep.network);
		for (size_t i = 0; i < ep.addresses.n; i++)
			container_hint(w, c, "address", ep.addresses.v[i]);
	}
}

static const char *json_of(struct arena *a, const struct step *s)
{
	struct str json = { .arena = a };
	struct plan one = { .arena = a };

	plan_copy(&one, s);
	plan_to_json(&one, &json);
	return str_get(&json);
}

/* Looked at once, whoever of its containers has it in the plan. */
static const struct shared_step *look_at_shared(struct containers *cs, const struct step *s, struct target *t)
{
	struct arena *a = cs->w->arena;
	struct str text = { .arena = a };
	struct shared_step step = { .json = json_of(a, s) };
	enum found found;

	for (size_t i = 0; i < cs->n_shared; i++)
		if (str_eq(cs->shared[i].json, step.json))
			return &cs->shared[i];
	found = step_check(s, t, &text);
	if (found == FOUND_MISSING || found == FOUND_DIFFERENT)
		step.lost = arena_printf(a, "%s: %s: %s", net_name(step_network_dir(s)),
					 step_ops(s->kind)->name,
					 text.len ? str_get(&text) : "it is not there");
	arena_push(a, cs->shared, cs->n_shared, step);
	return &cs->shared[cs->n_shared - 1];
}

static bool is_shared_here(const struct step *s)
{
	const struct step_ops *ops = step_ops(s->kind);
	const char *network = step_network_dir(s);

	return ops->life == LIFE_SHARED && ops->restore && network && net_is_here(network);
}

/* What its networks share, and is not there any more or is otherwise, as explain --check has it: "lost" says what, "step"
 * makes it again. Not while guise may be about to make it. */
static void add_lost(struct containers *cs, struct world_container *c, const struct record *rec,
		     const char *id, int rundir)
{
	struct world *w = cs->w;
	struct target t;

	if (!c->pid || !proc_has_executed((pid_t)c->pid))
		return;
	target_init(&t, w->arena, (pid_t)c->pid, proc_open((pid_t)c->pid, rec->start_time));
	t.id = id;
	t.rundir = rundir;
	t.plan = &rec->plan;
	for (size_t i = 0; i < rec->plan.count; i++) {
		const struct shared_step *s;

		if (!is_shared_here(&rec->plan.steps[i]))
			continue;
		s = look_at_shared(cs, &rec->plan.steps[i], &t);
		if (!s->lost)
			continue;
		container_hint(w, c, "lost", s->lost);
		container_hint(w, c, "step", s->json);
	}
	target_close(&t);
}

/* "limit /sys/fs/cgroup/memory/guise/ID/memory.limit_in_bytes", what was written there. */
static void add_limits(struct world *w, struct world_container *c, const struct plan *plan)
{
	const struct step_cgroup_set *s;

	for (size_t at = 0; (s = plan_next_cgroup_set(plan, &at));)
		if (!s->optional)
			container_hint(w, c, arena_printf(w->arena, "limit %s/%s", s->path, s->file),
				       s->value);
}

/* Of one that publishes thousands the first tell how all are. */
static void add_ports(struct world *w, struct world_container *c, const struct plan *plan)
{
	enum { PORTS_MAX = 256 };
	const struct step_publish *s;

	for (size_t at = 0; (s = plan_next_publish(plan, &at));)
		for (uint64_t i = 0; i < s->count && c->n_ports < PORTS_MAX; i++)
			container_port(w, c, publish_address(s), s->first + i, s->target + i,
				       port_proto(s->proto));
}

static const char *status_of(const struct world_container *c, const struct record *rec)
{
	if (c->pid)
		return "running";
	if (rec->finished || rec->pid)
		return "exited";
	return rec->begun ? "creating" : "created";
}

static void read_own(struct containers *cs, struct state *st, const char *id)
{
	struct world *w = cs->w;
	struct err e = { 0 };
	struct world_container *c;
	struct container dir;
	struct record rec;

	if (container_open(&dir, st, w->arena, id, &e) == 0) {
		container_find_run(&dir);
		if (record_read(&dir, w->arena, &rec, &e) == 0) {
			c = containers_get(cs, "guise", id);
			c->name = container_name(&dir, st, w->arena, rec.name);
			c->pid = is_there(w, rec.pid, rec.start_time) ? rec.pid : 0;
			c->status = status_of(c, &rec);
			c->image = rec.rootfs;
			add_endpoints(w, c, &rec.plan);
			if (cs->wish->parts & WORLD_RULES)
				add_lost(cs, c, &rec, id, st->fd);
			add_limits(w, c, &rec.plan);
			if (c->pid)
				add_ports(w, c, &rec.plan);
		}
	}
	container_close(&dir);
}

/* A state directory that is only read; its containers' is the caller's to close. */
static struct state look_into(int fd)
{
	return (struct state){
		.path = "",
		.data = "",
		.flag = "",
		.fd = fd,
		.kept = -1,
		.containers = fd < 0 ? -1 : openat(fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
	};
}

void engine_guise(struct containers *cs)
{
	int fd = cs->wish->state;
	struct state st = look_into(fd);
	autoclose int list = st.containers;
	struct strv ids = { 0 };
	struct err e = { 0 };

	if (list < 0)
		return;
	if (container_list(&st, cs->w->arena, &ids, &e) < 0)
		world_unread(cs->w, "guise's containers: %s", e.cause);
	for (size_t i = 0; i < ids.n; i++)
		read_own(cs, &st, ids.v[i]);
}

static void read_oci(struct containers *cs, struct state *st, const char *id)
{
	struct world *w = cs->w;
	struct err e = { 0 };
	struct world_container *c;
	struct oci_container o;

	if (oci_open(&o, st, w->arena, id, &e) == 0 && o.recorded) {
		c = containers_get(cs, "guise-oci", id);
		c->name = id;
		c->pid = is_there(w, o.rec.pid, o.rec.start_time) ? o.rec.pid : 0;
		c->status = oci_status_name[o.status];
		c->image = o.rec.rootfs;
		container_hint(w, c, "bundle", o.rec.bundle);
		add_limits(w, c, &o.rec.plan);
	}
	oci_close(&o);
}

void engine_oci(struct containers *cs)
{
	int fd = cs->wish->oci_state;
	struct state st = look_into(fd);
	autoclose int list = st.containers;
	struct strv ids = { 0 };
	struct err e = { 0 };

	if (list < 0)
		return;
	if (oci_list(&st, cs->w->arena, &ids, &e) < 0)
		world_unread(cs->w, "guise-oci's containers: %s", e.cause);
	for (size_t i = 0; i < ids.n; i++)
		read_oci(cs, &st, ids.v[i]);
}
