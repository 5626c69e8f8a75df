/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/exec.h"

#include "plan/build/command.h"
#include "plan/build/parts.h"

static void add_process(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	struct step *st = plan_add(p, STEP_PROCESS, "one more process of the container");

	st->process.cgroup = w->cgroup ? w->cgroup : s->process.cgroup;
	st->process.moved = s->process.moved;
	st->process.enter = w->enters;
}

/* What of the container's plan holds for each of its processes, up to what is the command's: its cgroups,
 * and how HOST and INIT meet. What made the container is there. */
static void add_step(struct plan *p, const struct step *s, const struct exec_wish *w)
{
	switch (s->kind) {
	case STEP_PROCESS:
		add_process(p, s, w);
		break;
	case STEP_CGROUP_JOIN:
		plan_add(p, STEP_CGROUP_JOIN, s->note)->cgroup_join.path = s->cgroup_join.path;
		break;
	case STEP_CGROUP_ENTER: /* which this one cannot, since it is born among the container's mounts */
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = s->cgroup_enter.path;
		break;
	case STEP_OOM_SCORE:
		plan_add(p, STEP_OOM_SCORE, NULL)->oom_score.value = s->oom_score.value;
		break;
	case STEP_SESSION:
		plan_add(p, STEP_SESSION, NULL)->session.keep_keyring = s->session.keep_keyring;
		break;
	case STEP_USER: /* root of the user namespace, to make the rest of it */
		plan_add(p, STEP_USER, s->note)->user = s->user;
		break;
	case STEP_WAIT:
		plan_add(p, STEP_WAIT, NULL)->wait.what = s->wait.what;
		break;
	case STEP_AFFINITY:
		parts_affinity(p);
		break;
	default:
		break;
	}
}

static struct command_conf command_of(struct plan *p, const struct exec_wish *w)
{
	struct command_conf c = command_conf_recorded(w->container, p->arena);

	if (w->user) {
		c.uid = w->user->uid;
		c.gid = w->user->gid;
		c.groups = (struct idv){ w->user->groups, w->user->n_groups };
	}
	if (w->workdir)
		c.workdir = w->workdir;
	c.workdir_must_exist = true; /* a command in a running container makes nothing in its root */
	if (w->privileged) {
		c.caps = w->caps_held;
		c.no_new_privs = false;
	}
	c.caps_held = w->caps_held;
	c.filter = w->seccomp;
	c.argv = w->argv;
	c.env = w->env;
	c.init = false;
	c.die_with_guise = !w->detach;
	return c;
}

void plan_build_exec(struct plan *p, const struct exec_wish *w)
{
	const struct plan *first = w->container;
	struct command_conf c = command_of(p, w);

	for (size_t i = 0; i < first->count && first->steps[i].kind != STEP_WORKDIR; i++)
		add_step(p, &first->steps[i], w);
	if (w->tty)
		plan_add(p, STEP_CONSOLE, NULL)->console.uid = c.uid;
	build_command(p, &c);
}
