/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The container's first process and its new namespaces: applied by run/start/launch.c, which clones; shown, checked and
 * undone here. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

enum { KILL_TIMEOUT_MS = 5000 };

static void process_show(const struct step *s, struct str *out)
{
	/* plan/script.c writes the unshare(1) line, because the INIT steps go inside it */
	str_add(out, "# clone3:");
	for (int i = 0; i < NS_COUNT; i++)
		if (s->process.flags & ns_flag[i])
			str_addf(out, " new %s namespace,", ns_name[i]);
	bool born = s->process.cgroup && !s->process.moved;

	str_addf(out, " born in %s\n", born ? str_shell_comment(out, s->process.cgroup) : "guise's cgroup");
}

static enum finding process_check(const struct step *s, struct target *t, struct str *text)
{
	if (!proc_exists(t->pid) || proc_is_zombie(t->pid))
		return FOUND_MISSING;
	for (int i = 0; i < NS_COUNT; i++)
		if ((s->process.flags & ns_flag[i]) && proc_same_ns(t->pid, getpid(), ns_name[i]))
			str_addf(text, "%sits %s namespace is the host's", text->len ? ", " : "", ns_name[i]);
	return text->len ? FOUND_DIFFERENT : FOUND_AS_PLANNED;
}

/* Kill whatever lives in the container: by its cgroup, which also knows of processes that the first one
 * left behind, or by the process itself, whose end is the end of its pid namespace. */
static int process_undo(const struct step *s, struct live *live, struct err *e)
{
	if (live->pidfd >= 0 && proc_kill(live->pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_set(e, "kill", errno, "kill process %d", live->pid);
	if (!s->process.cgroup || s->process.shared)
		return 0;
	int r = cgroup2_kill(s->process.cgroup, e);
	return r == -ENOSYS ? cgroup1_kill(s->process.cgroup, KILL_TIMEOUT_MS, e) : r;
}

static const struct field process_fields[] = {
	FIELD(U64, process, flags),      FIELD(MAYBE, process, cgroup),
	FIELD(BOOL, process, moved),     FIELD(BOOL, process, shared),
	FIELD(MAYBE, process, join_pid), FIELD(MAYBE, process, join_user),
	FIELD(MAYBE, process, at),       { 0 },
};

const struct step_ops step_process = {
	.name = "process",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.fields = process_fields,
	.show = process_show,
	.check = process_check,
	.undo = process_undo,
};

const struct step_process *plan_process(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_PROCESS);

	return s ? &s->process : NULL;
}
