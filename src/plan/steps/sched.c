/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How the kernel treats the command among others: processor, disk, memory, and as what kind of machine it
 * shows itself to it (config.md, "Process"; config-linux.md, "Memory Policy", "Personality"). */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#include "base/io.h"
#include "kernel/process/sched.h"
#include "plan/live.h"
#include "plan/target.h"

static int not_set(int no, const char *code, const char *what, const char *value, struct err *e)
{
	err_set(e, code, no, "set the %s %s", what, value);
	return no == EPERM ? err_hint(e, "it takes CAP_SYS_NICE, or a limit (rlimits) that allows it") : -no;
}

/* ---- scheduler ---- */

static int scheduler_apply(const struct step *s, struct live *live, struct err *e)
{
	struct sched_wish w = { .policy = (unsigned)s->scheduler.policy,
				.nice = (int)s->scheduler.nice,
				.priority = (unsigned)s->scheduler.priority,
				.flags = s->scheduler.flags,
				.runtime = s->scheduler.runtime,
				.deadline = s->scheduler.deadline,
				.period = s->scheduler.period };
	int r = sched_set(&w);

	return r < 0 ? not_set(-r, "scheduler", "scheduling policy", sched_policy_name(w.policy), e) : 0;
}

static void scheduler_show(const struct step *s, struct str *out)
{
	const char *name = sched_policy_name((unsigned)s->scheduler.policy);

	str_add(out, "chrt --");
	for (name = name ? name + strlen("SCHED_") : ""; *name; name++)
		str_addf(out, "%c", *name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
	if (s->scheduler.runtime)
		str_addf(out, " --sched-runtime %llu --sched-deadline %llu --sched-period %llu",
			 (unsigned long long)s->scheduler.runtime, (unsigned long long)s->scheduler.deadline,
			 (unsigned long long)s->scheduler.period);
	str_addf(out, " -p %llu $$\n", (unsigned long long)s->scheduler.priority);
	if (s->scheduler.nice)
		str_addf(out, "renice -n %lld -p $$\n", (long long)s->scheduler.nice);
	if (s->scheduler.flags)
		str_addf(out, "# with the flags %#llx (sched_setattr)\n",
			 (unsigned long long)s->scheduler.flags);
}

static int scheduler_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct step_scheduler *s = &have->scheduler;
	struct sched_wish now;
	int r = sched_get(t->pid, &now);

	if (r < 0)
		return r;
	s->policy = now.policy;
	s->priority = now.priority;
	s->nice = now.nice;
	if (now.policy == SCHED_DEADLINE) { /* of others the kernel reports the time slice (Linux 6.12) */
		s->runtime = now.runtime;
		s->deadline = now.deadline;
		s->period = now.period;
	}
	return READ_FOUND;
}

static void show_policy(uint64_t policy, struct str *out)
{
	const char *name = sched_policy_name((unsigned)policy);

	str_add(out, name ? name : "another one");
}

/* flags: some are requests, which sched_getattr(2) does not give back */
static const struct field scheduler_fields[] = {
	FIELD(U64, scheduler, policy, .show = show_policy),
	FIELD(I64, scheduler, nice),
	FIELD(U64, scheduler, priority),
	FIELD(U64, scheduler, flags, .compare = COMPARE_NOT),
	FIELD(U64, scheduler, runtime),
	FIELD(U64, scheduler, deadline),
	FIELD(U64, scheduler, period),
	{ 0 },
};

const struct step_ops step_scheduler = {
	.name = "scheduler",
	.section = SECTION_LIMITS,
	.side = SIDE_INIT,
	.fields = scheduler_fields,
	.apply = scheduler_apply,
	.show = scheduler_show,
	.read = scheduler_read,
};

/* ---- I/O priority ---- */

static int io_priority_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = sched_set_io((int)s->io_priority.class, (int)s->io_priority.level);
	char level[8];

	snprintf(level, sizeof(level), "%d", (int)s->io_priority.level);
	return r < 0 ? not_set(-r, "io-priority", "I/O priority", level, e) : 0;
}

