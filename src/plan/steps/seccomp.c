/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The end of INIT's steps: nothing gives the command more than it has, and the system calls that it may
 * use. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <sys/prctl.h>

#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static int no_new_privs_apply(const struct step *s, struct live *live, struct err *e)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ?
		       err_set(e, "no-new-privs", errno, "set no_new_privs") :
		       0;
}

static void no_new_privs_show(const struct step *s, struct str *out)
{
	str_add(out, "# no_new_privs: no set-user-id program and no file capability gives more\n");
}

static int no_new_privs_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	uint64_t on;

	return proc_status_hex(t->arena, t->pid, "NoNewPrivs", &on) == 0 && on ? READ_FOUND : READ_MISSING;
}

const struct step_ops step_no_new_privs = {
	.name = "no-new-privs",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_COMMAND,
	.apply = no_new_privs_apply,
	.show = no_new_privs_show,
	.read = no_new_privs_read,
};

/* STEP_EXEC loads it, when it has prepared all else: plan/steps/exec.c. */
static int seccomp_apply(const struct step *s, struct live *live, struct err *e)
{
	live->filter = &s->seccomp;
	return 0;
}

static void seccomp_show(const struct step *s, struct str *out)
{
	str_addf(out, "# seccomp: the system calls that the profile %s allows; no shell command loads one\n",
		 str_shell_comment(out, s->seccomp.profile));
	if (s->seccomp.listener)
		str_addf(out, "# its listener (seccomp_unotify(2)) is sent to %s\n",
			 str_shell_comment(out, s->seccomp.listener));
}

static int seccomp_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	enum { MODE_FILTER = 2 }; /* seccomp(2) */
	uint64_t mode;

	if (proc_status_hex(t->arena, t->pid, "Seccomp", &mode) < 0 || mode != MODE_FILTER)
		return READ_MISSING;
	return READ_FOUND;
}

/* Whether there is a filter. Which one, only who stops the process and traces it learns
 * (PTRACE_SECCOMP_GET_FILTER): looking must not do that. Nor does the kernel tell who listens. */
static const struct field seccomp_fields[] = {
	FIELD(STR, seccomp, profile, .compare = COMPARE_NOT),
	FIELD(MAYBE, seccomp, listener, .compare = COMPARE_NOT),
	FIELD(MAYBE, seccomp, metadata, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_seccomp = {
	.name = "seccomp",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_REMARK,
	.fields = seccomp_fields,
	.apply = seccomp_apply,
	.show = seccomp_show,
	.read = seccomp_read,
};

const struct step_seccomp *plan_seccomp(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_SECCOMP);

	return s ? &s->seccomp : NULL;
}

bool plan_no_new_privs(const struct plan *p)
{
	return plan_last(p, STEP_NO_NEW_PRIVS);
}
