/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci_kill.h"

#include <errno.h>
#include <signal.h>

#include "kernel/cgroup.h"
#include "kernel/cgroup2.h"
#include "kernel/proc.h"
#include "run/oci_cgroups.h"

void oci_kill_thaw(const struct oci_container *o)
{
	struct oci_cgroups g;
	struct err none;

	if (o->status == OCI_PAUSED && oci_cgroups_find(o->arena, o->rec.cgroup, &g, &none) == 0)
		(void)oci_cgroups_freeze(&g, false, &none);
}

int oci_kill(const struct oci_container *o, int sig, struct err *e)
{
	if (o->pidfd < 0)
		return err_set(e, "not-running", ESRCH, "signal container %s", o->c.id),
		       err_cause(e, "container is not running");
	if (proc_kill(o->pidfd, sig) < 0)
		return err_set(e, errno == ESRCH ? "not-running" : "kill", errno, "send signal %d to container %s", sig,
			       o->c.id);
	if (sig == SIGKILL)
		oci_kill_thaw(o);
	return 0;
}

int oci_kill_all(const struct oci_container *o, int sig, struct err *e)
{
	pid_t *pids;
	size_t n;
	int r;

	if (!o->rec.cgroup)
		return oci_kill(o, sig, e);
	if (sig == SIGKILL && (r = cgroup2_kill(o->rec.cgroup, e)) != -ENOSYS)
		return r;
	if ((r = cgroup_pids(o->arena, o->rec.cgroup, &pids, &n)) < 0)
		return err_set(e, "kill", -r, "list the processes of container %s", o->c.id);
	for (size_t i = 0; i < n; i++)
		if (kill(pids[i], sig) < 0 && errno != ESRCH)
			return err_set(e, "kill", errno, "send signal %d to process %d", sig, pids[i]);
	if (sig == SIGKILL)
		oci_kill_thaw(o);
	return 0;
}
