/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The container's first process and its new namespaces: applied by run/start/launch.c, which clones;
 * shown, checked and undone here. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "kernel/cgroup/member.h"
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

static int process_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	if (!proc_exists(t->pid) || proc_is_zombie(t->pid))
		return READ_MISSING;
	for (int i = 0; i < NS_COUNT; i++)
		if (!proc_same_ns(t->pid, getpid(), ns_name[i]))
			have->process.flags |= ns_flag[i];
	if (want->process.cgroup)
		have->process.cgroup = target_cgroup_beside(t, want->process.cgroup);
	return READ_FOUND;
}

static void show_namespaces(uint64_t flags, struct str *out)
{
	const char *between = "";

	for (int i = 0; i < NS_COUNT; i++)
		if (flags & ns_flag[i]) {
			str_addf(out, "%s%s", between, ns_name[i]);
			between = " ";
		}
	str_add(out, *between ? "" : "none");
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

/* How it was born is no longer to be seen. What namespaces it joined other steps say. */
static const struct field process_fields[] = {
	FIELD(U64, process, flags, .compare = COMPARE_BITS, .label = "namespaces of its own",
	      .show = show_namespaces),
	FIELD(MAYBE, process, cgroup, .compare = COMPARE_GIVEN, .label = "it is in",
	      .same = cgroup_is_within),
	FIELD(BOOL, process, moved, .compare = COMPARE_NOT),
	FIELD(BOOL, process, shared, .compare = COMPARE_NOT),
	FIELD(MAYBE, process, join_pid, .compare = COMPARE_NOT),
	FIELD(MAYBE, process, join_user, .compare = COMPARE_NOT),
	FIELD(MAYBE, process, at, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_process = {
	.name = "process",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.clone = true,
	.on_cgroup = CGROUP_ENTERED,
	.cgroup = offsetof(struct step, process.cgroup),
	.fields = process_fields,
	.show = process_show,
	.read = process_read,
	.undo = process_undo,
};

const struct step_process *plan_process(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_PROCESS);

	return s ? &s->process : NULL;
}