static void io_priority_show(const struct step *s, struct str *out)
{
	str_addf(out, "ionice -c %lld -n %lld -p $$\n", (long long)s->io_priority.class,
		 (long long)s->io_priority.level);
}

static int io_priority_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	int class, level, r = sched_get_io(t->pid, &class, &level);

	if (r < 0)
		return r;
	have->io_priority.class = class;
	have->io_priority.level = level;
	return READ_FOUND;
}

static const struct field io_priority_fields[] = {
	FIELD(I64, io_priority, class),
	FIELD(I64, io_priority, level),
	{ 0 },
};

const struct step_ops step_io_priority = {
	.name = "io-priority",
	.section = SECTION_LIMITS,
	.side = SIDE_INIT,
	.fields = io_priority_fields,
	.apply = io_priority_apply,
	.show = io_priority_show,
	.read = io_priority_read,
};

/* ---- memory policy ---- */

static int memory_policy_apply(const struct step *s, struct live *live, struct err *e)
{
	int mode = (int)s->memory_policy.mode,
	    r = sched_set_memory(mode, (int)s->memory_policy.flags, s->memory_policy.nodes);

	if (r == 0)
		return 0;
	return err_set(e, "memory-policy", -r, "set the memory policy %s on nodes %s",
		       sched_memory_name(mode), s->memory_policy.nodes ? s->memory_policy.nodes : "none");
}

static void memory_policy_show(const struct step *s, struct str *out)
{
	str_addf(out, "# memory policy %s on nodes %s (set_mempolicy, numactl(8))\n",
		 sched_memory_name((int)s->memory_policy.mode),
		 s->memory_policy.nodes ? str_shell_comment(out, s->memory_policy.nodes) : "none");
}

/* Only compared with one that is planned: what the kernel prints is what set_mempolicy(2) made of it. */
static int memory_policy_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char now[128];
	int r = sched_memory_is(t->pid, (int)want->memory_policy.mode, (int)want->memory_policy.flags,
				want->memory_policy.nodes, now, sizeof(now));

	if (r < 0) {
		str_add(text, "this kernel does not tell, or knows no memory nodes");
		return READ_UNKNOWN;
	}
	have->memory_policy = want->memory_policy;
	if (r)
		return READ_FOUND;
	str_addf(text, "the memory policy is %s", now);
	return READ_CHANGED;
}

static const struct field memory_policy_fields[] = {
	FIELD(I64, memory_policy, mode),
	FIELD(I64, memory_policy, flags),
	FIELD(MAYBE, memory_policy, nodes),
	{ 0 },
};

const struct step_ops step_memory_policy = {
	.name = "memory-policy",
	.section = SECTION_LIMITS,
	.side = SIDE_INIT,
	.fields = memory_policy_fields,
	.apply = memory_policy_apply,
	.show = memory_policy_show,
	.read = memory_policy_read,
};

/* ---- personality ---- */

static int personality_apply(const struct step *s, struct live *live, struct err *e)
{
	return personality(s->personality.persona) < 0 ?
		       err_set(e, "personality", errno, "set the personality %#llx",
			       (unsigned long long)s->personality.persona) :
		       0;
}

static void personality_show(const struct step *s, struct str *out)
{
	str_addf(out, "# personality %#llx, as setarch(8) sets it\n",
		 (unsigned long long)s->personality.persona);
}

static int personality_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[32], now[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/personality", t->pid);
	if ((n = io_read_small(AT_FDCWD, path, now, sizeof(now))) < 0)
		return (int)n;
	have->personality.persona = strtoull(now, NULL, 16);
	return READ_FOUND;
}

static void show_persona(uint64_t persona, struct str *out)
{
	str_addf(out, "%#llx", (unsigned long long)persona);
}

static const struct field personality_fields[] = { FIELD(U64, personality, persona, .show = show_persona),
						   { 0 } };

const struct step_ops step_personality = {
	.name = "personality",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = personality_fields,
	.apply = personality_apply,
	.show = personality_show,
	.read = personality_read,
};
