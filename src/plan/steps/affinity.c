/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The processors that the command may run on. */
#include "plan/steps/steps.h"

#include "kernel/process/cpulist.h"
#include "kernel/process/proc.h"
#include "kernel/process/sched.h"
#include "plan/live.h"
#include "plan/target.h"

static int affinity_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = sched_set_affinity(s->affinity.cpus);

	return r < 0 ? err_set(e, "affinity", -r, "run on the processors %s", s->affinity.cpus) : 0;
}

static void affinity_show(const struct step *s, struct str *out)
{
	if (str_eq(s->affinity.cpus, CPULIST_ALL))
		str_add(out, "taskset -cp \"0-$(($(nproc --all) - 1))\" $$ >/dev/null\n");
	else
		str_addf(out, "taskset -cp %s $$\n", str_shell(out, s->affinity.cpus));
}

static int host_affinity_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	str_add(text, "the process was born with it, and its cgroup or a later step has a say since");
	return READ_UNKNOWN;
}

static int affinity_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	have->affinity.cpus = proc_status(t->arena, t->pid, "Cpus_allowed_list");
	return have->affinity.cpus ? READ_FOUND : READ_MISSING;
}

/* The kernel leaves out what the cgroup's cpuset does not have. */

static const struct field affinity_fields[] = { FIELD(STR, affinity, cpus, .same = cpulist_is_within),
						{ 0 } };

/* A process moves into a cgroup with the affinity that it was born with, its parent's: so HOST takes it
 * before the clone, and has it until it ends. */
const struct step_ops step_host_affinity = {
	.name = "host-affinity",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.fields = affinity_fields,
	.apply = affinity_apply,
	.show = affinity_show,
	.read = host_affinity_read,
};

const struct step_ops step_affinity = {
	.name = "affinity",
	.section = SECTION_LIMITS,
	.side = SIDE_INIT,
	.fields = affinity_fields,
	.apply = affinity_apply,
	.show = affinity_show,
	.read = affinity_read,
};
