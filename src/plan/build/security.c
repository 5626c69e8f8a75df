/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the spec says of the first process's command. */
#include "plan/build/build.h"

#include "plan/build/command.h"

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
	build_command(p, &(struct command_conf){
				 .workdir = s->workdir ? s->workdir : "/",
				 .rlimits = s->rlimits,
				 .n_rlimits = s->n_rlimits,
				 .caps = s->security.caps & f->caps_held,
				 .caps_held = f->caps_held,
				 .no_new_privs = s->security.no_new_privs,
				 .uid = f->user.uid,
				 .gid = f->user.gid,
				 .groups = { f->user.groups, f->user.n_groups },
				 .keep_groups = f->single_id,
				 .profile = s->security.seccomp == SECCOMP_FILE ? s->security.seccomp_file :
										  "default",
				 .filter = f->seccomp,
				 .argv = s->argv,
				 .env = environment(p, s, f),
				 .init = s->init,
				 .die_with_guise = !s->detach,
			 });
}
