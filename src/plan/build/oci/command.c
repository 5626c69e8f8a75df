/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The last part of INIT for a bundle (config.md, "Process"), in the order that plan/steps/caps.c explains. */
#include <linux/seccomp.h>

#include "kernel/process/caps.h"
#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"
#include "spec/env.h"

static void add_seccomp(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (!f->seccomp)
		return;
	struct step *st = plan_add(p, STEP_SECCOMP, NULL);

	st->seccomp.profile = "config.json";
	st->seccomp.filter = f->seccomp;
	if (f->seccomp->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
		st->seccomp.listener = c->seccomp->listener_path;
		st->seccomp.metadata = c->seccomp->listener_metadata;
	}
}

/* Only what is held can be given; the rules between the sets are the kernel's. */
static struct caps caps_of_process(const struct oci_process *pr, const struct oci_facts *f)
{
	struct caps caps = { .bounding = pr->caps.bounding,
			     .effective = pr->caps.effective,
			     .permitted = pr->caps.permitted,
			     .inheritable = pr->caps.inheritable,
			     .ambient = pr->caps.ambient };

	caps_clamp(&caps, f->caps_held);
	return caps;
}

static void add_scheduler(struct plan *p, const struct oci_scheduler *s)
{
	struct step *st = plan_add(p, STEP_SCHEDULER, NULL);

	st->scheduler.policy = s->policy;
	st->scheduler.nice = s->nice;
	st->scheduler.priority = s->priority;
	st->scheduler.flags = s->flags;
	st->scheduler.runtime = s->runtime;
	st->scheduler.deadline = s->deadline;
	st->scheduler.period = s->period;
}

/* How the kernel treats it: set while we have the privilege for it. */
static void add_treatment(struct plan *p, const struct oci_config *c)
{
	const struct oci_process *pr = &c->process;
	struct step *st;

	if (pr->scheduler.given)
		add_scheduler(p, &pr->scheduler);
	if (pr->has_io_priority) {
		st = plan_add(p, STEP_IO_PRIORITY, NULL);
		st->io_priority.class = pr->io_class;
		st->io_priority.level = pr->io_priority;
	}
	if (c->memory_policy.given) {
		st = plan_add(p, STEP_MEMORY_POLICY, NULL);
		st->memory_policy.mode = c->memory_policy.mode;
		st->memory_policy.flags = c->memory_policy.flags;
		st->memory_policy.nodes = c->memory_policy.nodes;
	}
	if (c->has_personality)
		plan_add(p, STEP_PERSONALITY, NULL)->personality.persona = c->personality;
}

static void add_label(struct plan *p, const char *lsm, const char *value)
{
	if (!value || !*value)
		return;
	struct step *st = plan_add(p, STEP_LABEL, NULL);

	st->label.lsm = lsm;
	st->label.value = value;
}

static void add_user(struct plan *p, const struct oci_config *c, const struct oci_facts *f, bool keep_caps)
{
	const struct oci_process *pr = &c->process;
	struct step *st = plan_add(p, STEP_USER, NULL);

	st->user.uid = pr->uid;
	st->user.gid = pr->gid;
	st->user.groups = (struct idv){ pr->groups, pr->n_groups };
	/* crun's annotation, whatever its value (crun(1)): for rootless podman's --group-add keep-groups */
	st->user.keep_groups = f->single_id || oci_annotation(c, "run.oci.keep_original_groups");
	st->user.keep_caps = keep_caps;
}

static struct strv own_environment(struct plan *p, const struct oci_process *pr, const struct oci_facts *f)
{
	const char *home = env_get(&pr->env, "HOME", 4);
	struct strv env = f->own_env;

	if ((!home || !*home) && f->user_home)
		strv_push(p->arena, &env, arena_printf(p->arena, "HOME=%s", f->user_home));
	return env;
}

/* They are as the command, whose filter they get too: STEP_HOOK_INSIDE. */
static void add_start_hooks(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	const struct oci_process *pr = &c->process;
	struct strv env = { 0 }, own = own_environment(p, pr, f);
	size_t before = p->count;

	oci_hooks(p, c, HOOK_START_CONTAINER);
	for (size_t i = 0; i < pr->env.n; i++)
		strv_push(p->arena, &env, pr->env.v[i]);
	for (size_t i = 0; i < own.n; i++)
		strv_push(p->arena, &env, own.v[i]);
	for (struct step *s = p->steps + before; s < p->steps + p->count; s++) {
		if (s->hook.own_env)
			s->hook.env = env;
		s->hook.own_env = false;
		s->hook.has_umask = true;
		s->hook.umask = pr->has_umask ? pr->umask : 0022;
	}
}

static void add_exec(struct plan *p, const struct oci_process *pr, const struct oci_facts *f)
{
	struct step *st = plan_add(p, STEP_EXEC, "the command");

	st->exec.argv = pr->args;
	st->exec.env = pr->env;
	st->exec.own_env = own_environment(p, pr, f);
	st->exec.die_with_guise = f->die_with_runtime;
	st->exec.has_umask = pr->has_umask;
	st->exec.umask = pr->umask;
	st->exec.preserve_fds = f->preserve_fds;
}

void build_oci_command(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	const struct oci_process *pr = &c->process;
	struct caps caps = caps_of_process(pr, f);
	bool load_filter = f->seccomp && !pr->no_new_privs && (f->caps_held & CAPS_BIT(CAP_SYS_ADMIN));
	struct step *st;

	plan_add(p, STEP_WORKDIR, NULL)->workdir.path = pr->cwd;
	add_treatment(p, c);
	st = plan_add(p, STEP_BOUNDING, NULL);
	st->bounding.keep = caps.bounding;
	st->bounding.load_filter = load_filter;
	add_label(p, "apparmor", pr->apparmor);
	add_label(p, "selinux", pr->selinux);
	add_user(p, c, f, pr->uid != 0 && (caps.permitted || caps.inheritable || load_filter));
	st = plan_add(p, STEP_CAPS, NULL);
	st->caps.effective = caps.effective;
	st->caps.permitted = caps.permitted;
	st->caps.inheritable = caps.inheritable;
	st->caps.ambient = caps.ambient;
	st->caps.load_filter = load_filter;
	if (f->wait_for_start) {
		st = plan_add(p, STEP_START, NULL);
		st->start.program = pr->args.v[0];
		st->start.path = env_get(&pr->env, "PATH", 4);
	}
	parts_rlimits(p, STEP_RLIMIT, pr->rlimits, pr->n_rlimits); /* raised by HOST: STEP_HOST_RLIMIT */
	if (pr->no_new_privs)
		plan_add(p, STEP_NO_NEW_PRIVS, NULL);
	add_seccomp(p, c, f);
	add_start_hooks(p, c, f);
	add_exec(p, pr, f);
}
