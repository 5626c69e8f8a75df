/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/build.h"

#include <errno.h>
#include <string.h>

#include "kernel/cgroup/devfilter.h"
#include "plan/build/parts.h"

static const char *parent_of(const struct spec *s)
{
	return s->cgroup_parent ? s->cgroup_parent : "guise";
}

/* A user namespace cannot make device nodes, and the ones it was given it may use. */
static bool limits_devices(const struct spec *s, const struct facts *f)
{
	return f->privileged && !s->security.privileged && !f->userns;
}

static unsigned controllers(const struct spec *s, const struct facts *f)
{
	return limits_need(&s->limits) | (!f->cgroups.v2 && limits_devices(s, f) ? CG_BIT(CG_DEVICES) : 0);
}

/* A cgroup of the container's in a v1 hierarchy. */
struct v1_cgroup {
	const char *dir, *base;
	bool cpuset, pids;
};
enum { V1_CGROUPS_MAX = CG_COUNT + CGROUP_V1_MAX };

static void add_v1(struct v1_cgroup *list, size_t *n, const struct facts *f, struct v1_cgroup one)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i].dir, one.dir) == 0)
			return;
	if (!f->home || strcmp(f->home, one.dir) != 0)
		list[(*n)++] = one;
}

/* Those beside its home: of the hierarchies that hold a limit asked for, each once, since controllers may
 * share one ("cpu,cpuacct"); and of all, where it shall have one in each. Returns how many. */
static size_t v1_cgroups(struct plan *p, const struct spec *s, const struct facts *f, struct v1_cgroup *list)
{
	unsigned need = controllers(s, f);
	size_t n = 0;

	for (int c = 0; c < CG_COUNT; c++)
		if ((need & CG_BIT(c)) && f->cgroups.at[c].held == CG_IN_V1)
			add_v1(list, &n, f,
			       (struct v1_cgroup){ cgroup_dir(p->arena, &f->cgroups, c, parent_of(s), f->id),
						   f->cgroups.at[c].base, c == CG_CPUSET, c == CG_PIDS });
	for (unsigned i = 0; build_every_cgroup(s, f) && i < f->cgroups.n_v1; i++) {
		const struct cgroup_v1 *v1 = &f->cgroups.v1[i];

		add_v1(list, &n, f,
		       (struct v1_cgroup){ cgroup_path(p->arena, v1->base, parent_of(s), f->id), v1->base,
					   v1->cpuset, str_eq(v1->names, "pids") });
	}
	return n;
}

/* A privileged container may make cgroups of its own, of every kind that the machine has; and who asks for
 * a view of cgroups of its own sees all of them. Any other does without, for each takes time
 * (kernel/cgroup/cgroup.h). */
bool build_every_cgroup(const struct spec *s, const struct facts *f)
{
	return f->privileged && !f->userns && s->ns[NS_CGROUP].mode == NS_MODE_NEW &&
	       (s->security.privileged || s->ns[NS_CGROUP].given);
}

static const char *v2_controllers(struct plan *p, const struct spec *s, const struct facts *f)
{
	unsigned need = limits_need(&s->limits);
	struct str names = { .arena = p->arena };

	if (build_every_cgroup(s, f) && f->cgroups.v2_controllers)
		return *f->cgroups.v2_controllers ? f->cgroups.v2_controllers : NULL;
	for (int c = 0; c < CG_COUNT; c++)
		if ((need & CG_BIT(c)) && f->cgroups.at[c].held == CG_IN_V2)
			str_addf(&names, "%s%s", names.len ? " " : "", cgroup_name[c]);
	return names.p;
}

