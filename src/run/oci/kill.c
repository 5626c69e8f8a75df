/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/kill.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>

#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/cgroups.h"
#include "kernel/cgroup/v2.h"
#include "kernel/process/proc.h"
#include "spec/engine_words.h"

void oci_kill_thaw(const struct oci_container *o)
{
	struct cgroups g;
	struct err none;

	if (o->status == OCI_PAUSED && cgroups_find(o->arena, o->rec.cgroup, &g, &none) == 0)
		(void)cgroups_freeze(&g, false, &none);
}

static bool has_pid_namespace(const struct oci_container *o)
{
	return plan_process(&o->rec.plan)->flags & CLONE_NEWPID;
}

static int not_running(const struct oci_container *o, struct err *e)
{
	return err_set(e, "not-running", ESRCH, "signal container %s", o->c.id),
	       err_cause(e, ENGINE_NOT_RUNNING);
}

/* How many processes it had. */
static int signal_cgroup(const struct oci_container *o, int sig, size_t *n, struct err *e)
{
	pid_t *pids;
	int r = cgroup_pids(o->arena, o->rec.cgroup, &pids, n);

	if (r < 0)
		return err_set(e, "kill", -r, "list the processes of container %s", o->c.id);
	if (sig == SIGKILL && *n && (r = cgroup2_kill(o->rec.cgroup, e)) != -ENOSYS)
		return r;
	for (size_t i = 0; i < *n; i++)
		if (kill(pids[i], sig) < 0 && errno != ESRCH)
			return err_set(e, "kill", errno, "send signal %d to process %d", sig, pids[i]);
	if (sig == SIGKILL)
		oci_kill_thaw(o);
	return 0;
}

int oci_kill(const struct oci_container *o, int sig, struct err *e)
{
	size_t n = 0;
	int r;

	/* nothing else takes the others away with the first */
	if (sig == SIGKILL && o->recorded && o->rec.cgroup && !has_pid_namespace(o)) {
		r = signal_cgroup(o, sig, &n, e);
		return r == 0 && n == 0 ? not_running(o, e) : r;
	}
	if (o->pidfd < 0)
		return not_running(o, e);
	if (proc_kill(o->pidfd, sig) < 0)
		return errno == ESRCH ?
			       not_running(o, e) :
			       err_set(e, "kill", errno, "send signal %d to container %s", sig, o->c.id);
	if (sig == SIGKILL)
		oci_kill_thaw(o);
	return 0;
}

int oci_kill_all(const struct oci_container *o, int sig, struct err *e)
{
	size_t n;

	return o->rec.cgroup ? signal_cgroup(o, sig, &n, e) : oci_kill(o, sig, e);
}
