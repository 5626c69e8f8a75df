/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/oci/exec.h"

#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"

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
		plan_copy(p, s);
		break;
	case STEP_SESSION: /* what labels are written to comes before the first that is */
		if (c->process.apparmor || c->process.selinux)
			plan_add(p, STEP_PROCFS, NULL);
		plan_copy(p, s)->session.key_label = c->process.selinux;
		break;
	case STEP_WAIT:
		plan_copy(p, s);
		add_affinity(p, &c->process);
		break;
	case STEP_USER:
		if (s->user.keep_caps &&
		    s->user.uid == 0) /* root of the user namespace, to make the rest of it */
			plan_copy(p, s);
		break;
	case STEP_ROOT: /* without a mount namespace no other step leads there */
		if (s->root.stays)
			plan_copy(p, s)->root.bound_here = false;
		break;
	case STEP_PIVOT:
		if (s->pivot.how == PIVOT_CHROOT)
			plan_copy(p, s);
		break;
	default: /* what made the container is there, and the rest is as the configuration says */
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
