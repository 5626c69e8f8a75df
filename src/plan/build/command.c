/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/command.h"

#include "kernel/process/caps.h"
#include "plan/build/parts.h"

static void add_user(struct plan *p, const struct command_conf *c, bool load_filter)
{
	struct step *st = plan_add(p, STEP_USER, NULL);

	st->user.uid = c->uid;
	st->user.gid = c->gid;
	st->user.groups = c->groups;
	st->user.keep_groups = c->keep_groups;
	st->user.keep_caps = load_filter && c->uid != 0;
}

static void add_exec(struct plan *p, const struct command_conf *c)
{
	struct step *st = plan_add(p, STEP_EXEC, "the command");

	st->exec.argv = c->argv;
	st->exec.env = c->env;
	st->exec.init = c->init;
	st->exec.die_with_guise = c->die_with_guise;
}

void build_command(struct plan *p, const struct command_conf *c)
{
	bool load_filter = c->filter && !c->no_new_privs && (c->caps_held & CAPS_BIT(CAP_SYS_ADMIN));
	struct step *st = plan_add(p, STEP_WORKDIR, NULL);

	st->workdir.path = c->workdir;
	st->workdir.must_exist = c->workdir_must_exist;
	parts_rlimits(p, STEP_RLIMIT, c->rlimits, c->n_rlimits);
	st = plan_add(p, STEP_BOUNDING, NULL);
	st->bounding.keep = c->caps;
	st->bounding.load_filter = load_filter;
	add_user(p, c, load_filter);
	/* as docker: another user than root starts with no capability, only the bounding set stays */
	st = plan_add(p, STEP_CAPS, NULL);
	st->caps.effective = st->caps.permitted = c->uid == 0 ? c->caps : 0;
	st->caps.load_filter = load_filter;
	if (c->no_new_privs)
		plan_add(p, STEP_NO_NEW_PRIVS, NULL);
	if (c->filter) {
		st = plan_add(p, STEP_SECCOMP, NULL);
		st->seccomp.profile = c->profile;
		st->seccomp.filter = c->filter;
	}
	add_exec(p, c);
}

static void read_rlimits(const struct plan *container, struct arena *a, struct command_conf *c)
{
	struct spec_rlimit *list = arena_array(a, struct spec_rlimit, container->count);
	const struct step *s;

	for (size_t at = 0; (s = plan_next(container, STEP_RLIMIT, &at)); c->n_rlimits++)
		list[c->n_rlimits] = (struct spec_rlimit){ .resource = (int)s->rlimit.resource,
							   .soft = s->rlimit.soft,
							   .hard = s->rlimit.hard };
	c->rlimits = list;
}

struct command_conf command_conf_recorded(const struct plan *container, struct arena *a)
{
	const struct step *workdir = plan_last(container, STEP_WORKDIR);
	const struct step_user *user = plan_user(container);
	const struct step_seccomp *seccomp = plan_seccomp(container);
	const struct step_exec *exec = plan_exec(container);
	struct command_conf c = { .workdir = workdir ? workdir->workdir.path : "/",
				  .caps = plan_bounding(container)->keep,
				  .no_new_privs = plan_no_new_privs(container),
				  .uid = user->uid,
				  .gid = user->gid,
				  .groups = user->groups,
				  .keep_groups = user->keep_groups,
				  .profile = seccomp ? seccomp->profile : NULL,
				  .argv = exec->argv,
				  .env = exec->env,
				  .init = exec->init,
				  .die_with_guise = exec->die_with_guise };

	read_rlimits(container, a, &c);
	return c;
}
