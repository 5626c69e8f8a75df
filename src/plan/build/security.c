/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The last part of INIT, in the order that plan/steps/caps.c explains. */
#include "plan/build/build.h"

#include "kernel/process/caps.h"
#include "plan/build/parts.h"

static void add_seccomp(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (!f->seccomp)
		return;
	struct step *st = plan_add(p, STEP_SECCOMP, NULL);

	st->seccomp.profile = s->security.seccomp == SECCOMP_FILE ? s->security.seccomp_file : "default";
	st->seccomp.filter = f->seccomp;
}

static bool has_env(const struct strv *env, const char *name)
{
	const char *rest;

	for (size_t i = 0; i < env->n; i++)
		if ((rest = str_after(env->v[i], name)) && *rest == '=')
			return true;
	return false;
}

/* The environment as given, and what only now is known: the user's home and the container's name. */
static struct strv environment(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct strv env = { .v = arena_array(p->arena, const char *, s->env.n + 3), .n = s->env.n };

	for (size_t i = 0; i < env.n; i++)
		env.v[i] = s->env.v[i];
	if (!has_env(&s->env, "HOME"))
		env.v[env.n++] = arena_printf(p->arena, "HOME=%s", f->user.home);
	if (!has_env(&s->env, "HOSTNAME") && s->ns[NS_UTS].mode == NS_MODE_NEW)
		env.v[env.n++] = s->hostname ? arena_printf(p->arena, "HOSTNAME=%s", s->hostname) :
					       arena_printf(p->arena, "HOSTNAME=%.12s", f->id);
	return env;
}

void build_security(struct plan *p, const struct spec *s, const struct facts *f)
{
	uint64_t caps = s->security.caps & f->caps_held;
	bool load_filter = f->seccomp && !s->security.no_new_privs &&
			   (f->caps_held & CAPS_BIT(CAP_SYS_ADMIN));
	struct step *st;

	plan_add(p, STEP_WORKDIR, NULL)->workdir.path = s->workdir ? s->workdir : "/";
	parts_rlimits(p, STEP_RLIMIT, s->rlimits, s->n_rlimits);
	st = plan_add(p, STEP_BOUNDING, NULL);
	st->bounding.keep = caps;
	st->bounding.load_filter = load_filter;
	st = plan_add(p, STEP_USER, NULL);
	st->user.uid = f->user.uid;
	st->user.gid = f->user.gid;
	st->user.groups = (struct idv){ f->user.groups, f->user.n_groups };
	st->user.keep_groups = f->single_id;
	st->user.keep_caps = load_filter && f->user.uid != 0;
	/* as docker: another user than root starts with no capability, only the bounding set stays */
	st = plan_add(p, STEP_CAPS, NULL);
	st->caps.effective = st->caps.permitted = f->user.uid == 0 ? caps : 0;
	st->caps.load_filter = load_filter;
	if (s->security.no_new_privs)
		plan_add(p, STEP_NO_NEW_PRIVS, NULL);
	add_seccomp(p, s, f);
	st = plan_add(p, STEP_EXEC, "the command");
	st->exec.argv = s->argv;
	st->exec.env = environment(p, s, f);
	st->exec.init = s->init;
	st->exec.die_with_guise = !s->detach;
}