static void add_cgroups(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct v1_cgroup v1[V1_CGROUPS_MAX];
	size_t n = v1_cgroups(p, s, f, v1);
	struct step *st = plan_add(p, STEP_CGROUP,
				   "the container's cgroup: who belongs to it, and what it may use");

	st->cgroup.path = f->home;
	st->cgroup.base = f->cgroups.v2;
	st->cgroup.controllers = v2_controllers(p, s, f);
	st->cgroup.topmost = cgroup_missing_above(&f->cgroups, f->home);
	for (size_t i = 0; i < n; i++) {
		st = plan_add(p, STEP_CGROUP, "a v1 hierarchy holds this controller");
		st->cgroup.path = v1[i].dir;
		st->cgroup.base = v1[i].base;
		st->cgroup.cpuset = v1[i].cpuset;
		st->cgroup.topmost = cgroup_missing_above(&f->cgroups, v1[i].dir);
	}
}

static void add_rule(struct plan *p, struct strv *rules, bool allow, const char *rule)
{
	arena_push(p->arena, rules->v, rules->n,
		   arena_printf(p->arena, "%s %s", allow ? "allow" : "deny", rule));
}

static void add_devices(struct plan *p, const struct spec *s, const struct facts *f)
{
	bool v1 = !f->cgroups.v2;
	struct strv rules = { 0 };

	for (size_t i = 0; i < dev_default_count; i++)
		add_rule(p, &rules, dev_default[i].allow, dev_rule_str(p->arena, &dev_default[i]));
	for (size_t i = 0; i < s->n_devices; i++)
		add_rule(p, &rules, true,
			 arena_printf(p->arena, "%c %u:%u %s", f->devices[i].type, f->devices[i].major,
				      f->devices[i].minor, s->devices[i].access));
	struct step *st = plan_add(p, STEP_CGROUP_DEVICES, "the devices it may use");

	st->cgroup_devices.path = v1 ? cgroup_dir(p->arena, &f->cgroups, CG_DEVICES, parent_of(s), f->id) :
				       f->home;
	st->cgroup_devices.v1 = v1;
	st->cgroup_devices.rules = rules;
}

/* A limit was asked for, and there is no cgroup that this user may make. */
static int no_home(const struct facts *f, const struct limit_write *first, struct err *e)
{
	bool own_file = first->controller == CG_COUNT;
	const char *name = own_file ? "cgroup" : cgroup_name[first->controller];
	const char *where = own_file ? f->cgroups.v2_denied : f->cgroups.at[first->controller].base;

	return err_set(e, "cgroup-denied", EACCES, "limit %s", name),
	       err_cause(e, "its cgroups below %s are not this user's to make",
			 where ? where : "/sys/fs/cgroup"),
	       err_hint(
		       e,
		       "run as root, or in a delegated cgroup (systemd-run --user --scope -p Delegate=yes guise ...)");
}

int build_limits(struct plan *p, const struct spec *s, const struct facts *f, struct err *e)
{
	struct limit_write *writes = NULL;
	size_t n = 0;
	int r = limits_build(p->arena, &s->limits, &f->limits, &writes, &n, e);

	if (r < 0)
		return r;
	if (!f->home)
		return n > 0 ? no_home(f, writes, e) : 0;
	add_cgroups(p, s, f);
	for (size_t i = 0; i < n; i++)
		parts_cgroup_set(
			p,
			writes[i].controller == CG_COUNT ?
				f->home :
				cgroup_dir(p->arena, &f->cgroups, writes[i].controller, parent_of(s), f->id),
			&writes[i]);
	if (limits_devices(s, f))
		add_devices(p, s, f);
	return 0;
}

void build_limits_join(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct v1_cgroup v1[V1_CGROUPS_MAX];
	size_t n = f->home ? v1_cgroups(p, s, f, v1) : 0;

	if (f->home && !f->cgroups.v2)
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = f->home;
	/* Root of a user namespace may not enter, and only of a process that is moved it is asked whether
	 * it was one too many. */
	for (size_t i = 0; i < n; i++)
		if (f->userns || v1[i].pids)
			plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = v1[i].dir;
		else
			plan_add(p, STEP_CGROUP_ENTER, NULL)->cgroup_enter.path = v1[i].dir;
	if (s->has_oom_score_adj)
		plan_add(p, STEP_OOM_SCORE, NULL)->oom_score.value = s->oom_score_adj;
}
