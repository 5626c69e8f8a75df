/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/oci/exec.h"

#include <linux/seccomp.h>

#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"

/* ---- the configuration, read back ---- */

static void read_user(struct arena *a, const struct step *s, struct oci_process *pr)
{
	pr->uid = (uint32_t)s->user.uid;
	pr->gid = (uint32_t)s->user.gid;
	pr->n_groups = s->user.n_groups;
	pr->groups = arena_array(a, uint32_t, pr->n_groups + 1);
	for (size_t i = 0; i < pr->n_groups; i++)
		pr->groups[i] = s->user.groups[i];
}

static void read_caps(const struct step *s, struct oci_caps *caps)
{
	caps->effective = s->caps.effective;
	caps->permitted = s->caps.permitted;
	caps->inheritable = s->caps.inheritable;
	caps->ambient = s->caps.ambient;
}

static void read_scheduler(const struct step *s, struct oci_scheduler *sched)
{
	*sched = (struct oci_scheduler){ .given = true,
					 .policy = (unsigned)s->scheduler.policy,
					 .nice = (int)s->scheduler.nice,
					 .priority = (unsigned)s->scheduler.priority,
					 .flags = s->scheduler.flags,
					 .runtime = s->scheduler.runtime,
					 .deadline = s->scheduler.deadline,
					 .period = s->scheduler.period };
}

static void read_seccomp(struct arena *a, const struct step *s, struct oci_config *c)
{
	c->seccomp = arena_new(a, struct seccomp_profile);
	*c->seccomp =
		(struct seccomp_profile){ .flags = s->seccomp.listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0,
					  .listener_path = s->seccomp.listener,
					  .listener_metadata = s->seccomp.metadata };
}

static void read_step(struct arena *a, const struct step *s, struct oci_config *c)
{
	struct oci_process *pr = &c->process;

	switch (s->kind) {
	case STEP_WORKDIR:
		pr->cwd = s->workdir.path;
		break;
	case STEP_IDMAP:
		c->ns[NS_USER].given = true;
		break;
	case STEP_PROCESS:
		c->ns[NS_USER].given |= s->process.join_user != NULL;
		break;
	case STEP_OOM_SCORE:
		pr->has_oom_score_adj = true;
		pr->oom_score_adj = (int)s->oom_score.value;
		break;
	case STEP_RLIMIT:
		arena_push(a, pr->rlimits, pr->n_rlimits,
			   ((struct spec_rlimit){ (int)s->rlimit.resource, s->rlimit.soft, s->rlimit.hard }));
		break;
	case STEP_SCHEDULER:
		read_scheduler(s, &pr->scheduler);
		break;
	case STEP_IO_PRIORITY:
		pr->has_io_priority = true;
		pr->io_class = (int)s->io_priority.class;
		pr->io_priority = (int)s->io_priority.level;
		break;
	case STEP_MEMORY_POLICY:
		c->memory_policy = (struct oci_memory_policy){ true, (int)s->memory_policy.mode,
							       (int)s->memory_policy.flags,
							       s->memory_policy.nodes };
		break;
	case STEP_PERSONALITY:
		c->has_personality = true;
		c->personality = s->personality.persona;
		break;
	case STEP_BOUNDING:
		pr->caps.bounding = s->bounding.keep;
		break;
	case STEP_USER: /* in a user namespace there are two; the second is the command's */
		read_user(a, s, pr);
		break;
	case STEP_CAPS:
		read_caps(s, &pr->caps);
		break;
	case STEP_LABEL:
		*(str_eq(s->label.lsm, "apparmor") ? &pr->apparmor : &pr->selinux) = s->label.value;
		break;
	case STEP_NO_NEW_PRIVS:
		pr->no_new_privs = true;
		break;
	case STEP_SECCOMP:
		read_seccomp(a, s, c);
		break;
	case STEP_EXEC:
		pr->args = s->exec.argv;
		pr->env = s->exec.env;
		pr->has_umask = s->exec.has_umask;
		pr->umask = (unsigned)s->exec.umask;
		c->has_process = true;
		break;
	default:
		break;
	}
}

void oci_config_of_plan(struct arena *a, const struct plan *container, struct oci_config *c)
{
	*c = (struct oci_config){ .process = { .cwd = "/", .has_caps = true } };
	for (size_t i = 0; i < container->count; i++)
		read_step(a, &container->steps[i], c);
}

