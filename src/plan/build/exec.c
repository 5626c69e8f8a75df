/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/exec.h"

#include "kernel/process/caps.h"

static void add_process(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	struct step *st = plan_add(p, STEP_PROCESS, "one more process of the container");

	st->process.cgroup = w->cgroup ? w->cgroup : s->process.cgroup;
	st->process.moved = s->process.moved;
	st->process.enter = w->enters;
}

static uint64_t uid_of(const struct exec_wish *w)
{
	return w->user ? w->user->uid : plan_last(w->container, STEP_USER)->user.uid;
}

static uint64_t kept_caps(const struct exec_wish *w)
{
	return w->privileged ? w->caps_held : plan_last(w->container, STEP_BOUNDING)->bounding.keep;
}

/* The filter is loaded by CAP_SYS_ADMIN: see plan/steps/caps.c. */
static bool loads_filter(const struct exec_wish *w)
{
	return w->seccomp && !plan_last(w->container, STEP_NO_NEW_PRIVS) &&
	       (w->caps_held & CAPS_BIT(CAP_SYS_ADMIN));
}

/* The last one runs the command; in a user namespace, root comes first, to make what comes before that. */
static void add_user(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	struct step *st = plan_copy(p, s);

	if (!w->user || s != plan_last(w->container, STEP_USER))
		return;
	st->user.uid = w->user->uid;
	st->user.gid = w->user->gid;
	st->user.groups = (struct idv){ w->user->groups, w->user->n_groups };
	st->user.keep_caps = loads_filter(w) && w->user->uid != 0;
}

static void add_workdir(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	struct step *st;

	if (w->tty)
		plan_add(p, STEP_CONSOLE, NULL)->console.uid = uid_of(w);
	st = plan_copy(p, s);
	if (w->workdir)
		st->workdir.path = w->workdir;
	st->workdir.must_exist = true;
}

static void add_bounding(struct plan *p, const struct exec_wish *w)
{
	struct step *st = plan_add(p, STEP_BOUNDING, NULL);

	st->bounding.keep = kept_caps(w);
	st->bounding.load_filter = loads_filter(w);
}

/* All that the bounding set leaves for root, none for another user: as for the first process. */
static void add_caps(struct plan *p, const struct exec_wish *w)
{
	struct step *st = plan_add(p, STEP_CAPS, NULL);

	st->caps.effective = st->caps.permitted = uid_of(w) == 0 ? kept_caps(w) : 0;
	st->caps.load_filter = loads_filter(w);
}

static void add_seccomp(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	if (w->seccomp)
		plan_copy(p, s)->seccomp.filter = w->seccomp;
}

static void add_exec(struct plan *p, const struct exec_wish *w)
{
	struct step *st = plan_copy(p, plan_last(w->container, STEP_EXEC));

	st->exec.init = false;
	st->exec.argv = w->argv;
	st->exec.env = w->env;
	st->exec.die_with_guise = !w->detach;
}

static void add_step(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	switch (s->kind) {
	case STEP_CGROUP_ENTER: /* which this one cannot, since it is born among the container's mounts */
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = s->cgroup_enter.path;
		break;
	case STEP_PROCESS:
		add_process(p, s, w);
		break;
	case STEP_WORKDIR:
		add_workdir(p, s, w);
		break;
	case STEP_BOUNDING:
		add_bounding(p, w);
		break;
	case STEP_USER:
		add_user(p, s, w);
		break;
	case STEP_CAPS:
		add_caps(p, w);
		break;
	case STEP_NO_NEW_PRIVS:
		if (!w->privileged)
			plan_copy(p, s);
		break;
	case STEP_SECCOMP:
		add_seccomp(p, s, w);
		break;
	case STEP_EXEC:
		add_exec(p, w);
		break;
	default: /* what made the container is there */
		if (step_ops(s->kind)->every)
			plan_copy(p, s);
		break;
	}
}

void plan_build_exec(struct plan *p, const struct exec_wish *w)
{
	for (size_t i = 0; i < w->container->count; i++)
		add_step(p, &w->container->steps[i], w);
}