/* ---- the plan ---- */

static const char *cgroup_for(const struct oci_exec_wish *w, const char *cgroup)
{
	for (size_t i = w->cgroups.n; i > 0; i -= 2)
		if (str_eq(cgroup, w->cgroups.v[i - 2]))
			return w->cgroups.v[i - 1];
	return cgroup;
}

/* HOST's parts that are about the new process itself, beside the container's cgroups. */
static void add_process(struct plan *p, const struct step *s, const struct oci_config *c,
			const struct oci_facts *f, const struct oci_exec_wish *w)
{
	const struct oci_process *pr = &c->process;
	struct step *st;

	/* it moves into its cgroups with the processors that it was born with */
	if (pr->affinity_initial)
		plan_add(p, STEP_HOST_AFFINITY, NULL)->affinity.cpus = pr->affinity_initial;
	st = plan_add(p, STEP_PROCESS, "one more process of the container");
	st->process.cgroup = s->process.cgroup ? cgroup_for(w, s->process.cgroup) : NULL;
	st->process.enter = w->enters;
	if (pr->has_oom_score_adj)
		plan_add(p, STEP_OOM_SCORE, NULL)->oom_score.value = pr->oom_score_adj;
	parts_rlimits(p, STEP_HOST_RLIMIT, pr->rlimits, pr->n_rlimits);
}

/* Behind the wait it is in its cgroups. */
static void add_affinity(struct plan *p, const struct oci_process *pr)
{
	if (pr->affinity_final)
		plan_add(p, STEP_AFFINITY, NULL)->affinity.cpus = pr->affinity_final;
	else
		parts_affinity(p);
}

static void add_copy(struct plan *p, const struct step *s)
{
	struct step *st = plan_add(p, s->kind, s->note);

	*st = *s;
}

/* What of the container's plan holds for every process of it, up to what is the command's. */
static void add_step(struct plan *p, const struct step *s, const struct oci_config *c,
		     const struct oci_facts *f, const struct oci_exec_wish *w)
{
	switch (s->kind) {
	case STEP_PROCESS:
		add_process(p, s, c, f, w);
		break;
	case STEP_CGROUP_ENTER: /* which this one cannot, since it is born among the container's mounts */
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = cgroup_for(w, s->cgroup_enter.path);
		break;
	case STEP_CGROUP_JOIN:
		plan_add(p, STEP_CGROUP_JOIN, s->note)->cgroup_join.path = cgroup_for(w, s->cgroup_join.path);
		break;
	case STEP_RDT_JOIN:
		add_copy(p, s);
		break;
	case STEP_SESSION: /* what labels are written to comes before the first that is */
		if (c->process.apparmor || c->process.selinux)
			plan_add(p, STEP_PROCFS, NULL);
		add_copy(p, s);
		p->steps[p->count - 1].session.key_label = c->process.selinux;
		break;
	case STEP_WAIT:
		add_copy(p, s);
		add_affinity(p, &c->process);
		break;
	case STEP_USER:
		if (s->user.keep_caps &&
		    s->user.uid == 0) /* root of the user namespace, to make the rest of it */
			add_copy(p, s);
		break;
	case STEP_ROOT: /* without a mount namespace no other step leads there */
		if (s->root.stays) {
			add_copy(p, s);
			p->steps[p->count - 1].root.bound_here = false;
		}
		break;
	case STEP_PIVOT:
		if (s->pivot.how == PIVOT_CHROOT)
			add_copy(p, s);
		break;
	default: /* what made the container is there */
		break;
	}
}

void plan_build_oci_exec(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
			 const struct oci_exec_wish *w)
{
	const struct plan *first = w->container;

	for (size_t i = 0; i < first->count && first->steps[i].kind != STEP_WORKDIR; i++)
		add_step(p, &first->steps[i], c, f, w);
	if (c->process.tty) {
		struct step *st = plan_add(p, STEP_CONSOLE, NULL);

		st->console.uid = c->process.uid;
		st->console.height = c->process.height;
		st->console.width = c->process.width;
	}
	build_oci_command(p, c, f);
	/* a command in a running container makes nothing in its root, as below both peers */
	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind == STEP_WORKDIR)
			p->steps[i].workdir.must_exist = true;
}
